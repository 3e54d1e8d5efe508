"""Measuring and printing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """One measured number, and the most it may be (the least, when ``at_least``)."""

    what: str
    value: float
    unit: str
    limit: float | None = None
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """Return whether the limit is kept."""
        if self.limit is None:
            return ""
        kept = self.value >= self.limit if self.at_least else self.value <= self.limit
        return "ok" if kept else "MISSED"


def median_seconds(function: Callable[[], Any], runs: int) -> float:
    """Return the median wall time [s] of ``runs`` calls after one that is not counted."""
    return medians_in_turn([function], runs)[0]


def medians_in_turn(functions: list[Callable[[], Any]], runs: int) -> list[float]:
    """Return each function's median wall time [s]; they run in turn, so that noise is shared."""
    for function in functions:
        function()
    seconds: list[list[float]] = [[] for _ in functions]
    for _ in range(runs):
        for position, function in enumerate(functions):
            began = time.perf_counter()
            function()
            seconds[position].append(time.perf_counter() - began)
    return [median(one) for one in seconds]


def print_table(figures: list[Figure]) -> None:
    """Print the figures with their limits."""
    table = Table(title=f"speed on {os.cpu_count()} cores (medians)")
    table.add_column("what")
    for heading in ("figure", "limit", ""):
        table.add_column(heading, justify="right", no_wrap=True)
    for figure in figures:
        sign = "" if figure.limit is None else (">= " if figure.at_least else "<= ")
        limit = "" if figure.limit is None else f"{sign}{figure.limit:g} {figure.unit}"
        table.add_row(figure.what, f"{figure.value:.3g} {figure.unit}", limit, figure.verdict)
    Console(width=110).print(table)
