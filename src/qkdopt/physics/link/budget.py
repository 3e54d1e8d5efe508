"""The link budget of a downlink."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import ArrayLike

from qkdopt.arrays import Floats
from qkdopt.physics.link.atmosphere import atmospheric_transmittance
from qkdopt.physics.link.geometric import aperture_transmittance
from qkdopt.physics.scenario import Scenario

__all__ = ["DownlinkBudget"]


@dataclass(frozen=True, kw_only=True)
class DownlinkBudget:
    """What a photon meets between the satellite's telescope and the click.

    ``eta = eta_G eta_A eta_c eta_d``: aperture, atmosphere, receiver optics, detector.
    Pointing loss is taken to be part of the divergence.
    """

    divergence_half_angle_rad: float
    receiver_diameter_m: float
    receiver_optics_transmittance: float
    detector_efficiency: float
    zenith_extinction_nepers: float
    cloud_model: str = "transmittance-factor"

    @classmethod
    def of(cls, scenario: Scenario) -> DownlinkBudget:
        """Take the parameters from a scenario."""
        return cls(
            divergence_half_angle_rad=scenario.optics.divergence_half_angle_rad,
            receiver_diameter_m=scenario.optics.receiver_diameter_m,
            receiver_optics_transmittance=scenario.optics.receiver_optics_transmittance,
            detector_efficiency=scenario.detector.efficiency,
            zenith_extinction_nepers=scenario.atmosphere.zenith_extinction_nepers,
            cloud_model=scenario.atmosphere.cloud_model,
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
        return (
            aperture_transmittance(
                range_m, self.divergence_half_angle_rad, self.receiver_diameter_m
            )
            * atmospheric_transmittance(
                elevation_rad, self.zenith_extinction_nepers, cloud_code, self.cloud_model
            )
            * self.receiver_optics_transmittance
        )

    def transmittance(
        self, range_m: Floats, elevation_rad: Floats, cloud_code: ArrayLike = 0.0
    ) -> Floats:
        """Return the overall transmittance ``eta``, detector included; else as above."""
        channel = self.channel_transmittance(range_m, elevation_rad, cloud_code)
        return channel * self.detector_efficiency
