"""The link budget of a downlink."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from qkdopt.arrays import Floats
from qkdopt.physics.link.atmosphere import ClearAir, air_factors, atmospheric_transmittance
from qkdopt.physics.link.by_station import ByStation, by_station, settings_by_station
from qkdopt.physics.link.geometric import aperture_transmittance
from qkdopt.physics.link.plugin_losses import CheckedLoss, plugin_losses
from qkdopt.physics.link.turbulence import downlink_spread_at_zenith_m, downlink_spread_m
from qkdopt.physics.scenario import Losses, Scenario, StationSettings


@dataclass(frozen=True, kw_only=True)
class DownlinkBudget(ByStation):
    """What a photon meets between the satellite's telescope and the click.

    ``eta = eta_G eta_A eta_c eta_d``: aperture, atmosphere, receiver optics, detector.
    Pointing loss is taken to be part of the divergence unless a jitter is given.

    Of stations with settings of their own, :meth:`at` gives the budget of one, or of a station for
    each sample; where all are alike it is that budget already.

    Attributes
    ----------
    receiver_obscuration_ratio
        Diameter of the telescope's central obstruction over its own.
    air
        Extinction of clear air.
    pointing_jitter_rad
        Standard deviation of the pointing error along each axis. The mean of a Gaussian beam
        over Gaussian jitter is Gaussian with ``w^2 + 4 sigma^2 L^2``: exact for the mean.
    turbulent_spread_m
        Long-term spread of a vertical downlink, :mod:`qkdopt.physics.link.turbulence`.
    further
        Factors that other packages add.
    """

    divergence_half_angle_rad: float
    receiver_diameter_m: float | Floats
    receiver_optics_transmittance: float | Floats
    detector_efficiency: float | Floats
    air: ClearAir
    cloud_model: str = "transmittance-factor"
    receiver_obscuration_ratio: float | Floats = 0.0
    pointing_jitter_rad: float = 0.0
    turbulent_spread_m: float | Floats = 0.0
    further: tuple[CheckedLoss, ...] = ()

    @classmethod
    def of(cls, scenario: Scenario) -> Self:
        """Take the parameters from a scenario."""
        here = settings_by_station(scenario)
        optics = [item.optics for item in here]
        return cls(
            divergence_half_angle_rad=scenario.optics.divergence_half_angle_rad,
            receiver_diameter_m=by_station([item.receiver_diameter_m for item in optics]),
            receiver_obscuration_ratio=by_station(
                [item.receiver_obscuration_ratio for item in optics]
            ),
            receiver_optics_transmittance=by_station(
                [item.receiver_optics_transmittance for item in optics]
            ),
            detector_efficiency=by_station([item.detector.efficiency for item in here]),
            air=ClearAir.of(scenario),
            cloud_model=scenario.atmosphere.cloud_model,
            pointing_jitter_rad=(scenario.losses or Losses()).pointing_jitter_rad,
            turbulent_spread_m=by_station([_turbulent_spread_m(item) for item in here]),
            further=plugin_losses(scenario),
        )

    def channel_transmittance(
        self, range_m: Floats, elevation_rad: Floats, cloud_code: ArrayLike = 0.0
    ) -> Floats:
        """Return the transmittance up to the detector, which is not counted.

        Parameters
        ----------
        range_m, elevation_rad
            Slant range [m] and elevation [rad], same shape; ``nan`` where there is no pass.
        cloud_code
            From 0 to 150, broadcast.

        Returns
        -------
        Floats
            From 0 to 1; ``nan`` where there is no pass.
        """
        share: Floats = (
            aperture_transmittance(
                range_m,
                self.divergence_half_angle_rad,
                self.receiver_diameter_m,
                self._broadening_m(range_m, elevation_rad),
                self.receiver_obscuration_ratio,
            )
            * atmospheric_transmittance(elevation_rad, self.air, cloud_code, self.cloud_model)
            * self.receiver_optics_transmittance
        )
        for term in self.further:
            share = share * term.transmittance(range_m, elevation_rad)
        return share

    def transmittance(
        self, range_m: Floats, elevation_rad: Floats, cloud_code: ArrayLike = 0.0
    ) -> Floats:
        """Return the overall transmittance ``eta``, detector included; else as above."""
        channel = self.channel_transmittance(range_m, elevation_rad, cloud_code)
        return channel * self.detector_efficiency

    def factors(
        self, range_m: Floats, elevation_rad: Floats, cloud_code: ArrayLike = 0.0
    ) -> dict[str, Floats]:
        """Return the factors of :meth:`transmittance` by name: their product is that number.

        Arguments as there; each factor has the shape of the range, ``nan`` where there is no pass.

        Returns
        -------
        dict
            ``geometric``: the beam without what widens it; ``jitter``, then ``turbulence``: what
            is left of that, by their squares added in this order; ``atmosphere``: clear air;
            ``clouds``; ``receiver_optics``; ``detector``; further losses by their names.
        """
        distance_m = np.asarray(range_m, dtype=np.float64)

        def within(broadening_m: Floats | None) -> Floats:
            beam = (self.divergence_half_angle_rad, self.receiver_diameter_m)
            obscured = self.receiver_obscuration_ratio
            return aperture_transmittance(distance_m, *beam, broadening_m, obscured)

        alone = within(None)
        jittered = within(2.0 * self.pointing_jitter_rad * distance_m)
        widened = within(self._broadening_m(distance_m, elevation_rad))
        turbulent = np.any(self.turbulent_spread_m)
        found = {
            "geometric": alone,
            "jitter": jittered / alone,
            "turbulence": widened / jittered if turbulent else np.ones_like(alone),
            **air_factors(elevation_rad, self.air, cloud_code, self.cloud_model),
            "receiver_optics": np.full_like(alone, self.receiver_optics_transmittance),
            "detector": np.full_like(alone, self.detector_efficiency),
        }
        further = {term.name: term.transmittance(range_m, elevation_rad) for term in self.further}
        missing = np.isnan(distance_m)
        return {name: np.where(missing, np.nan, x) for name, x in {**found, **further}.items()}

    def _broadening_m(self, range_m: Floats, elevation_rad: Floats) -> Floats | None:
        """Return what widens the mean beam [m], or ``None`` where no such term is on."""
        if not (self.pointing_jitter_rad or np.any(self.turbulent_spread_m)):
            return None
        jitter_m = 2.0 * self.pointing_jitter_rad * np.asarray(range_m, dtype=np.float64)
        spread_m = downlink_spread_m(self.turbulent_spread_m, elevation_rad)
        return np.hypot(jitter_m, spread_m)


def _turbulent_spread_m(here: StationSettings) -> float:
    """Return the spread of a vertical downlink to a station [m]; 0 when off."""
    losses = here.losses
    if losses is None or losses.turbulence is None:
        return 0.0
    return downlink_spread_at_zenith_m(
        here.optics.wavelength_m, losses.turbulence_wind_m_per_s, losses.turbulence_ground_cn2
    )
