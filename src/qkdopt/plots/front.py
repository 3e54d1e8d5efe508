"""The Pareto front of total against KL mismatch, as a picture."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from qkdopt.plots.style import font_fallback, save_as_drawn

if TYPE_CHECKING:
    from qkdopt.study.front import Front

_INK, _PROVED = "#20507a", "#b8cfe3"
_SYMBOLS = ("s", "D", "^", "o", "v", "P")
_COLOURS = ("#b3412e", "#c98a1b", "#4b8b3b", "#7b4fa3", "#555555", "#222222")
_LINE = "#6b6b6b"
_INCHES = (7.2, 4.6)
_DPI = 200
_BESIDE = 1.25  # times the ends of what is shown: the axis extends that far
_ROOM = 0.03  # of the S-GD optimum, below the lowest and above the highest thing shown


def draw_front(
    front: Front, ax: Axes, *, reference: float | None = None, label: str = "published GA"
) -> None:
    """Draw proved bounds above, schedules below, knees and marks.

    What is proved at one KL mismatch holds for all smaller ones, and a schedule is valid for all
    larger ones: both are steps, and nothing is claimed between the points that is not proved.

    Parameters
    ----------
    reference
        A KL mismatch [nats] to be shown as a vertical line, called ``label``.
    """
    points = [point for point in front.points if float(point.kl_max) > 0 and point.value]
    across = [float(point.kl_max) for point in points]
    value = [point.value / front.most for point in points]
    bound = [point.bound / front.most for point in points]
    top = 1.0 + _ROOM
    if points:
        last = max([across[-1], *(mark.divergence or 0.0 for mark in front.marks)])
        ends = (across[0] / _BESIDE, last * _BESIDE)
        _draw_steps(ax, across, bound, value, ends)
        ax.set_xlim(*ends)
    _draw_marks(front, ax)
    ax.set_xscale("log")
    lowest = min([*value, *(mark.value / front.most for mark in front.marks)])
    exact = next((p for p in front.points if float(p.kl_max) == 0 and p.value), None)
    if exact is not None:
        share = exact.value / front.most
        lowest = min(lowest, share)
        ax.axhline(share, color=_LINE, lw=0.9, ls=":")
        _note(ax, f"exact match, {100 * share:.1f} %", (0.99, share), "yaxis")
    if reference is not None:
        ax.axvline(reference, color=_LINE, lw=0.9, ls="--")
        _note(ax, f"{label}, {reference:g}", (reference, 0.98), "xaxis")
    ax.set_ylim(lowest - _ROOM, top)
    _dress(ax)


def _draw_steps(
    ax: Axes, across: list[float], bound: list[float], value: list[float], ends: tuple[float, float]
) -> None:
    """Draw what is proved and what was found, from one end of the axis to the other."""
    left, right = ends
    proved_x, proved_y = [left, *across, right], [bound[0], *bound, 1.0]
    top = 1.0 + _ROOM
    ax.fill_between(
        proved_x, proved_y, top, step="pre", color=_PROVED, alpha=0.55, lw=0,
        label="proved impossible",
    )  # fmt: skip
    ax.plot(proved_x, proved_y, color=_INK, lw=0.8, drawstyle="steps-pre")
    ax.plot([*across, right], [*value, value[-1]], color=_INK, lw=1.3, drawstyle="steps-post")
    ax.plot(across, value, color=_INK, marker=".", ms=6, lw=1.3, ls="", label="schedules found")


def _draw_marks(front: Front, ax: Axes) -> None:
    """Ring the knees and put a symbol where each other strategy ended."""
    knees = [front.points[number] for number in front.knees]
    shown = [knee for knee in knees if float(knee.kl_max) > 0]
    ax.plot(
        [float(knee.kl_max) for knee in shown], [knee.value / front.most for knee in shown],
        marker="o", ms=11, mfc="none", mec=_INK, mew=1.3, ls="", label="knee",
    )  # fmt: skip
    for mark, symbol, colour in zip(front.marks, _SYMBOLS, _COLOURS, strict=False):
        if mark.divergence:
            ax.plot(
                mark.divergence, mark.value / front.most, marker=symbol, ms=7, color=colour, ls="",
                mec="white", mew=0.7, label=mark.name, zorder=4,
            )  # fmt: skip


def _note(ax: Axes, text: str, place: tuple[float, float], along: str) -> None:
    """Write beside a line; ``along`` names the axis whose place is in data, not in shares."""
    on_level = along == "yaxis"
    ax.annotate(
        text, place, (-2, 3) if on_level else (4, 0), textcoords="offset points",
        xycoords=ax.get_yaxis_transform() if on_level else ax.get_xaxis_transform(),
        ha="right" if on_level else "left", va="bottom" if on_level else "top",
        rotation=0 if on_level else 90, color=_LINE, fontsize=8,
    )  # fmt: skip


def _dress(ax: Axes) -> None:
    """Label the axes and add a light grid."""
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))
    ax.set_xlabel("KL mismatch of the delivered shares with the weights [nats]")
    ax.set_ylabel("delivered bits, share of the S-GD optimum")
    ax.grid(color="#e4e4e4", lw=0.6)
    ax.set_axisbelow(True)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.legend(frameon=False, fontsize=8, loc="upper left")


def save_front(
    path: str | PathLike[str], front: Front, *, title: str = "", reference: float | None = None
) -> None:
    """Write the picture, ``.png``, ``.pdf`` or ``.svg``, atomically."""
    with font_fallback():
        figure = Figure(figsize=_INCHES, layout="constrained")
        ax = figure.add_subplot()
        draw_front(front, ax, reference=reference)
        if title:
            ax.set_title(title, loc="left", fontsize=10)
        save_as_drawn(path, ax, _DPI)
