"""The link budget of a downlink."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qkdopt.arrays import Floats
from qkdopt.physics.link.atmosphere import air_factors, atmospheric_transmittance
from qkdopt.physics.link.geometric import aperture_transmittance
from qkdopt.physics.link.plugin_losses import CheckedLoss, plugin_losses
from qkdopt.physics.link.turbulence import downlink_spread_at_zenith_m, downlink_spread_m
from qkdopt.physics.scenario import Losses, Scenario

__all__ = ["DownlinkBudget"]


@dataclass(frozen=True, kw_only=True)
class DownlinkBudget:
    """What a photon meets between the satellite's telescope and the click.

    ``eta = eta_G eta_A eta_c eta_d``: aperture, atmosphere, receiver optics, detector.
    Pointing loss is taken to be part of the divergence unless a jitter is given.

    Attributes
    ----------
    pointing_jitter_rad
        Standard deviation of the pointing error along each axis. The mean of a Gaussian beam
        over Gaussian jitter is Gaussian with ``w^2 + 4 sigma^2 L^2``: exact for the mean.
    turbulent_spread_m
        Long-term spread of a vertical downlink, :mod:`qkdopt.physics.link.turbulence`.
    further
        Factors that other packages add.
    """

    divergence_half_angle_rad: float
    receiver_diameter_m: float
    receiver_optics_transmittance: float
    detector_efficiency: float
    zenith_extinction_nepers: float
    cloud_model: str = "transmittance-factor"
    pointing_jitter_rad: float = 0.0
    turbulent_spread_m: float = 0.0
    further: tuple[CheckedLoss, ...] = ()

    @classmethod
    def of(cls, scenario: Scenario) -> DownlinkBudget:
        """Take the parameters from a scenario."""
        losses = scenario.losses or Losses()
        spread_m = 0.0
        if losses.turbulence is not None:
            spread_m = downlink_spread_at_zenith_m(
                scenario.optics.wavelength_m,
                losses.turbulence_wind_m_per_s,
                losses.turbulence_ground_cn2,
            )
        return cls(
            divergence_half_angle_rad=scenario.optics.divergence_half_angle_rad,
            receiver_diameter_m=scenario.optics.receiver_diameter_m,
            receiver_optics_transmittance=scenario.optics.receiver_optics_transmittance,
            detector_efficiency=scenario.detector.efficiency,
            zenith_extinction_nepers=scenario.atmosphere.zenith_extinction_nepers,
            cloud_model=scenario.atmosphere.cloud_model,
            pointing_jitter_rad=losses.pointing_jitter_rad,
            turbulent_spread_m=spread_m,
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
            )
            * atmospheric_transmittance(
                elevation_rad, self.zenith_extinction_nepers, cloud_code, self.cloud_model
            )
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
        beam = (self.divergence_half_angle_rad, self.receiver_diameter_m)
        distance_m = np.asarray(range_m, dtype=np.float64)
        alone = aperture_transmittance(distance_m, *beam)
        jitter_m = 2.0 * self.pointing_jitter_rad * distance_m
        jittered = aperture_transmittance(distance_m, *beam, jitter_m)
        widened = aperture_transmittance(
            distance_m, *beam, self._broadening_m(distance_m, elevation_rad)
        )
        found = {
            "geometric": alone,
            "jitter": jittered / alone,
            "turbulence": widened / jittered if self.turbulent_spread_m else np.ones_like(alone),
            **air_factors(
                elevation_rad, self.zenith_extinction_nepers, cloud_code, self.cloud_model
            ),
            "receiver_optics": np.full_like(alone, self.receiver_optics_transmittance),
            "detector": np.full_like(alone, self.detector_efficiency),
        }
        further = {term.name: term.transmittance(range_m, elevation_rad) for term in self.further}
        missing = np.isnan(distance_m)
        return {name: np.where(missing, np.nan, x) for name, x in {**found, **further}.items()}

    def _broadening_m(self, range_m: Floats, elevation_rad: Floats) -> Floats | None:
        """Return what widens the mean beam [m], or ``None`` where no such term is on."""
        if not (self.pointing_jitter_rad or self.turbulent_spread_m):
            return None
        jitter_m = 2.0 * self.pointing_jitter_rad * np.asarray(range_m, dtype=np.float64)
        spread_m = downlink_spread_m(self.turbulent_spread_m, elevation_rad)
        broadening_m: Floats = np.hypot(jitter_m, spread_m)
        return broadening_m
