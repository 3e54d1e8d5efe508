"""Labels of a timeline: cities, nights, times, totals, legend."""

from unicodedata import east_asian_width

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from qkdopt.plots.timeline_plan import TimelineFrame, TimelinePlan
from qkdopt.timegrid import plain_decimal

_HOUR_S, _MINUTE_S = 3600.0, 60.0
_SHOWN_IN_KBIT = 10_000
_MOST_PASS_LABELS = 36
_MOST_NIGHT_LABELS = 24
_LABEL_WIDTH = 0.034  # of the axis, for one "hh:mm"
_DATE_WIDTH, _LONG_DATE_WIDTH = 0.036, 0.064  # for "16 Jun" and "16 Jun 2025"
_LONGEST_NAME = 30
_STRATEGIES_BESIDE = 2  # number of legend entries beside the grey scale
_LEGEND_ENTRY = 0.13  # width of a further one, of the axes
_LEGEND_ROWS = 0.55  # height of the legend above the picture, in rows
_SCALE_LEFT, _SCALE_WIDTH, _SCALE_ROWS = 0.54, 0.16, 0.24


def width_of(name: str) -> int:
    """Return the width of a name in Latin characters; Chinese ones are two wide."""
    return sum(2 if east_asian_width(one) in ("W", "F") else 1 for one in name)


def shown(name: str) -> str:
    """Return a user's text as it is drawn: short, and with dollar signs that mean themselves."""
    short = name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "\u2026"
    return short.replace("$", r"\$")


def draw_frame(ax: Axes, plan: TimelineFrame, title: str | None) -> None:
    """Set limits, names of the links, and lines between links, passes and nights."""
    rows = len(plan.names)
    ax.set_xlim(0.0, plan.axis.length)
    ax.set_ylim(rows - 0.5, -0.5)
    ax.set_yticks(range(rows), [shown(name) for name in plan.names])
    ax.tick_params(axis="both", length=0)
    ax.spines[:].set_visible(False)
    for row in range(1, rows):
        ax.axhline(row - 0.5, color="#d9d9d9", linewidth=0.5, zorder=0)
    first_of_night = {first for first, _ in plan.axis.nights}
    for number in range(1, len(plan.axis.passes)):
        x = (plan.axis.pass_right(number - 1) + plan.axis.pass_left(number)) / 2
        if number in first_of_night:
            ax.axvline(x, color="#6f6f6f", linewidth=0.9, zorder=0)
        else:
            ax.axvline(x, color="#b8b8b8", linewidth=0.7, linestyle=(0, (2, 2)), zorder=0)
    if not plan.axis.passes:
        ax.text(0.5, 0.5, "No key can be delivered.", transform=ax.transAxes, ha="center")
    if title:
        name, _, further = title.partition(" (")
        above = (0, 22), "axes fraction", "offset points"
        ax.annotate(shown(name), (0.0, 1.0), *above, fontsize=12, fontweight="bold")
        if further:  # what is not measured is on a line of its own
            above = (0, 39), "axes fraction", "offset points"
            ax.annotate(shown(f"({further}"), (0.0, 1.0), *above, fontsize=9, color="#444444")


