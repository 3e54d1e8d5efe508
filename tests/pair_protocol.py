"""A BBM92 protocol whose arms are given whole."""

from __future__ import annotations

from qkdopt.physics.protocols import BBM92

XI = 1.22
DARK = 1e-6


def protocol(**changes: object) -> BBM92:
    """Return a protocol whose arms hold all losses, one attempt per second."""
    usual = {
        "pair_rate_hz": 1.0,
        "pair_rate_counts": "attempts",
        "coupling": 1.0,
        "dark_probability_per_window": DARK,
    }
    return BBM92(**{**usual, **changes})
