"""Figures of a solver comparison: performance profiles and time-to-target curves."""

import math
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from qkdopt.arrays import Floats
from qkdopt.files import output_path

Curve = Sequence[tuple[float, float]]

_DPI = 160
_PANEL_INCHES = (5.4, 4.0)
_LEGEND_INCHES = 0.2
_COLUMN_INCHES = 2.4
_FEW = 10
_SLACK = 0.1  # decades
_FIRST_EVALUATIONS = 100
_LEAST_GAP = 1e-9
_SIDE_BY_SIDE = 0.12  # decades
_STYLES = ("-", "--", ":", "-.")
_GRID = "#e4e4e4"
_TRUTH = "#20507a"


def new_panels(titles: Sequence[str], names: int, columns: int = 2) -> tuple[Figure, list[Axes]]:
    """Return a figure with a panel for each title, and room below for ``names`` in a legend."""
    columns = min(len(titles), columns)
    rows = -(-len(titles) // columns)
    wide, high = _PANEL_INCHES
    legend = _LEGEND_INCHES * (names * _COLUMN_INCHES / (wide * columns) + 2)
    figure = Figure(figsize=(wide * columns, high * rows + legend), layout="constrained")
    panels = [figure.add_subplot(rows, columns, place + 1) for place in range(len(titles))]
    for ax, title in zip(panels, titles, strict=True):
        ax.set_title(title, loc="left", fontsize=10)
        ax.grid(color=_GRID, lw=0.6)
        ax.set_axisbelow(True)
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
    return figure, panels


def save_panels(path: str | PathLike[str], figure: Figure, panels: Sequence[Axes]) -> None:
    """Write the figure with one legend for all panels, atomically."""
    handles = {}
    for ax in panels:
        handles.update(dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True)))
    columns = max(3, round(figure.get_figwidth() / _COLUMN_INCHES))
    figure.legend(
        handles.values(), handles.keys(), loc="outside lower center", ncols=columns, fontsize=8,
        frameon=False,
    )  # fmt: skip
    with output_path(path) as temporary:
        figure.savefig(temporary, dpi=_DPI)


def styles_of(names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return colour by family (all but the last part of ``a/b/c``), line style within it."""
    families: dict[str, list[str]] = {}
    for name in names:
        family = name.rpartition("/")[0] if name.count("/") > 1 else name
        families.setdefault(family, []).append(name)
    palette = matplotlib.colormaps["tab10" if len(families) <= _FEW else "tab20"]
    strong_first = [*range(0, palette.N, 2), *range(1, palette.N, 2)]
    order = range(palette.N) if palette.N <= _FEW else strong_first
    colours = [palette(place) for place in order]
    return {
        name: {"color": colours[place % len(colours)], "ls": _STYLES[number % len(_STYLES)]}
        for place, members in enumerate(families.values())
        for number, name in enumerate(members)
    }


def draw_gaps(
    ax: Axes, curves: Mapping[str, Sequence[Curve]], styles: Mapping[str, dict[str, Any]]
) -> None:
    """Draw the missing share over time, one step line for each run; a dot where it is proved 0.

    Those who miss nothing lie side by side at 1e-9 and below.
    """
    ends = [time for runs in curves.values() for curve in runs for time, _ in curve]
    last = max(ends, default=1.0)
    for place, (name, runs) in enumerate(curves.items()):
        label: str | None = name
        least = _LEAST_GAP * 10.0 ** (-_SIDE_BY_SIDE * place)
        for curve in runs:
            if not curve:
                continue
            times = [*(time for time, _ in curve), last]
            gaps = [max(gap, least) for _, gap in curve]
            ax.step(
                times, [*gaps, gaps[-1]], where="post", label=label, lw=1.2,
                alpha=1.0 if len(runs) == 1 else 0.6, **styles[name],
            )  # fmt: skip
            ax.plot(times[-2], gaps[-1], marker="o", ms=3.5, color=styles[name]["color"], ls="")
            label = None
    ax.set_yscale("log")
    _whole_decades(ax)
    ax.set_xlabel("wall time [s]")
    ax.set_ylabel("missing share of the proved bound")


def _whole_decades(ax: Axes) -> None:
    """Let a logarithmic time axis begin and end at powers of ten, without labels between."""
    ax.set_xscale("log")
    low, high = ax.get_xlim()
    first, last = math.floor(math.log10(low) + _SLACK), math.ceil(math.log10(high) - _SLACK)
    ax.set_xlim(10.0**first, 10.0 ** max(last, first + 1))
    ax.xaxis.set_minor_formatter(NullFormatter())


def draw_shares(
    ax: Axes,
    curves: Mapping[str, tuple[Floats, Floats]],
    styles: Mapping[str, dict[str, Any]],
    across: str,
    last: float,
) -> None:
    """Draw shares that rise with time or with a ratio, up to ``last``; 0 stays at the bottom."""
    for name, (where, share) in curves.items():
        if len(where) == 0:
            ax.plot([], [], label=name, lw=1.4, **styles[name])
            continue
        steps = [where[0], *where, max(last, where[-1])]
        ax.step(steps, [0.0, *share, share[-1]], where="post", label=name, lw=1.4, **styles[name])
    _whole_decades(ax)
    ax.set_ylim(-0.02, 1.04)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))
    ax.set_xlabel(across)


def draw_convergence(
    ax: Axes,
    curves: Mapping[str, Sequence[Curve]],
    styles: Mapping[str, dict[str, Any]],
    *,
    best: float,
    bound: float,
) -> None:
    """Draw value over evaluations as shares of the proved bound, with the truth as a line."""
    for name, runs in curves.items():
        label: str | None = name
        for curve in runs:
            if curve:
                across, value = zip(*curve, strict=True)
                ax.step(
                    across, [one / bound for one in value], where="post", label=label, lw=1.0,
                    alpha=0.7, **styles[name],
                )  # fmt: skip
                label = None
    ax.axhline(1.0, color=_TRUTH, lw=1.4, label="certified optimum, or proved bound")
    if best != bound:
        ax.axhline(best / bound, color=_TRUTH, lw=0.8, ls=":", label="best known schedule")
    last = max((across for runs in curves.values() for c in runs for across, _ in c), default=1.0)
    ax.set_xlim(_FIRST_EVALUATIONS, max(1.1 * last, 2 * _FIRST_EVALUATIONS))
    ax.set_xscale("log")
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.4g} %"))
    ax.set_xlabel("evaluations")
    ax.set_ylabel("delivered, share of what is possible")
