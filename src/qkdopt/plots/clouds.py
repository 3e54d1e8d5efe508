"""How many skies bring at least so much: claimed, kept in fresh skies, and for mean clouds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, PercentFormatter

from qkdopt.plots.style import BLUE, LINE, RED, figure_style

if TYPE_CHECKING:
    from qkdopt.study.clouds_document import StrategyInClouds

_WIDE, _HIGH = 3.4, 2.0  # inches of each strategy


def draw_clouds(found: Mapping[str, StrategyInClouds]) -> Axes:
    """Draw one panel for each strategy, by its title; return the axes of the last.

    Each curve falls from 100 % of the skies to none; farther to the right is better.
    """
    with figure_style():
        figure = Figure(figsize=(_WIDE, 0.4 + _HIGH * len(found)), layout="constrained")
        panels = figure.subplots(len(found), squeeze=False)[:, 0]
        for ax, (title, one) in zip(panels, found.items(), strict=True):
            _curve(ax, one.claimed_rewards, color=BLUE, ls="--", label="made for")
            _curve(ax, one.fresh_rewards, color=BLUE, ls="-", label="fresh")
            if one.mean_clouds_rewards:
                words = "fresh, schedule for mean clouds"
                _curve(ax, one.mean_clouds_rewards, color=RED, ls="-", label=words)
            ax.axvline(one.fresh.claimed, color=LINE, lw=0.8, ls=":")
            ax.set_title(title, loc="left")
            ax.set_ylim(0, 1.02)
            ax.yaxis.set_major_formatter(PercentFormatter(1.0))
            ax.xaxis.set_major_formatter(EngFormatter(sep=""))
            ax.set_ylabel("skies")
        last: Axes = panels[-1]
        last.set_xlabel("value at least; dotted: claimed")
        figure.legend(
            *last.get_legend_handles_labels(), loc="outside upper left", ncols=3, frameon=False,
            handlelength=1.4, columnspacing=1.0,
        )  # fmt: skip
    return last


def _curve(ax: Axes, rewards: Sequence[float], *, color: str, ls: str, label: str) -> None:
    values = np.sort(rewards)
    shares = 1.0 - np.arange(len(values)) / len(values)
    ends = np.append(values, values[-1]), np.append(shares, 0.0)
    ax.step(*ends, where="pre", color=color, ls=ls, lw=1.1, label=label)
