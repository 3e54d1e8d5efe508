"""What the two stations of a pair do with the photons that enter their telescopes."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.physics.link.by_station import ByStation
from qkdopt.physics.link.twilight import SunCurves


@dataclass(frozen=True, kw_only=True)
class PairReceivers(ByStation):
    """Receivers of one station, or of a station for each sample: numbers or arrays.

    Attributes
    ----------
    coupling, detector_efficiency
        Shares of photons, 0 to 1.
    dark_probability_per_window, stray_probability_per_window
        Clicks in a window without light, and of stray light.
    stray
        Of what the stray light depends on the Sun; ``None`` where it does not. It is then that of
        the darkest night, until :meth:`under` some Sun.
    dead_time_s, blinding_share
        As in :class:`qkdopt.physics.protocols.DecoyBB84`.
    """

    coupling: float | Floats
    detector_efficiency: float | Floats
    dark_probability_per_window: float | Floats
    stray_probability_per_window: float | Floats
    dead_time_s: float | Floats = 0.0
    blinding_share: float | Floats = 1.0
    stray: SunCurves | None = None

    def under(self, sun_elevation_rad: Floats) -> Self:
        """Return them with the stray light under a Sun of these elevations [rad], ``(S,)``."""
        if self.stray is None:
            return self
        return replace(self, stray_probability_per_window=self.stray.under(sun_elevation_rad))

    @property
    def efficiency(self) -> float | Floats:
        """Share of the photons in the telescope that click."""
        return self.coupling * self.detector_efficiency

    def background(self, stray: float | Floats) -> float | Floats:
        """Return the probability of a click in a window by dark counts or stray light."""
        dark = self.dark_probability_per_window
        return dark + stray - dark * stray

    def live_share(self, windows_per_s: float, light: Floats, background: Floats) -> Floats:
        """Return the share of its clicks that the station registers, from 0 to 1, shape ``(C,)``.

        ``1/(1 + b R tau)`` as for decoy-state BB84. A window makes a click with
        ``1 - (1 - y)/(1 + a)^2``: pairs of type-II down-conversion, of which ``light`` photons on
        average click in either polarisation, leave an arm dark with ``(1 + a)^-2`` (X. Ma, C.-H.
        F. Fung and H.-K. Lo, Phys. Rev. A 76, 012307 (2007)).

        Parameters
        ----------
        light
            ``a = eta mu/2``, detector included; ``nan`` where no pairs are sent.
        background
            ``y``, clicks in a window without the source.
        """
        clicks_hz = windows_per_s * (1.0 - (1.0 - background) / (1.0 + light) ** 2)
        live = 1.0 / (1.0 + clicks_hz * self.blinding_share * self.dead_time_s)
        return np.where(np.isnan(live), 1.0, live)
