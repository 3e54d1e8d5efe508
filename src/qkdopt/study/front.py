"""The front of total against divergence, certified from both sides."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from os import PathLike
from typing import TYPE_CHECKING, Any

from qkdopt.claims import Certificate
from qkdopt.effort import MOST_POINTS
from qkdopt.errors import InputError
from qkdopt.notebook import as_table
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers import solve
from qkdopt.optimize.strategies import (
    BalancedDelivery,
    GeneralDelivery,
    PrioritisedDelivery,
    TargetedDelivery,
)
from qkdopt.optimize.trim import trimmed
from qkdopt.plain_text import csv_line
from qkdopt.study.evaluation import evaluate
from qkdopt.study.front_document import read_front_document
from qkdopt.study.verification import verify
from qkdopt.timegrid import plain_decimal

if TYPE_CHECKING:
    from qkdopt.optimize.problem import SchedulingProblem

__all__ = ["Front", "FrontPoint", "Mark", "compute_front"]

_LEAST_POINTS = 3
_SMALLEST = 1e-4  # nats; below it is only the exact match
_MARK_SHARE = 0.05  # of the time goes to each mark that is not found at once
_LEAST_SECONDS = 0.2  # for a point whose time others have used up
_FAR = 0.995  # of the divergence of S-GD: there the front has become flat
_USUAL_TARGETED = "0.01"


@dataclass(frozen=True)
class FrontPoint:
    """What is proved at one divergence: ``value`` can be had, more than ``bound`` cannot.

    Attributes
    ----------
    kl_max
        Largest divergence allowed [nats].
    value, divergence
        Bits and divergence of the best schedule found.
    bound
        Proved bound on the bits of any schedule that close.
    certificate
        What the judge has confirmed.
    """

    kl_max: str
    value: int
    divergence: float | None
    bound: int
    certificate: Certificate


@dataclass(frozen=True)
class Mark:
    """A schedule of another strategy on the same axes; no divergence when a target is unwanted.

    Attributes
    ----------
    certificate
        What the judge has confirmed.
    """

    name: str
    value: int
    divergence: float | None
    certificate: Certificate


@dataclass(frozen=True, repr=False)
class Front:
    """Points by growing divergence, the knee, and the marks of other strategies."""

    points: tuple[FrontPoint, ...]
    marks: tuple[Mark, ...]
    most: int

    def __repr__(self) -> str:
        """Say how many points there are and what they span."""
        values = [point.value for point in self.points]
        span = f"{min(values):,} to {max(values):,} bits" if values else "nothing"
        return f"Front({len(self.points)} points, {span}; S-GD {self.most:,} bits)"

    def _repr_html_(self) -> str:
        rows = [
            (f"KL at most {point.kl_max}", f"{point.value:,} bits (proved at most {point.bound:,})")
            for point in self.points
        ]
        return as_table("Front", rows)

    @property
    def knees(self) -> tuple[int, ...]:
        """Point farthest above the chord from end to end; none when nothing can be delivered.

        To its right more divergence buys ever fewer bits.
        """
        places = [k for k, point in enumerate(self.points) if point.value and float(point.kl_max)]
        if not places:
            return ()
        values = [self.points[k].value for k in places]
        across = [float(self.points[k].kl_max) for k in places]
        return (places[_knee(across, values)],)

    def document(self) -> dict[str, Any]:
        """Return the front as it stands in ``front.json``."""
        return {
            "most": self.most,
            "points": [
                {
                    "kl_max": point.kl_max,
                    "value": point.value,
                    "bound": point.bound,
                    "divergence": point.divergence,
                    "share_of_most": point.value / self.most if self.most else None,
                    "knee": number in self.knees,
                }
                for number, point in enumerate(self.points)
            ],
            "marks": [
                {"name": mark.name, "value": mark.value, "divergence": mark.divergence}
                for mark in self.marks
            ],
        }

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Front:
        """Read a ``front.json``; its certificates are empty, they stand in files of their own.

        Raises
        ------
        InputError
            Naming the key that is not as ``qkdopt front`` writes it.
        """
        found = read_front_document(path)
        nothing = Certificate({})
        points = tuple(
            FrontPoint(p.kl_max, p.value, p.divergence, p.bound, nothing) for p in found.points
        )
        marks = tuple(Mark(m.name, m.value, m.divergence, nothing) for m in found.marks)
        return cls(points, marks, found.most)

    def table(self) -> str:
        """Return the points as CSV text."""
        headings = ("kl_max_nats", "value_bits", "bound_bits", "divergence_nats")
        rows = [(p.kl_max, p.value, p.bound, p.divergence) for p in self.points]
        return "".join(f"{csv_line(row)}\n" for row in (headings, *rows))


def compute_front(
    problem: SchedulingProblem,
    *,
    points: int = 25,
    seconds: float = 150.0,
    seed: int = 0,
    notify: Callable[[str, float], None] = lambda step, done: None,
) -> Front:
    """Return the front of a problem with weights, every point and mark confirmed by the judge.

    Each S-TD problem starts from the schedule of the divergence before, which it allows, the
    first ones from balanced delivery without its surplus, whose shares nearly match.

    Parameters
    ----------
    points
        How many divergences, at least 3: zero, and from 1e-4 nats to that of S-GD.
    seconds
        Wall time for everything [s].

    Raises
    ------
    InputError
        For fewer than three points, no time, or a problem without weights.
    """
    if not _LEAST_POINTS <= points <= MOST_POINTS:
        raise InputError("points", points, f"at least {_LEAST_POINTS}, at most {MOST_POINTS:,}")
    if not seconds > 0:
        raise InputError("time_limit", seconds, "a number of seconds > 0")
    if problem.weights is None:
        raise InputError("weights", "none", "a weight for every target (front)")
    _compile_kernels()
    began = time.perf_counter()
    marks = _marks(problem, _MARK_SHARE * seconds, seed)
    found: list[FrontPoint] = []
    for number, kl_max in enumerate(_divergences(marks[0].divergence, points)):
        notify("front", number / points)
        left = seconds - (time.perf_counter() - began)
        start = _start(problem, found, marks)
        outcome = solve(
            problem,
            TargetedDelivery(kl_max),
            time_limit=max(left / (points - number), _LEAST_SECONDS),
            seed=seed,
            start=start,
        )
        certificate, divergence = _judged(problem, outcome.certificate)
        found.append(FrontPoint(kl_max, outcome.value, divergence, outcome.bound, certificate))
        if outcome.ended == "interrupted":
            break
    return Front(tuple(_never_rising_bounds(found)), marks, marks[0].value)


def _start(
    problem: SchedulingProblem, found: list[FrontPoint], marks: tuple[Mark, ...]
) -> Schedule:
    """Return the schedule of the divergence before, or the balanced one cut to proportion."""
    balanced = trimmed(problem, Schedule.create(marks[-1].certificate.schedule))
    if found and found[-1].value >= sum(balanced.delivered(problem)):
        return Schedule.create(found[-1].certificate.schedule)
    return balanced


def _judged(
    problem: SchedulingProblem, certificate: Certificate | None
) -> tuple[Certificate, float | None]:
    """Return a certificate that the judge has confirmed, and its schedule's divergence."""
    verdict = verify(certificate, problem)
    if certificate is None or not verdict:
        raise InputError("front", verdict.statement, "a certificate that holds")
    evaluation = evaluate(problem.targets, problem.weights, verdict.delivered)
    return certificate, evaluation.divergence


