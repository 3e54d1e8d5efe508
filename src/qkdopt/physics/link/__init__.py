"""From elevation and range to the share of photons that make a click."""

from qkdopt.physics.link.atmosphere import atmospheric_transmittance
from qkdopt.physics.link.budget import DownlinkBudget
from qkdopt.physics.link.fibre import (
    fibre_loss_db,
    fibre_secret_bits,
    least_relays,
    plob_bits_per_use,
)
from qkdopt.physics.link.geometric import aperture_transmittance
from qkdopt.physics.link.sky_background import sky_clicks_per_gate

__all__ = [
    "DownlinkBudget",
    "aperture_transmittance",
    "atmospheric_transmittance",
    "fibre_loss_db",
    "fibre_secret_bits",
    "least_relays",
    "plob_bits_per_use",
    "sky_clicks_per_gate",
]
