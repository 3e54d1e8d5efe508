"""From elevation and range to the share of photons that make a click."""

from qkdopt.physics.link.atmosphere import atmospheric_transmittance
from qkdopt.physics.link.budget import DownlinkBudget
from qkdopt.physics.link.geometric import aperture_transmittance

__all__ = ["DownlinkBudget", "aperture_transmittance", "atmospheric_transmittance"]
