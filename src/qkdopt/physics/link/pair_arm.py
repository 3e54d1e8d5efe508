"""The budget of one arm of a pair: from the satellite's aperture to the receiver's."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from qkdopt.arrays import Floats
from qkdopt.constants import WGS84_EQUATORIAL_RADIUS_M
from qkdopt.errors import InputError
from qkdopt.physics.link.atmosphere import air_factors, atmospheric_transmittance
from qkdopt.physics.link.diffraction import BeamTable
from qkdopt.physics.scenario import Scenario

__all__ = ["PairArmBudget", "range_limits_m"]

_NEAREST_M = 50e3
_POLAR_RADIUS_M = 6_356_752.0
_VERTICAL_SLACK_RAD = 0.0034
_MARGIN = 1.2


@dataclass(frozen=True, kw_only=True)
class PairArmBudget:
    """Truncated, jittering beam times atmosphere; coupling and detector are the protocol's.

    Attributes
    ----------
    beam
        Mean capture probability over the range.
    zenith_extinction_nepers, cloud_model
        As in :func:`~qkdopt.physics.link.atmosphere.atmospheric_transmittance`.
    """

    beam: BeamTable
    zenith_extinction_nepers: float
    cloud_model: str = "transmittance-factor"

    @classmethod
    def of(cls, scenario: Scenario) -> PairArmBudget:
        """Take the parameters from a scenario with links to pairs.

        Raises
        ------
        InputError
            When the scenario has no ``[entanglement]``.
        """
        if scenario.entanglement is None:
            raise InputError(f"{scenario.origin}: entanglement", "nothing", "a table")
        optics = scenario.entanglement.optics
        nearest_m, farthest_m = range_limits_m(scenario)
        beam = BeamTable(
            waist_m=optics.waist_m,
            wavelength_m=optics.wavelength_m,
            transmitter_radius_m=optics.transmitter_radius_m,
            receiver_radius_m=optics.receiver_radius_m,
            jitter_rad=optics.pointing_jitter_rad,
            nearest_m=nearest_m,
            farthest_m=farthest_m,
        )
        return cls(
            beam=beam,
            zenith_extinction_nepers=scenario.atmosphere.zenith_extinction_nepers,
            cloud_model=scenario.atmosphere.cloud_model,
        )

    def transmittance(
        self, range_m: Floats, elevation_rad: Floats, cloud_code: ArrayLike = 0.0
    ) -> Floats:
        """Return the share of photons that enter the receiver's telescope, from 0 to 1.

        Parameters
        ----------
        range_m, elevation_rad
            Slant range [m] and elevation [rad], same shape; ``nan`` where there is no pass.
        cloud_code
            From 0 to 150, broadcast.
        """
        air = atmospheric_transmittance(
            elevation_rad, self.zenith_extinction_nepers, cloud_code, self.cloud_model
        )
        share: Floats = self.beam.capture_probability(range_m) * air
        return share

    def factors(
        self, range_m: Floats, elevation_rad: Floats, cloud_code: ArrayLike = 0.0
    ) -> dict[str, Floats]:
        """Return the factors of :meth:`transmittance` by name: their product is that number.

        Arguments as there; each factor has the shape of the range.

        Returns
        -------
        dict
            ``geometric``: the truncated beam without jitter, its waist the best one for that where
            it is optimised; ``jitter``: what jitter leaves of it; ``atmosphere``; ``clouds``.
        """
        steady = self._steady_beam.capture_probability(range_m)
        found = {
            "geometric": steady,
            "jitter": self.beam.capture_probability(range_m) / steady,
            **air_factors(
                elevation_rad, self.zenith_extinction_nepers, cloud_code, self.cloud_model
            ),
        }
        missing = np.isnan(np.asarray(range_m, dtype=np.float64))
        return {name: np.where(missing, np.nan, values) for name, values in found.items()}

    @cached_property
    def _steady_beam(self) -> BeamTable:
        """The same beam without jitter."""
        return replace(self.beam, jitter_rad=0.0) if self.beam.jitter_rad else self.beam


def range_limits_m(scenario: Scenario) -> tuple[float, float]:
    """Return distances [m] that hold every slant range above the scenario's elevation mask.

    Half the height of the perigee, and a fifth beyond the range at the mask from the apogee:
    room for oblateness and for orbits that decay or drift over the horizon.
    """
    record = scenario.satellite.elements.satrec(scenario.origin)
    axis_m = record.a * WGS84_EQUATORIAL_RADIUS_M
    lowest_m = axis_m * (1.0 - record.ecco) - WGS84_EQUATORIAL_RADIUS_M
    apogee_m = axis_m * (1.0 + record.ecco)
    elevation = scenario.visibility.minimum_elevation_rad - _VERTICAL_SLACK_RAD
    across, up = _POLAR_RADIUS_M * math.cos(elevation), _POLAR_RADIUS_M * math.sin(elevation)
    farthest_m = _MARGIN * (math.sqrt(apogee_m**2 - across**2) - up)
    return max(0.5 * lowest_m, _NEAREST_M), farthest_m
