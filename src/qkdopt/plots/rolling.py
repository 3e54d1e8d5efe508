"""A month of a back-test: what each policy reaches from day to day, with fans of forecasts."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from qkdopt.constants import SECONDS_PER_DAY
from qkdopt.plots.style import BLUE, GREEN, LINE, RED, figure_style, save

if TYPE_CHECKING:
    from qkdopt.study.rolling.document import RollingDocument

_INCHES = (7.0, 3.4)
_MBIT = 1e6
_STYLES = {
    "clear-sky": (RED, "--"), "clear-daily": (RED, "-"), "static": (LINE, "--"),
    "weekly": (GREEN, "--"), "daily": (BLUE, "-"), "scenarios": (GREEN, "-"), "greedy": (LINE, ":"),
}  # fmt: skip


def save_rolling(path: str | PathLike[str], found: RollingDocument) -> None:
    """Write the picture of a back-test: its first month, and its forecasts by lead.

    Parameters
    ----------
    path
        ``.png``, ``.pdf`` or ``.svg``.
    """
    with figure_style():
        figure = Figure(figsize=_INCHES, layout="constrained")
        month, leads = figure.subplots(1, 2, width_ratios=(2.2, 1.0))
        draw_month(found, month)
        draw_leads(found, leads)
        save(path, month)


def draw_month(found: RollingDocument, ax: Axes) -> None:
    """Draw the first month: values at each issue, fans of the daily plans, the bound."""
    first = found.by_month[0]
    days = np.array([*found.issues_s, found.days * SECONDS_PER_DAY]) / SECONDS_PER_DAY
    for fan in first.fans:
        low, middle, high = np.array(fan.values, float).T / _MBIT
        ax.fill_between(days[fan.issue :], low, high, color=BLUE, alpha=0.15, lw=0)
        ax.plot(days[fan.issue :], middle, color=BLUE, lw=0.6, alpha=0.7)
    for row in found.policies:
        color, style = _STYLES[row.name]
        values = np.array(first.policies[row.name].values, float) / _MBIT
        ax.step(days, values, where="post", color=color, ls=style, lw=1.2, label=row.name)
    ax.axhline(first.clairvoyant / _MBIT, color=LINE, lw=0.8)
    ax.annotate(
        "clairvoyant bound", (days[0], first.clairvoyant / _MBIT), (2, -3),
        textcoords="offset points", fontsize=7, va="top", color=LINE,
    )  # fmt: skip
    ax.set_xlabel("day of the first month")
    ax.set_ylabel(f"{found.strategy} [Mbit]")
    ax.set_ylim(bottom=0.0)
    ax.set_title("fans: 10 to 90 % of the members", loc="left", fontsize=8)
    ax.legend(fontsize=7, loc="upper left", bbox_to_anchor=(0.0, 0.92), frameon=False)


def draw_leads(found: RollingDocument, ax: Axes) -> None:
    """Draw the Brier score of cloudy codes over the lead, beside that of the climate."""
    lead = [one.lead_days for one in found.scores]
    ax.plot(lead, [one.brier_climate for one in found.scores], color=LINE, ls="--", label="climate")
    ax.plot(lead, [one.brier for one in found.scores], color=BLUE, marker=".", label="members")
    ax.set_xlabel("lead [d]")
    ax.set_ylabel("Brier score of code ≥ 75")
    ax.set_ylim(bottom=0.0)
    ax.legend(fontsize=7, frameon=False)
