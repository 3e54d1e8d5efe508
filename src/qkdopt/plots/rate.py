"""Key rate against elevation or loss, for a scenario's devices and orbit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from matplotlib.axes import Axes

from qkdopt.plots.style import BLUE, LINE, column_axes, figure_style

if TYPE_CHECKING:
    from qkdopt.arrays import Floats
    from qkdopt.physics import Scenario

_POINTS = 401
_STEEPEST_DEG = 90.0
_DECADES = 6  # of key rate shown below the largest


def draw_rate(
    scenario: Scenario,
    ax: Axes | None = None,
    *,
    against: Literal["elevation", "loss"] = "elevation",
    station: str | None = None,
) -> Axes:
    """Draw the secret key rate of a link to one station; return the axes.

    The satellite is at its mean altitude over a spherical Earth, the sky as clear as station
    codes of 0 make it. Against loss the atmosphere and the beam do not matter: only the
    protocol does.

    Parameters
    ----------
    ax
        Axes to draw into; ``None`` makes a figure of column width.
    against
        What is on the horizontal axis.
    station
        Whose link, where stations have settings of their own; that of the first link by default.
    """
    from qkdopt.physics.link import DownlinkBudget
    from qkdopt.physics.protocols.stations import CheckedProtocol, station_protocol

    here = scenario.at(station or scenario.links[0].stations[0])
    place = scenario.stations.index(here.station)
    least_deg = here.visibility.least_elevation_deg
    elevation_deg = np.linspace(least_deg or 1.0, _STEEPEST_DEG, _POINTS)
    altitude_m, earth_m = _altitude_m(scenario)
    range_m = _slant_range_m(np.radians(elevation_deg), altitude_m, earth_m)
    path = DownlinkBudget.of(scenario).at(place)
    eta = path.transmittance(range_m, np.radians(elevation_deg))
    across, label = elevation_deg, "elevation [deg]"
    if against == "loss":
        best_db = -10.0 * np.log10(eta.max())
        across = np.linspace(np.floor(best_db), np.floor(best_db) + 30.0, _POINTS)
        eta, label = 10.0 ** (-across / 10.0), "loss, detector included [dB]"
    protocol = station_protocol(scenario)
    own = protocol if isinstance(protocol, CheckedProtocol) else protocol.at(place)
    rate = own.key_rate_bits_per_s(eta)
    with figure_style():
        ax = column_axes() if ax is None else ax
        ax.plot(across, np.where(rate > 0, rate, np.nan), color=BLUE, lw=1.4)
        ax.set_yscale("log")
        if rate.max() > 0:
            least = 1.0 if against == "loss" else 10 ** np.floor(np.log10(rate[rate > 0].min()))
            ax.set_ylim(bottom=max(1.0, least, rate.max() / 10**_DECADES))
        ax.set_xlabel(label)
        ax.set_ylabel("secret key rate [bit/s]")
        if against == "elevation":
            words = f"satellite at {altitude_m / 1000:.0f} km, clear sky"
            ax.set_title(words, loc="left", color=LINE)
            ax.set_xlim(0, _STEEPEST_DEG)
            ax.set_xticks(range(0, 91, 15))
    return ax


def _altitude_m(scenario: Scenario) -> tuple[float, float]:
    """Return mean altitude and the radius of the Earth that it is counted from [m]."""
    record = scenario.satellite.elements.satrec(scenario.origin)
    earth_m = record.radiusearthkm * 1000.0
    return (record.a - 1.0) * earth_m, earth_m


def _slant_range_m(elevation_rad: Floats, altitude_m: float, earth_m: float) -> Floats:
    """Return the slant range over a sphere [m]: the law of cosines at the Earth's centre."""
    up = earth_m * np.sin(elevation_rad)
    return np.sqrt(up**2 + altitude_m * (2.0 * earth_m + altitude_m)) - up
