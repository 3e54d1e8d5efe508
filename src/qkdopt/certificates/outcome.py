"""Outcome of a solver: how it ended, its result, and how a search by generations went."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any, Self

from qkdopt.certificates.certificate import Certificate
from qkdopt.deadline import Deadline
from qkdopt.notebook import as_table
from qkdopt.numerals import read_fraction


class Ended(StrEnum):
    """Why a solver stopped, regardless of its result."""

    FINISHED = "finished"
    TIME_LIMIT = "time_limit"
    ITERATION_LIMIT = "iteration_limit"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


def ended_at(deadline: Deadline) -> Ended:
    """Return how work ended whose deadline has expired."""
    return Ended.INTERRUPTED if deadline.stop_requested else Ended.TIME_LIMIT


def ended_by(stopped: BaseException, deadline: Deadline) -> Ended:
    """Return how work ended by an exception: whatever it is a part of stops, too, on Ctrl-C."""
    if isinstance(stopped, KeyboardInterrupt):
        deadline.request_stop()
    return ended_at(deadline)


@dataclass(frozen=True)
class Generation:
    """One line of the history of a search that keeps a population.

    Attributes
    ----------
    evaluations
        Individuals rated so far.
    seconds
        Wall time so far [s].
    best
        Value of the best allowed schedule so far; 0 while there is none.
    divergence
        ``KL(E / S || q)`` [nats] of that schedule, or ``None`` while there is none, without
        weights, or where it is infinite.
    mean
        Mean value of the individuals of this generation.
    least_divergence
        Least divergence in this generation [nats], or ``None`` as above.
    """

    evaluations: int
    seconds: float
    best: int
    divergence: float | None
    mean: float
    least_divergence: float | None


@dataclass(frozen=True, repr=False)
class Outcome:
    """How a solve ended, and its result.

    Attributes
    ----------
    ended
        Why the solver stopped.
    certificate
        The best schedule with its value and bound, or ``None`` when there is no schedule
        or no bound to state.
    value, bound
        The incumbent's value and the bound as certificates write them: integers, for
        ``least`` nats as decimal text, for ``balanced`` ``{"t": "num/den", "total": int}``
        each, in cloud scenarios fractions as text; ``None`` when there is none.
    seconds
        Wall time by phase [s], for instance ``build``, ``hand_over``, ``solve``.
    reason
        One sentence when there is no certificate, or when it shows that nothing can be
        delivered; otherwise empty.
    history
        For solvers that keep a population, one line for each generation; otherwise empty.
    """

    ended: Ended
    certificate: Certificate | None
    value: Any
    bound: Any
    seconds: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
    history: tuple[Generation, ...] = ()

    def uninterrupted(self) -> Self:
        """Return itself, for further work with it.

        Raises
        ------
        KeyboardInterrupt
            When Ctrl-C ended it, and so whatever it is a part of.
        """
        if self.ended is Ended.INTERRUPTED:
            raise KeyboardInterrupt
        return self

    @property
    def optimal(self) -> bool:
        """Whether the incumbent's value equals the bound: exactly, nats to 1e-12."""
        if self.certificate is not None:
            return self.certificate.optimal
        return self.value is not None and self.value == self.bound

    def __repr__(self) -> str:
        """Return how it ended, value, bound, and the reason if there is one."""
        parts = [str(self.ended), f"value {_words(self.value)}", f"bound {_words(self.bound)}"]
        parts += ["optimal"] if self.optimal else []
        parts += [self.reason] if self.reason else []
        return f"Outcome({', '.join(parts)})"

    def _repr_html_(self) -> str:
        gap = self.relative_gap
        rows: list[tuple[str, object]] = [
            ("ended", str(self.ended).replace("_", " ")),
            ("value", _words(self.value)),
            ("bound", _words(self.bound)),
            ("gap", "none known" if gap is None else f"{gap:.3g}"),
            ("optimal", "yes, value and bound are equal" if self.optimal else "not proved"),
            ("wall time [s]", f"{sum(self.seconds.values()):.3g}"),
        ]
        rows += [("reason", self.reason)] if self.reason else []
        return as_table("Outcome", rows)

    @property
    def relative_gap(self) -> float | None:
        """``(bound - value) / max(1, value)``, or ``None`` without incumbent or bound.

        For ``balanced`` that of ``t``; for ``least``, whose bound is from below, and for ``fair``
        the difference itself, in nats.
        """
        if self.value is None or self.bound is None:
            return None
        if isinstance(self.value, dict):
            value, bound = read_fraction(self.value["t"]), read_fraction(self.bound["t"])
        elif isinstance(self.value, str):
            value, bound = read_fraction(self.value), read_fraction(self.bound)
            if self.certificate is None or not self.certificate.in_scenarios:
                return float(abs(bound - value))
        else:
            value, bound = Fraction(self.value), Fraction(self.bound)
        return float((bound - value) / max(Fraction(1), value))


def _words(number: object) -> str:
    if isinstance(number, dict):
        return ", ".join(f"{key} {value}" for key, value in number.items())
    return f"{number:,}" if isinstance(number, int) else str(number)
