"""The longest path over the schedules that answer some questions in a given way."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from qkdopt.judge.budget import size_factor
from qkdopt.judge.problem import Problem

__all__ = ["Answer", "Pieces", "demands_of", "longest_answering_path"]

_MOST_REMEMBERED = 1_000_000


class Answer(NamedTuple):
    """Whether some active interval from ``first`` to ``last`` serves ``link``, or none does."""

    first: int
    last: int
    link: int
    served: bool


def longest_answering_path(
    problem: Problem, worth: Sequence[int], answers: Iterable[Answer]
) -> int | None:
    """Return the maximum of the sum of c_n E_n over the schedules that give ``answers``.

    Parameters
    ----------
    worth
        What one bit is worth at each target, ``c``; of any sign.
    answers
        What is known about the services. Intervals of one answer belong to one piece.

    Returns
    -------
    int or None
        Exact; ``None`` when no schedule gives these answers.
    """
    return Pieces(problem).longest(tuple(worth), answers)


@dataclass(frozen=True)
class _Piece:
    """Consecutive active intervals: the first one's number, times, and (n, bits > 0) at each.

    ``size`` counts the latter.
    """

    first: int
    times: tuple[int, ...]
    served: tuple[tuple[tuple[int, int], ...], ...]
    size: int


@dataclass(frozen=True)
class _Case:
    """The schedules of a piece that give some answers.

    Attributes
    ----------
    options
        Per interval (n, bits, which demands that meets, a bit for each) of all that may be served.
    passed
        By the interval after which they cannot be met any more: bits of demands.
    demands
        The bits of all demands.
    """

    times: tuple[int, ...]
    options: tuple[tuple[tuple[int, int, int], ...], ...]
    passed: dict[int, int]
    demands: int

    @classmethod
    def of(cls, piece: _Piece, answers: Iterable[Answer]) -> _Case:
        """Read the answers, all of which are about the piece."""
        refused: dict[int, bytearray] = {}
        for x in answers:
            if not x.served:
                flags = refused.setdefault(x.link, bytearray(len(piece.times)))
                flags[x.first - piece.first : x.last + 1 - piece.first] = b"\1" * (
                    x.last + 1 - x.first
                )
        demands = demands_of(answers)
        met: dict[tuple[int, int], int] = {}
        passed: dict[int, int] = {}
        for i, x in enumerate(demands):
            passed[x.last - piece.first] = passed.get(x.last - piece.first, 0) | 1 << i
            for a in range(x.first, x.last + 1):
                met[a, x.link] = met.get((a, x.link), 0) | 1 << i
        options = tuple(
            tuple(
                (n, k, met.get((a, n), 0))
                for n, k in served
                if not (n in refused and refused[n][a - piece.first])
            )
            for a, served in enumerate(piece.served, piece.first)
        )
        return cls(piece.times, options, passed, (1 << len(demands)) - 1)


@dataclass
class Pieces:
    """A problem cut wherever more than ``tau`` lies between two active intervals.

    Any hand-over fits into such a gap, so a schedule is any choice of one schedule for each
    piece, and the longest path is the sum of the pieces' own.  Leaves of a tree differ in a few
    pieces: what was found for the same prices and answers in a piece is not computed again.
    """

    problem: Problem
    _pieces: list[_Piece] = field(default_factory=list)
    _cases: dict[tuple[int, frozenset[Answer]], _Case] = field(default_factory=dict)
    _known: dict[tuple[int, ...], dict[object, int | None]] = field(default_factory=dict)
    _remembered: int = 0

    def __post_init__(self) -> None:
        """Cut."""
        times = self.problem.interval
        rows = self.problem.servable
        bits = list(zip(*rows, strict=True)) if rows else [()] * len(times)
        starts = [
            a for a in range(len(times)) if not a or times[a] - times[a - 1] > self.problem.tau
        ]
        for first, end in pairwise([*starts, len(times)]):
            served = tuple(
                tuple((n, k) for n, k in enumerate(row) if k > 0) for row in bits[first:end]
            )
            self._pieces.append(_Piece(first, times[first:end], served, sum(map(len, served))))

    def longest(self, worth: tuple[int, ...], answers: Iterable[Answer]) -> int | None:
        """Return what `longest_answering_path` does."""
        budget = self.problem.budget
        budget.spend(4 * len(self._pieces) + len(worth))
        price = [worth[target] for target in self.problem.link_targets]
        factor = size_factor(price)
        inside: dict[int, list[Answer]] = {piece.first: [] for piece in self._pieces}
        firsts = list(inside)
        for x in answers:
            inside[firsts[bisect_right(firsts, x.first) - 1]].append(x)
        known = self._known.setdefault(worth, {})
        total = 0
        for piece in self._pieces:
            key = piece.first, frozenset(inside[piece.first])
            if key not in known:
                budget.spend(4 * factor * (piece.size + len(piece.times)))
                known[key] = _longest_in(self._case(piece, *key), self.problem, price, factor)
            most = known[key]
            if most is None:
                return None
            total += most
        return total

    def _case(self, piece: _Piece, first: int, answers: frozenset[Answer]) -> _Case:
        """Return the schedules of a piece that give the answers, remembering some of them."""
        key = first, answers
        if key not in self._cases:
            length = len(piece.times) if answers else 0
            spans = sum(x.last + 1 - x.first for x in answers if x.served)
            budget = self.problem.budget
            budget.spend(4 * piece.size + len(answers) * (4 + length // 500) + 4 * spans)
            self._remembered += piece.size + len(answers) + spans
            if self._remembered > _MOST_REMEMBERED:
                self._cases.clear()
                self._known.clear()
                self._remembered = 0
            self._cases[key] = _Case.of(piece, answers)
        return self._cases[key]


def demands_of(answers: Iterable[Answer]) -> list[Answer]:
    """Return the answers that ask for a service somewhere, without what others of them imply."""
    asked = sorted({x for x in answers if x.served}, key=lambda x: (-x.first, x.last))
    soonest: dict[int, int] = {}  # the last interval of those that begin no earlier, by link
    kept: list[Answer] = []
    for x in asked:
        if x.link not in soonest or x.last < soonest[x.link]:
            soonest[x.link] = x.last
            kept.append(x)
    return kept


def _longest_in(case: _Case, problem: Problem, price: Sequence[int], factor: int) -> int | None:
    """Return the maximum over the schedules of one piece.

    The recursion is that of ``longest_path``, over services instead of all (n, a).
    """
    if case.demands:
        return _longest_meeting(case, problem, price, factor)
    tau = problem.tau
    times, reached = case.times, list[int]()
    ending = [0] * len(price)
    most = settled = n_settled = 0
    for time, options in zip(times, case.options, strict=True):
        while times[n_settled] < time - tau:
            settled = reached[n_settled]
            n_settled += 1
        for n, k, _ in options:
            before = ending[n]
            worth = (before if before > settled else settled) + price[n] * k
            if worth > before:
                ending[n] = worth
            if worth > most:
                most = worth
        reached.append(most)
    return most


def _longest_meeting(
    case: _Case, problem: Problem, price: Sequence[int], factor: int
) -> int | None:
    """Return the same where there are demands: apart for every set ``m`` of demands met.

    A service takes schedules that met ``m`` to those that met ``m`` and what it meets itself.
    Once a demand has passed, whoever did not meet it is out.
    """
    tau, budget = problem.tau, problem.budget
    factor += case.demands.bit_length() // 512
    times, reached, kept = case.times, deque[dict[int, int]](), 0
    ending: dict[int, list[int | None]] = {0: [0] * len(price)}
    most = {0: 0}
    settled = {0: 0}
    n_settled, passed = 0, 0
    for a, (time, options) in enumerate(zip(times, case.options, strict=True)):
        while times[n_settled] < time - tau:
            settled = reached.popleft()
            kept -= len(settled)
            n_settled += 1
        budget.spend(len(ending) * (8 + len(price) // 20 + 8 * factor * len(options)))
        serving: list[tuple[int, int, int]] = []
        for m, last in ending.items():
            settled_here = settled.get(m)
            for n, k, met in options:
                before = last[n]
                if settled_here is not None and (before is None or settled_here > before):
                    before = settled_here
                if before is not None:
                    serving.append((m | met, n, before + price[n] * k))
        for m, n, worth in serving:
            if m not in ending:
                ending[m] = [None] * len(price)
            before = ending[m][n]
            if before is None or worth > before:
                ending[m][n] = worth
            if m not in most or worth > most[m]:
                most[m] = worth
        if a in case.passed:
            passed |= case.passed[a]
            ending = {m: last for m, last in ending.items() if m & passed == passed}
            most = {m: worth for m, worth in most.items() if m & passed == passed}
        if time < times[-1] - tau:  # what nobody looks back at is not kept
            reached.append(dict(most))
            kept += len(most)
            budget.keep(kept)
    return most.get(case.demands)
