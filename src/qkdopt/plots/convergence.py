"""Convergence of an evolutionary search towards the bound."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from qkdopt.errors import InputError
from qkdopt.plots.style import BLUE, LINE, RED, above_legend, column_axes, figure_style

if TYPE_CHECKING:
    from qkdopt.certificates import Outcome
    from qkdopt.study.history_file import SearchHistory

_MILLION = 1e6


def draw_convergence(
    outcome: Outcome | SearchHistory, ax: Axes | None = None, *, unit: str = "bit"
) -> Axes:
    """Draw the best and the mean value of each generation, and the bound; return the axes.

    Parameters
    ----------
    outcome
        Of a solver that keeps a population (``genetic``, ``hybrid``, ``nsga2``), or the history
        of one from a file.
    ax
        Axes to draw into; ``None`` makes a figure of column width.
    unit
        Unit of the value.

    Raises
    ------
    InputError
        When the outcome has no history.
    """
    if not outcome.history:
        raise InputError("history", "none", "an outcome of genetic, hybrid or nsga2")
    across = [line.evaluations for line in outcome.history]
    with figure_style():
        ax = column_axes() if ax is None else ax
        if isinstance(outcome.bound, int):
            ax.axhline(outcome.bound / _MILLION, color=LINE, lw=0.9, ls=":", label="bound")
        best = [line.best / _MILLION or math.nan for line in outcome.history]  # 0: none yet
        ax.plot(across, best, color=BLUE, lw=1.4, drawstyle="steps-post", label="best")
        mean = [line.mean / _MILLION for line in outcome.history]
        ax.plot(
            across,
            mean,
            color=RED,
            lw=0.7,
            alpha=0.6,
            ls="--",
            zorder=1,
            label="mean of generation",
        )
        ax.set_xscale("log")
        ax.set_xlabel("individuals rated")
        ax.set_ylabel(f"value [million {unit}]")
        above_legend(ax)
    return ax
