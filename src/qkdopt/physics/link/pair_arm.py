"""The budget of one arm of a pair: from the satellite's aperture to the receiver's."""

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from qkdopt.arrays import Floats, Integers
from qkdopt.constants import WGS84_EQUATORIAL_RADIUS_M
from qkdopt.errors import InputError
from qkdopt.physics.link.atmosphere import ClearAir, air_factors, atmospheric_transmittance
from qkdopt.physics.link.by_station import ByStation, distinct, settings_by_station
from qkdopt.physics.link.diffraction import BeamTable
from qkdopt.physics.scenario import Scenario

_NEAREST_M = 50e3
_POLAR_RADIUS_M = 6_356_752.0
_VERTICAL_SLACK_RAD = 0.0034
_MARGIN = 1.2


@dataclass(frozen=True, kw_only=True)
class PairArmBudget(ByStation):
    """Truncated, jittering beam times atmosphere; coupling and detector are the protocol's.

    Attributes
    ----------
    beams
        Mean capture probability over the range, one for each kind of telescope.
    telescope
        Which of them it is.
    air, cloud_model
        As in :func:`~qkdopt.physics.link.atmosphere.atmospheric_transmittance`.
    """

    beams: tuple[BeamTable, ...]
    air: ClearAir
    telescope: int | Integers = 0
    cloud_model: str = "transmittance-factor"

    @classmethod
    def of(cls, scenario: Scenario) -> Self:
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
        own = [here.entanglement or scenario.entanglement for here in settings_by_station(scenario)]
        telescopes, telescope = distinct(
            [(it.optics.receiver_radius_m, it.optics.receiver_obscuration_ratio) for it in own]
        )
        beams = [
            BeamTable(
                waist_m=optics.waist_m,
                wavelength_m=optics.wavelength_m,
                transmitter_radius_m=optics.transmitter_radius_m,
                receiver_radius_m=radius_m,
                obscuration_ratio=obscuration_ratio,
                jitter_rad=optics.pointing_jitter_rad,
                nearest_m=nearest_m,
                farthest_m=farthest_m,
            )
            for radius_m, obscuration_ratio in telescopes
        ]
        return cls(
            beams=tuple(beams),
            telescope=telescope,
            air=ClearAir.of(scenario),
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
        air = atmospheric_transmittance(elevation_rad, self.air, cloud_code, self.cloud_model)
        return self._captured(self.beams, range_m) * air

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
        steady = self._captured(self._steady_beams, range_m)
        found = {
            "geometric": steady,
            "jitter": self._captured(self.beams, range_m) / steady,
            **air_factors(elevation_rad, self.air, cloud_code, self.cloud_model),
        }
        missing = np.isnan(np.asarray(range_m, dtype=np.float64))
        return {name: np.where(missing, np.nan, values) for name, values in found.items()}

    @cached_property
    def _steady_beams(self) -> tuple[BeamTable, ...]:
        """The same beams without jitter."""
        return tuple(replace(b, jitter_rad=0.0) if b.jitter_rad else b for b in self.beams)

    def _captured(self, beams: tuple[BeamTable, ...], range_m: Floats) -> Floats:
        """Return the capture probability of each sample's own telescope."""
        if np.ndim(self.telescope) == 0:
            return beams[int(self.telescope)].capture_probability(range_m)
        share = np.full(np.shape(range_m), np.nan)
        for number, beam in enumerate(beams):
            own = self.telescope == number
            share[own] = beam.capture_probability(range_m[own])
        return share


def range_limits_m(scenario: Scenario) -> tuple[float, float]:
    """Return distances [m] that hold every slant range above the stations' elevation masks.

    Half the height of the perigee, and a fifth beyond the range at the mask from the apogee:
    room for oblateness and for orbits that decay or drift over the horizon.
    """
    record = scenario.satellite.elements.satrec(scenario.origin)
    axis_m = record.a * WGS84_EQUATORIAL_RADIUS_M
    lowest_m = axis_m * (1.0 - record.ecco) - WGS84_EQUATORIAL_RADIUS_M
    apogee_m = axis_m * (1.0 + record.ecco)
    masks = (here.visibility.least_elevation_rad for here in settings_by_station(scenario))
    elevation = min(masks) - _VERTICAL_SLACK_RAD
    across, up = _POLAR_RADIUS_M * math.cos(elevation), _POLAR_RADIUS_M * math.sin(elevation)
    farthest_m = _MARGIN * (math.sqrt(apogee_m**2 - across**2) - up)
    return max(0.5 * lowest_m, _NEAREST_M), farthest_m
