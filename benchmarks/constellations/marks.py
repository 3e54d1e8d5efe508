"""The problems of several satellites, the strategies, and the gaps wanted after some seconds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import qkdopt as qo
from qkdopt.optimize.strategy_names import strategy_named

__all__ = ["MARKS", "Mark", "problem_of"]

LIMITS_S = (10.0, 60.0, 600.0)
CLOSED = 0.0
TARGETED = (2e-2, 5e-3, 1e-3)


@dataclass(frozen=True)
class Mark:
    """One row: a problem, a strategy, and the relative gap that is wanted after each limit.

    Attributes
    ----------
    problem
        Name of a published problem.
    strategy
        ``gd``, ``pd``, ``td`` (0.01) or ``balanced``.
    wanted
        Gap after 10, 60 and 600 CPU seconds; 0 means value = bound.
    setup
        Intervals that a receiver needs from one satellite to another, ``None`` as published.
    """

    problem: str
    strategy: str
    wanted: tuple[float, float, float]
    setup: int | None = None

    @property
    def name(self) -> str:
        """Problem, set-up time and strategy."""
        setup = "" if self.setup is None else f" set-up {self.setup}"
        return f"{self.problem}{setup} {self.strategy}"

    def gap_wanted(self, seconds: float) -> float:
        """Return the gap wanted after the longest limit that is not longer."""
        return self.wanted[max(n for n, limit in enumerate(LIMITS_S) if limit <= seconds)]


def problem_of(name: str, setup: int | None = None) -> qo.SchedulingProblem:
    """Return a published problem, with another set-up time of all receivers where given."""
    problem: Any = qo.load_problem(name)
    if setup is None:
        return problem
    seconds = setup * problem.interval_s
    stations = tuple(replace(station, switch_s=seconds) for station in problem.stations)
    return replace(problem, stations=stations)


def strategy_of(name: str) -> Any:
    """Return the strategy of a mark."""
    return strategy_named(name, kl_max="0.01") if name == "td" else strategy_named(name)


_EASY = ("micius-pair-2016", "train-europe-2025", "planes-4-europe-2025", "planes-6-europe-2025")

MARKS = (
    *(Mark(name, goal, (CLOSED,) * 3) for name in _EASY for goal in ("gd", "pd")),
    Mark("walker-world-2025", "gd", (1e-6, CLOSED, CLOSED)),
    Mark("star-world-2025", "gd", (5e-5, 1e-5, CLOSED)),
    Mark("cluster-europe-2025", "gd", (4e-3, 1e-3, 1e-4)),
    Mark("train-europe-2025", "gd", (1e-6, CLOSED, CLOSED), setup=1),
    Mark("walker-world-2025", "gd", (3e-5, 1e-5, CLOSED), setup=1),
    Mark("train-europe-2025", "gd", (5e-4, 1e-5, CLOSED), setup=3),
    Mark("cluster-europe-2025", "gd", (1e-2, 4e-3, 1e-3), setup=3),
    Mark("train-europe-2025", "td", TARGETED),
    Mark("cluster-europe-2025", "td", TARGETED),
    Mark("planes-4-europe-2025", "td", TARGETED),
    Mark("train-europe-2025", "balanced", TARGETED),
)