def label_time(ax: Axes, plan: TimelineFrame, every_s: float | None = None) -> None:
    """Write when passes begin, below; the nights' dates, above. Leave out what overlaps.

    ``every_s``: also write the time at whole multiples of it inside passes, where there is room.
    """
    axis = plan.axis
    many = len(axis.passes) > _MOST_PASS_LABELS
    numbers = [first for first, _ in axis.nights] if many else list(range(len(axis.passes)))
    places = [axis.passes[number][0] for number in numbers]
    if every_s is not None:
        places = _with_multiples(plan, every_s)
    ticks, labels, free_from = [], [], 0.0
    for place in places:
        x = float(axis.left[place])
        if x >= free_from:
            ticks.append(x)
            labels.append(plan.instant(place, "%H:%M"))
            free_from = x + _LABEL_WIDTH * axis.length
    ax.set_xticks(ticks, labels, fontsize=8, ha="left")
    unit = "UTC" if plan.start_utc else "interval index"
    what = "Start of each pass" if every_s is None else "Time"
    ax.set_xlabel(f"{what} ({unit}). Within a pass time is to scale; breaks are cut.")
    every = max(1, -(-len(axis.nights) // _MOST_NIGHT_LABELS))
    free_from = -axis.length
    for first, last in axis.nights[::every] if plan.start_utc else ():
        x = (axis.pass_left(first) + axis.pass_right(last)) / 2
        width = axis.length * (_LONG_DATE_WIDTH if first == 0 else _DATE_WIDTH)
        if x - width / 2 < free_from:
            continue
        free_from = x + width / 2
        day = plan.instant(axis.passes[first][0], "%d %b %Y" if first == 0 else "%d %b")
        above = (0, 5), ("data", "axes fraction"), "offset points"
        ax.annotate(day, (x, 1.0), *above, ha="center", va="bottom", fontsize=9)


def _with_multiples(plan: TimelineFrame, every_s: float) -> list[int]:
    """Return the positions where passes begin and those at multiples of a time [s]."""
    begins = {first for first, _ in plan.axis.passes}
    start_s = 0.0
    if plan.start_utc is not None:
        start_s = plan.start_utc.hour * _HOUR_S + plan.start_utc.minute * _MINUTE_S
    count = np.floor((plan.interval * float(plan.interval_s) + start_s) / every_s)
    return sorted(begins | set((np.flatnonzero(np.diff(count) > 0) + 1).tolist()))


def label_totals(ax: Axes, plan: TimelinePlan) -> None:
    """Write what each schedule delivers over each link beside its lane, in its colour."""
    for lane, schedule in enumerate(plan.schedules.values()):
        link, bits = plan.problem.served_bits(schedule.service)
        for n in range(len(plan.names)):
            ax.annotate(
                amount(int(bits[link == n].sum())),
                (1.0, plan.lane(n, lane)),
                (52, 0),
                ("axes fraction", "data"),
                "offset points",
                ha="right",
                va="center",
                fontsize=8,
                color=plan.colour(lane),
            )


def amount(bits: int) -> str:
    """Return bits as text, in kbit where they are many."""
    if bits >= _SHOWN_IN_KBIT:
        return f"{bits / 1000:,.0f} kbit"
    return f"{bits:,} bit" if bits else "0"


def draw_legend(ax: Axes, plan: TimelinePlan) -> None:
    """Name the schedules' colours above the picture, on the right."""
    patches = [
        Patch(color=plan.colour(lane), label=shown(f"served: {label}"))
        for lane, label in enumerate(plan.schedules)
    ]
    if patches:
        ax.legend(
            handles=patches,
            loc="lower right",
            bbox_to_anchor=(1.0, 1.0 + _LEGEND_ROWS / len(plan.names)),
            borderaxespad=0.0,
            ncols=len(patches),
            frameon=False,
            fontsize=9,
        )


def draw_grey_scale(ax: Axes, plan: TimelinePlan, shades: ScalarMappable) -> None:
    """Explain the grey above the picture."""
    figure = ax.get_figure()
    if figure is None:
        return
    rows = len(plan.names)
    low, height = 1.0 + (_LEGEND_ROWS + 0.13) / rows, _SCALE_ROWS / rows
    further = max(0, len(plan.schedules) - _STRATEGIES_BESIDE)
    left = _SCALE_LEFT - further * _LEGEND_ENTRY
    place = ax.inset_axes((left, low, _SCALE_WIDTH, height))
    bar = figure.colorbar(shades, cax=place, orientation="horizontal")
    bar.outline.set_linewidth(0.4)
    place.tick_params(labelsize=8, length=2, width=0.4, pad=1)
    place.xaxis.set_major_formatter(lambda bits, _: f"{bits / 1000:,g}")
    place.xaxis.set_major_locator(MaxNLocator(4))
    place.xaxis.set_ticks_position("top")
    label = f"could be served: kbit in {plain_decimal(plan.problem.interval_s)} s "
    place.text(-0.02, 0.5, label, transform=place.transAxes, ha="right", va="center", fontsize=9)
