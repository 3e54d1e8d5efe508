"""What the two stations of a pair do with the photons that enter their telescopes."""

from __future__ import annotations

from dataclasses import dataclass

from qkdopt.arrays import Floats
from qkdopt.physics.link.by_station import ByStation

__all__ = ["PairReceivers"]


@dataclass(frozen=True, kw_only=True)
class PairReceivers(ByStation):
    """Receivers of one station, or of a station for each sample: numbers or arrays.

    Attributes
    ----------
    coupling, detector_efficiency
        Shares of photons, 0 to 1.
    dark_probability_per_window, stray_probability_per_window
        Clicks in a window without light, and of stray light.
    """

    coupling: float | Floats
    detector_efficiency: float | Floats
    dark_probability_per_window: float | Floats
    stray_probability_per_window: float | Floats

    @property
    def efficiency(self) -> float | Floats:
        """Share of the photons in the telescope that click."""
        return self.coupling * self.detector_efficiency

    def background(self, stray: float | Floats) -> float | Floats:
        """Return the probability of a click in a window by dark counts or stray light."""
        dark = self.dark_probability_per_window
        return dark + stray - dark * stray
