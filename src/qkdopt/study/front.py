"""The Pareto front of total against KL mismatch, certified from both sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING

from qkdopt.certificates import Certificate
from qkdopt.deadline import Deadline
from qkdopt.effort import MOST_POINTS
from qkdopt.errors import InputError
from qkdopt.notebook import as_table
from qkdopt.optimize.form import Form
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategy_names import check_risk, strategy_of_form
from qkdopt.plain_text import csv_line
from qkdopt.study.front_document import FrontDocument

if TYPE_CHECKING:
    from qkdopt.study.front_run import Keeper

_LEAST_POINTS = 3


@dataclass(frozen=True)
class FrontPoint:
    """Result at one KL mismatch: ``value`` is reached, ``bound`` cannot be exceeded.

    Attributes
    ----------
    kl_max
        Largest KL mismatch allowed [nats].
    value, divergence
        Bits and KL mismatch of the best schedule found.
    bound
        Proved bound on the bits of any schedule that close.
    certificate
        A verified certificate.
    """

    kl_max: str
    value: int
    divergence: float | None
    bound: int
    certificate: Certificate


@dataclass(frozen=True)
class Mark:
    """A schedule of another strategy on the same axes.

    ``divergence`` is ``None`` when a target of weight 0 gets bits.

    Attributes
    ----------
    certificate
        A verified certificate.
    """

    name: str
    value: int
    divergence: float | None
    certificate: Certificate


@dataclass(frozen=True, repr=False)
class Front:
    """Points by increasing KL mismatch, the knee, and the marks of other strategies.

    Attributes
    ----------
    most
        Bits of S-GD.
    interrupted
        Whether Ctrl-C ended it before all points were found.
    """

    points: tuple[FrontPoint, ...]
    marks: tuple[Mark, ...]
    most: int
    interrupted: bool = False

    def __repr__(self) -> str:
        """Return how many points there are and what they span."""
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

        Beyond it a larger KL mismatch gains ever fewer bits.
        """
        places = [k for k, point in enumerate(self.points) if point.value and float(point.kl_max)]
        if not places:
            return ()
        values = [self.points[k].value for k in places]
        across = [float(self.points[k].kl_max) for k in places]
        return (places[_knee(across, values)],)

    def document(self) -> dict[str, object]:
        """Return the front as in ``front.json``."""
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
        """Read a ``front.json``; its certificates are empty, as they are files of their own.

        Raises
        ------
        InputError
            Naming the key that is not as ``qkdopt front`` writes it.
        """
        found = FrontDocument.read(path)
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
    keeper: Keeper | None = None,
) -> Front:
    """Return the front of a problem with weights, every point and mark confirmed by the verifier.

    Each S-TD problem starts from the best schedule that is known and that it allows: that of the
    divergence before, that of a mark, or that of balanced delivery without its surplus. So values
    never fall as the KL mismatch grows. Ctrl-C returns the points so far.

    Parameters
    ----------
    points
        Number of points, at least 3: zero, and from 1e-4 nats to that of S-GD.
    seconds
        Wall time for everything [s]; compiling and the verifier come on top.
    keeper
        Stores results at once, and returns those of an earlier run.

    Raises
    ------
    InputError
        For fewer than three points, no time, and a problem without weights or in cloud scenarios.
    """
    check_risk(problem, strategy_of_form(Form.TARGETED))
    if not _LEAST_POINTS <= points <= MOST_POINTS:
        raise InputError("points", points, f"at least {_LEAST_POINTS}, at most {MOST_POINTS:,}")
    if not seconds > 0:
        raise InputError("time_limit", seconds, "a number of seconds > 0")
    if problem.weights is None:
        raise InputError("weights", "none", "a weight for every target (front)")
    from qkdopt.study.front_run import FrontRun, compile_kernels

    compile_kernels()
    return FrontRun(problem, Deadline(seconds), seed, keeper).go(points, notify)


def _knee(across: list[float], up: list[int]) -> int:
    width, height = (across[-1] - across[0]) or 1.0, (up[-1] - up[0]) or 1
    above = [
        (y - up[0]) / height - (x - across[0]) / width for x, y in zip(across, up, strict=True)
    ]
    return max(range(len(above)), key=above.__getitem__)