def _never_rising_bounds(points: list[FrontPoint]) -> list[FrontPoint]:
    """Give each point the least bound among the wider divergences, which hold for it, too."""
    result: list[FrontPoint] = []
    for point in reversed(points):
        bound = min(point.bound, result[-1].bound) if result else point.bound
        result.append(
            FrontPoint(point.kl_max, point.value, point.divergence, bound, point.certificate)
        )
    return result[::-1]


def _divergences(widest: float | None, points: int) -> list[str]:
    far = widest if widest is not None and math.isfinite(widest) and widest > _SMALLEST else 1.0
    steps = points - 1
    ratio = (_FAR * far / _SMALLEST) ** (1 / (steps - 1))
    chosen = [Decimal(f"{_SMALLEST * ratio**k:.3g}") for k in range(steps)]
    return ["0", *(plain_decimal(number) for number in chosen)]


def _compile_kernels() -> None:
    """Compile what the searches need: the front's time limit is for searching, too."""
    from qkdopt.optimize.solvers.decomposition.decompose import compile_kernels
    from qkdopt.optimize.solvers.uses.decompose import compile_kernels as compile_for_uses

    compile_kernels()
    compile_for_uses()


def _marks(problem: SchedulingProblem, seconds: float, seed: int) -> tuple[Mark, ...]:
    strategies = {
        "S-GD": GeneralDelivery(),
        "S-PD": PrioritisedDelivery(),
        f"S-TD({_USUAL_TARGETED})": TargetedDelivery(_USUAL_TARGETED),
        "balanced": BalancedDelivery(),
    }
    marks = []
    for name, strategy in strategies.items():
        outcome = solve(problem, strategy, time_limit=seconds, seed=seed)
        certificate, divergence = _judged(problem, outcome.certificate)
        finite = divergence is not None and math.isfinite(divergence)
        total = sum(Schedule.create(certificate.schedule).delivered(problem))
        marks.append(Mark(name, total, divergence if finite else None, certificate))
    return tuple(marks)


def _knee(across: list[float], up: list[int]) -> int:
    width, height = (across[-1] - across[0]) or 1.0, (up[-1] - up[0]) or 1
    above = [
        (y - up[0]) / height - (x - across[0]) / width for x, y in zip(across, up, strict=True)
    ]
    return max(range(len(above)), key=above.__getitem__)
