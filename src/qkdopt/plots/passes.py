"""One pass of the satellite: elevation, and loss of the link, against time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from qkdopt.plots.style import BLUE, RED, column_axes, figure_style

if TYPE_CHECKING:
    from qkdopt.physics import Pass, Scenario


def draw_pass(scenario: Scenario, passage: Pass, ax: Axes | None = None) -> Axes:
    """Draw elevation (left axis) and loss (right axis) over a pass; return the left axes.

    Parameters
    ----------
    passage
        One of :func:`qkdopt.physics.passes`.
    ax
        Axes to draw into; ``None`` makes a figure of column width.
    """
    from qkdopt.physics.link import DownlinkBudget
    from qkdopt.physics.orbit.view_geometry import view_geometry

    seconds = np.arange(passage.start_s, passage.end_s)
    grid = scenario.grid
    by_second = replace(scenario, grid=replace(grid, interval_s=1, count=grid.duration_s))
    place = [station.name for station in scenario.stations].index(passage.station)
    view = view_geometry(by_second, seconds)
    elevation_rad, range_m = view.elevation_rad[place], view.range_m[place]
    codes = scenario.cloud_codes(np.full(seconds.size, place), seconds)
    eta = DownlinkBudget.of(scenario).at(place).transmittance(range_m, elevation_rad, codes)
    with np.errstate(divide="ignore"):
        loss_db = -10.0 * np.log10(eta)
    with figure_style():
        ax = column_axes() if ax is None else ax
        across = seconds + 0.5 - passage.start_s
        ax.plot(across, np.degrees(elevation_rad), color=BLUE, lw=1.4)
        ax.set_ylabel("elevation [deg]", color=BLUE)
        ax.set_ylim(0, 90)
        ax.set_yticks(range(0, 91, 30))
        ax.set_xlabel(f"time after {passage.start_utc:%Y-%m-%d %H:%M:%S} UTC [s]")
        ax.set_xlim(0, passage.duration_s)
        right = ax.twinx()
        right.spines["right"].set_visible(True)
        right.plot(across, np.where(np.isfinite(loss_db), loss_db, np.nan), color=RED, lw=1.4,
                   ls="--")  # fmt: skip
        right.set_ylabel("loss, detector included [dB]", color=RED)
        ax.set_title(passage.station.replace("$", r"\$"), loc="left")
    return ax
