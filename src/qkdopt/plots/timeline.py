"""The timeline: which links can be served when, and which each strategy serves."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from os import PathLike

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize, PowerNorm
from matplotlib.figure import Figure

from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.plots import timeline_labels as labels
from qkdopt.plots.style import font_fallback, save_as_drawn
from qkdopt.plots.timeline_plan import TimelinePlan, boxes
from qkdopt.tensor import KeyTensor

_PALE = LinearSegmentedColormap.from_list("pale", ["#ebebeb", "#949494"])
_ROW = 0.88  # height of the grey of a row; one link has 1
_LANE = 0.8  # part of a lane that its bar fills
_WIDTH_INCHES = 14.0
_ROW_INCHES = 0.48
_TOP_INCHES, _BOTTOM_INCHES, _RIGHT_INCHES = 0.85, 0.6, 0.95
_CHARACTER_INCHES, _MOST_LEFT_INCHES = 0.09, 4.0
_POOR, _SEEN = 0.05, 0.35  # a link poorer than the one share of the best is shown at the other


def timeline(
    keys: KeyTensor | SchedulingProblem,
    schedules: Mapping[str, Sequence[int]],
    ax: Axes | None = None,
    *,
    start_utc: datetime | None = None,
    title: str | None = None,
) -> Axes:
    """Draw who could be served and who is; return the axes.

    One row per link. Grey: what the link could deliver, darker for more. Coloured bars: when
    it is served, one lane per schedule. Passes are drawn side by side, to scale, without the
    hours between them. On the right the bits that each schedule delivers.

    Parameters
    ----------
    keys
        A key tensor or a problem.
    schedules
        By label: link index or -1 for each active interval of the problem (as in
        ``Certificate.schedule``).
    ax
        Axes to draw into; ``None`` makes a new figure (without pyplot).
    start_utc
        Instant at which interval 0 begins; that of the tensor when it has one. Without it
        passes are labelled by interval index.
    title
        Above the picture.
    """
    if isinstance(keys, KeyTensor):
        start_utc = start_utc or keys.start_utc
        keys = SchedulingProblem.from_keys(keys)
    stated = {label: Schedule.create(list(service)) for label, service in schedules.items()}
    plan = TimelinePlan.of(keys, start_utc, stated)
    if ax is None:
        ax = _own_axes(plan.names)
    labels.draw_frame(ax, plan, title)
    if plan.axis.passes:
        labels.draw_grey_scale(ax, plan, _draw_available(ax, plan))
    for lane, (label, schedule) in enumerate(plan.schedules.items()):
        _draw_served(ax, plan, lane, label, schedule)
    labels.label_time(ax, plan)
    labels.label_totals(ax, plan)
    labels.draw_legend(ax, plan)
    return ax


def save_timeline(
    path: str | PathLike[str],
    keys: KeyTensor | SchedulingProblem,
    schedules: Mapping[str, Sequence[int]],
    *,
    start_utc: datetime | None = None,
    title: str | None = None,
) -> None:
    """Write the timeline as a picture (``.png``, ``.svg``, ``.pdf``), atomically.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    with font_fallback():
        axes = timeline(keys, schedules, start_utc=start_utc, title=title)
        save_as_drawn(path, axes)


def _own_axes(names: list[str]) -> Axes:
    """Return the axes of a new figure: rows of one height, and room for labels."""
    left = min(_MOST_LEFT_INCHES, 0.2 + _CHARACTER_INCHES * max(map(labels.width_of, names)))
    height = _TOP_INCHES + _ROW_INCHES * len(names) + _BOTTOM_INCHES
    figure = Figure(figsize=(_WIDTH_INCHES, height))
    figure.subplots_adjust(
        left=left / _WIDTH_INCHES,
        right=1 - _RIGHT_INCHES / _WIDTH_INCHES,
        bottom=_BOTTOM_INCHES / height,
        top=1 - _TOP_INCHES / height,
    )
    return figure.subplots()


def _draw_available(ax: Axes, plan: TimelinePlan) -> ScalarMappable:
    bits = plan.problem.bits
    n, a = np.nonzero(bits)
    row, left = n.astype(np.float64), plan.axis.left[a]
    corners = boxes(left, left + 1.0, row - _ROW / 2, row + _ROW / 2)
    norm = _grey_scale(plan)
    shades = PolyCollection(
        list(corners), array=bits[n, a], cmap=_PALE, norm=norm, antialiased=False
    )
    shades.set_rasterized(True)
    ax.add_collection(shades, autolim=False)
    return shades


def _grey_scale(plan: TimelinePlan) -> Normalize:
    """Return a scale on which the best intervals of the poorest link are still seen."""
    best = plan.problem.bits.max(axis=1, initial=0)
    most = float(max(best.max(initial=0), 1))
    poorest = float(best[best > 0].min(initial=most))
    if poorest >= _POOR * most:
        return Normalize(0.0, most)
    return PowerNorm(math.log(_SEEN) / math.log(poorest / most), 0.0, most)


def _draw_served(ax: Axes, plan: TimelinePlan, lane: int, label: str, schedule: Schedule) -> None:
    served = np.flatnonzero(schedule.service >= 0)
    links, left = schedule.service[served], plan.axis.left[served]
    # Consecutive intervals of one service are one bar: no seams.
    joins = (np.diff(links) == 0) & (np.diff(left) == 1.0)
    firsts = np.concatenate([[True], ~joins])[: served.size]
    lasts = np.concatenate([~joins, [True]])[: served.size]
    middle = np.array([plan.lane(int(n), lane) for n in links[firsts]])
    half = plan.lane_height * _LANE / 2
    corners = boxes(left[firsts], left[lasts] + 1.0, middle - half, middle + half)
    bars = PolyCollection(list(corners), facecolors=plan.colour(lane), label=label)
    ax.add_collection(bars, autolim=False)
