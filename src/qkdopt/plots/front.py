"""The front of total against divergence, as a picture."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from qkdopt.files import output_path

if TYPE_CHECKING:
    from qkdopt.study.front import Front

__all__ = ["draw_front", "save_front"]

_INK, _PROVED = "#20507a", "#b8cfe3"
_SYMBOLS = ("s", "D", "^", "o", "v", "P")
_COLOURS = ("#b3412e", "#c98a1b", "#4b8b3b", "#7b4fa3", "#555555", "#222222")
_LINE = "#8c8c8c"
_INCHES = (7.2, 4.6)
_DPI = 200


def draw_front(
    front: Front, ax: Axes, *, reference: float | None = None, label: str = "published GA"
) -> None:
    """Draw proved bounds above, schedules below, knees and marks.

    Parameters
    ----------
    reference
        A divergence [nats] to be shown as a vertical line, called ``label``.
    """
    points = [point for point in front.points if float(point.kl_max) > 0 and point.value]
    across = [float(point.kl_max) for point in points]
    value = [point.value / front.most for point in points]
    bound = [point.bound / front.most for point in points]
    ax.fill_between(across, bound, 1.03, color=_PROVED, alpha=0.45, lw=0, label="proved impossible")
    ax.plot(across, bound, color=_INK, lw=0.8)
    ax.plot(across, value, color=_INK, marker=".", ms=5, lw=1.2, label="schedules found")
    for number in front.knees:
        knee = front.points[number]
        if float(knee.kl_max) > 0:
            ax.plot(
                float(knee.kl_max), knee.value / front.most, marker="o", ms=10, mfc="none",
                mec=_INK, mew=1.2, ls="", label="knee" if number == front.knees[0] else None,
            )  # fmt: skip
    for mark, symbol, colour in zip(front.marks, _SYMBOLS, _COLOURS, strict=False):
        if mark.divergence:
            ax.plot(
                mark.divergence, mark.value / front.most, marker=symbol, ms=6, color=colour, ls="",
                label=mark.name, zorder=4,
            )  # fmt: skip
    if reference is not None:
        ax.axvline(reference, color=_LINE, lw=1.0, ls="--", label=f"{label}, {reference:g}")
    zero = [point for point in front.points if float(point.kl_max) == 0 and point.value]
    if zero:
        share = zero[0].value / front.most
        ax.axhline(share, color=_LINE, lw=0.8, ls=":", label=f"exact match, {share:.1%}")
    ax.set_xscale("log")
    lowest = min([*value, *(mark.value / front.most for mark in front.marks)])
    ax.set_ylim(lowest - 0.04, 1.03)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))
    ax.set_xlabel("divergence from the weights, KL [nats]")
    ax.set_ylabel("delivered bits, share of the S-GD optimum")
    ax.grid(color="#e4e4e4", lw=0.6)
    ax.set_axisbelow(True)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.legend(frameon=False, fontsize=8, loc="upper left", ncols=2)


def save_front(
    path: str | PathLike[str], front: Front, *, title: str = "", reference: float | None = None
) -> None:
    """Write the picture, ``.png``, ``.pdf`` or ``.svg``, whole or not at all."""
    figure = Figure(figsize=_INCHES, layout="constrained")
    ax = figure.add_subplot()
    draw_front(front, ax, reference=reference)
    if title:
        ax.set_title(title, loc="left", fontsize=10)
    with output_path(path) as temporary:
        figure.savefig(temporary, dpi=_DPI)
