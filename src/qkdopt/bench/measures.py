"""Results of records, relative to the best known value of each problem.

A *question* is a problem with a strategy. Its *best known* value is the largest that has been
verified, its *proved bound* the smallest; where both are equal, it is the certified optimum.
Intermediate incumbents are as reported by the solver, the last ones are verified.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

TARGETS = (0.01, 0.001, 0.0)
"""Shares of the best known value that may be missing: 1 %, 0.1 %, none."""

_ROUNDING = 1e-12

Question = tuple[str, str]
"""Name of the instance, and the strategy."""


@dataclass(frozen=True)
class Best:
    """The largest verified value and the smallest verified bound of a question."""

    value: int
    bound: int

    @property
    def certified(self) -> bool:
        """Whether the value is proved optimal."""
        return self.value == self.bound


@dataclass(frozen=True, eq=False)
class Run:
    """One record.

    Attributes
    ----------
    value, bound
        What the verifier confirmed; ``None`` where there is nothing, or it is false.
    wrong
        Whether the verifier found the claim false.
    lines
        ``(seconds, incumbent, bound, evaluations)`` in time; values may be ``None``.
    seconds, cpu_s
        Wall and processor time of the solve [s]; where there is none, of the whole process.
    """

    question: Question
    solver: str
    seed: int
    status: str
    value: int | None
    bound: int | None
    wrong: bool
    lines: tuple[tuple[float, float | None, float | None, int | None], ...]
    seconds: float
    cpu_s: float | None
    limit_s: float
    record: Mapping[str, Any]

    def seconds_to(self, target: float, best: Best) -> float | None:
        """Return when the incumbent came within ``target`` of the best known value [s]."""
        if self.value is None:
            return None
        wanted = (1.0 - target) * best.value - _ROUNDING * best.value
        for seconds, value, _, _ in self.lines:
            if value is not None and value >= wanted:
                return seconds
        return None

    def missing(self, best: Best) -> float | None:
        """Return the share of the proved bound that the value misses."""
        if self.value is None or best.bound == 0:
            return None if self.value is None else 0.0
        return (best.bound - self.value) / best.bound

    def gap_curve(self, best: Best) -> list[tuple[float, float]]:
        """Return ``(seconds, share of the proved bound that is missing)``, not rising."""
        curve: list[tuple[float, float]] = []
        for seconds, value, _, _ in self.lines:
            if value is None or best.bound == 0:
                continue
            gap = max(0.0, (best.bound - value) / best.bound)
            if not curve or gap < curve[-1][1]:
                curve.append((seconds, gap))
        return curve

    def primal_dual_integral(self) -> float:
        """Return the mean of the relative gap over the time limit; 1 without schedule or bound.

        The gap is ``(bound - value) / bound`` of what the solver itself has at each moment, so
        0 is an optimum proved at once, and 1 nothing at all. (Berthold 2013, primal integral,
        here with the solver's own bound.)
        """
        area, since, gap = 0.0, 0.0, 1.0
        value: float | None = None
        bound: float | None = None
        for seconds, more, less, _ in self.lines:
            upto = min(max(seconds, since), self.limit_s)
            area += gap * (upto - since)
            since = upto
            value = more if value is None or (more is not None and more > value) else value
            bound = less if bound is None or (less is not None and less < bound) else bound
            if value is not None and bound is not None and bound > 0:
                gap = min(1.0, max(0.0, (bound - value) / bound))
        return (area + gap * (self.limit_s - since)) / self.limit_s


def runs_of(records: Iterable[Mapping[str, Any]]) -> list[Run]:
    """Return the runs of records; relaxations, which make no claim, are left out."""
    return [_run(one) for one in records if not one["job"]["solver"].startswith("relaxation")]


def _run(record: Mapping[str, Any]) -> Run:
    job, seconds = record["job"], record["seconds"]
    sound = record["verified"] is True
    value = record["value"] if sound and isinstance(record["value"], int) else None
    return Run(
        question=(job["instance"], job["strategy"]),
        solver=job["solver"],
        seed=job["seed"],
        status=record["status"],
        value=value,
        bound=None if value is None else record["bound"],
        wrong=record["verified"] is False,
        lines=tuple((s, v, b, e) for s, v, b, e in record["history"]) if sound else (),
        seconds=seconds.get("total", seconds.get("wall", 0.0)),
        cpu_s=seconds.get("cpu"),
        limit_s=job["time_limit_s"],
        record=record,
    )


def best_known(runs: Iterable[Run]) -> dict[Question, Best]:
    """Return the best known results of every question that has a verified schedule."""
    best: dict[Question, Best] = {}
    for run in runs:
        if run.value is not None and run.bound is not None:
            known = best.get(run.question)
            value = run.value if known is None else max(known.value, run.value)
            bound = run.bound if known is None else min(known.bound, run.bound)
            best[run.question] = Best(value, bound)
    return best
