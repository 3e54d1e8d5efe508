"""The timeline of several satellites: who serves whom, by station and by satellite."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from qkdopt.arrays import Integers
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.problem.parts import runs_of
from qkdopt.optimize.problem.served_runs import served_runs
from qkdopt.plots import timeline_labels as labels
from qkdopt.plots.compressed_time import compressed_time
from qkdopt.plots.satellites_panels import Panel, by_satellite, by_station, lanes_of, window
from qkdopt.plots.timeline_plan import STRONG, TimelineFrame, boxes

_REACHABLE, _CONTESTED, _OTHERS = "#e4e4e4", "#b3b3b3", "#454545"
_MOST_SHOWN_S = 4 * 3600.0  # of time in which there is key: an interval of 10 s is 1.2 pixels wide
_ROW, _BAR = 0.9, 0.6  # heights, of which a row has 1
_WIDTH_INCHES, _RIGHT_INCHES = 14.0, 0.95
_ROW_INCHES, _ABOVE_INCHES, _BELOW_INCHES = 0.26, 0.7, 0.5
_TITLE_INCHES = 0.35
_CHARACTER_INCHES, _MOST_LEFT_INCHES = 0.09, 3.2
_HOUR_S = 3600.0
_TIMES_S = 1800.0  # between the times below
_SEAM = 0.4  # width of the white line around a service [pt]


def satellites_timeline(
    problem: SchedulingProblem,
    paths: Sequence[Sequence[Sequence[int]]],
    *,
    start_utc: datetime | None = None,
    title: str | None = None,
) -> Axes:
    """Draw a row per station, coloured by satellite, above a row per satellite; return the axes.

    Light grey: some satellite could deliver key; darker: more than the station has receivers. The
    six with the most bits have colours of their own, the others one. Of more than 40 stations or
    satellites, those with the most bits are drawn; of more than four hours with key, those with the
    most bits. The picture says so. On the right the bits of the whole schedule.

    Parameters
    ----------
    problem
        Of any number of satellites.
    paths
        The runs ``[link, first, last]`` of each satellite, as ``Certificate.paths`` has them.
    start_utc
        Instant at which interval 0 begins; without it passes are labelled by interval index.
    title
        Above the picture.
    """
    runs = list(served_runs(problem, paths))
    shown = window(problem, runs, _MOST_SHOWN_S)
    panels = [by_station(problem, runs), by_satellite(problem, runs)]
    figure, both = _figure(panels)
    axis = compressed_time(shown, float(problem.interval_s))
    for ax, panel in zip(both, panels, strict=True):
        names = [panel.names[row] for row in panel.rows] or ["none"]
        frame = TimelineFrame(names, shown, problem.interval_s, start_utc, axis)
        labels.draw_frame(ax, frame, None)
        _draw(ax, frame, panel)
        _label(ax, panel)
        labels.label_time(ax, frame, _TIMES_S)
    if title:
        figure.text(0.01, 1 - 0.3 / figure.get_figheight(), labels.shown(title), fontsize=12,
                    fontweight="bold")  # fmt: skip
    figure.text(
        0.01, 1 - 0.52 / figure.get_figheight(), _notes(problem, panels, shown, frame), fontsize=9,
        color="#444444",
    )  # fmt: skip
    return both[0]


def _figure(panels: Sequence[Panel]) -> tuple[Figure, list[Axes]]:
    """Return a figure with axes one above the other, rows of one height, and room for labels."""
    names = [panel.names[row] for panel in panels for row in panel.rows] or ["none"]
    left = 0.2 + _CHARACTER_INCHES * max(labels.width_of(labels.shown(name)) for name in names)
    left = min(_MOST_LEFT_INCHES, left)
    heights = [_ROW_INCHES * max(2, len(panel.rows)) for panel in panels]
    total = _TITLE_INCHES + sum(heights) + len(panels) * (_ABOVE_INCHES + _BELOW_INCHES)
    figure = Figure(figsize=(_WIDTH_INCHES, total))
    axes, top = [], total - _TITLE_INCHES
    width = (_WIDTH_INCHES - left - _RIGHT_INCHES) / _WIDTH_INCHES
    for height in heights:
        top -= _ABOVE_INCHES + height
        place = (left / _WIDTH_INCHES, top / total, width, height / total)
        axes.append(figure.add_axes(place))
        top -= _BELOW_INCHES
    return figure, axes


def _draw(ax: Axes, frame: TimelineFrame, panel: Panel) -> None:
    """Draw what could be served, and what is."""
    for intervals, colour in ((panel.reachable, _REACHABLE), (panel.contested, _CONTESTED)):
        ends = [
            (row, first, last)
            for row, n in enumerate(panel.rows)
            for first, last in runs_of(intervals[n])
        ]
        _bars(ax, frame, ends, [colour] * len(ends), _ROW)
    ends, colours = [], []
    lanes: list[tuple[int, int]] = []
    for row, n in enumerate(panel.rows):
        lane_of = lanes_of([run for run, _ in panel.served[n]])
        for (run, other), lane in zip(panel.served[n], lane_of, strict=True):
            ends.append((row, run.first, run.last))
            lanes.append((lane, max(lane_of) + 1))
            known = other in panel.coloured
            colours.append(STRONG[panel.coloured.index(other)] if known else _OTHERS)
    _bars(ax, frame, ends, colours, _BAR, lanes)


def _bars(
    ax: Axes,
    frame: TimelineFrame,
    ends: Sequence[tuple[int, int, int]],
    colours: Sequence[str],
    height: float,
    lanes: Sequence[tuple[int, int]] | None = None,
) -> None:
    """Draw (row, first, last), both intervals included, where they are on the axis.

    ``lanes``: the lane of each in its row, and how many that row has; one by default.
    """
    row, first, last = np.array(ends, np.int64).reshape(-1, 3).T
    begin = np.searchsorted(frame.interval, first)
    end = np.searchsorted(frame.interval, last, side="right")
    kept = np.flatnonzero(begin < end)
    left, right = frame.axis.left[begin[kept]], frame.axis.left[end[kept] - 1] + 1.0
    lane, count = np.array(lanes or [(0, 1)] * len(ends), np.int64).reshape(-1, 2)[kept].T
    low = row[kept] - height / 2 + height * lane / count
    corners = boxes(left, right, low, low + height / count)
    faces = [colours[k] for k in kept.tolist()]
    bars = PolyCollection(list(corners), facecolors=faces)
    if lanes is not None:
        bars.set(edgecolor="white", linewidth=_SEAM)
    ax.add_collection(bars, autolim=False)


def _label(ax: Axes, panel: Panel) -> None:
    """Name the colours above the panel, and write each row's bits beside it."""
    for row, n in enumerate(panel.rows):
        ax.annotate(
            labels.amount(int(panel.bits[n])), (1.0, row), (60, 0), ("axes fraction", "data"),
            "offset points", ha="right", va="center", fontsize=8,
        )  # fmt: skip
    patches = [
        Patch(color=STRONG[k], label=labels.shown(panel.others[other]))
        for k, other in enumerate(panel.coloured)
    ]
    if len({other for n in panel.rows for _, other in panel.served[n]}) > len(panel.coloured):
        patches.append(Patch(color=_OTHERS, label="others"))
    patches.append(Patch(color=_REACHABLE, label="could be served"))
    if panel.of == "station":
        patches.append(Patch(color=_CONTESTED, label="contested"))
    ax.legend(
        handles=patches, loc="lower right", bbox_to_anchor=(1.0, 1.0 + 0.22 / _inches(ax)),
        borderaxespad=0.0, ncols=len(patches), frameon=False, fontsize=9, handlelength=1.2,
        columnspacing=1.2,
    )  # fmt: skip
    by = "satellite" if panel.of == "station" else "target"
    ax.annotate(
        f"By {panel.of}, coloured by {by}", (0.0, 1.0), (0, 18), "axes fraction", "offset points",
        fontsize=10, fontweight="bold",
    )  # fmt: skip


def _inches(ax: Axes) -> float:
    """Return the height of axes [in]."""
    figure = ax.get_figure(root=True)
    return ax.get_position().height * (1.0 if figure is None else figure.get_figheight())


def _notes(
    problem: SchedulingProblem, panels: Sequence[Panel], shown: Integers, frame: TimelineFrame
) -> str:
    """Return what the picture leaves out, in a line; empty when nothing."""
    notes = []
    for panel in panels:
        if len(panel.rows) < len(panel.names):
            notes.append(f"{len(panel.rows)} of {len(panel.names)} {panel.of}s, with the most bits")
    all_s = float(np.unique(np.concatenate([i.interval for i in problem.satellites])).size)
    all_s *= float(problem.interval_s)
    if all_s > _MOST_SHOWN_S and shown.size:
        first, last = frame.instant(0, "%d %b %H:%M"), frame.instant(shown.size - 1, "%d %b %H:%M")
        notes.append(
            f"{_MOST_SHOWN_S / _HOUR_S:g} of {all_s / _HOUR_S:.3g} hours with key, those with "
            f"the most bits: {first} to {last}"
        )
    return "; ".join(notes)
