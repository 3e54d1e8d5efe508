"""The longest path over the schedules that answer some questions in a given way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from qkdopt.judge.problem import Problem

__all__ = ["Pieces", "longest_answering_path"]

_Answer = tuple[int, int, bool]


def longest_answering_path(
    problem: Problem, worth: Sequence[int], answers: Sequence[_Answer]
) -> int | None:
    """Return the maximum of the sum of c_n E_n over the schedules that give ``answers``.

    Parameters
    ----------
    worth
        What one bit is worth at each target, ``c``; of any sign.
    answers
        Triples of an active interval ``a``, a link ``n``, and whether ``a`` serves ``n``.

    Returns
    -------
    int or None
        Exact; ``None`` when no schedule gives these answers.
    """
    return Pieces(problem).longest(tuple(worth), answers)


@dataclass(frozen=True)
class _Piece:
    """Consecutive active intervals: the first one's number, times, and (n, bits > 0) at each."""

    first: int
    times: tuple[int, ...]
    served: tuple[tuple[tuple[int, int], ...], ...]


@dataclass
class Pieces:
    """A problem cut wherever more than ``tau`` lies between two active intervals.

    Any hand-over fits into such a gap, so a schedule is any choice of one schedule for each
    piece, and the longest path is the sum of the pieces' own.  Leaves of a tree differ in a few
    pieces: what was found for the same prices and answers in a piece is not computed again.
    """

    problem: Problem
    _pieces: list[_Piece] = field(default_factory=list)
    _known: dict[tuple[object, ...], int | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Cut."""
        times = self.problem.interval
        bits = list(zip(*self.problem.K, strict=True)) if self.problem.K else [()] * len(times)
        starts = [
            a for a in range(len(times)) if not a or times[a] - times[a - 1] > self.problem.tau
        ]
        for first, end in pairwise([*starts, len(times)]):
            served = tuple(
                tuple((n, k) for n, k in enumerate(row) if k > 0) for row in bits[first:end]
            )
            self._pieces.append(_Piece(first, times[first:end], served))

    def longest(self, worth: tuple[int, ...], answers: Iterable[_Answer]) -> int | None:
        """Return what `longest_answering_path` does."""
        of_interval: dict[int, list[_Answer]] = {}
        for answer in answers:
            of_interval.setdefault(answer[0], []).append(answer)
        price = [worth[target] for target in self.problem.link_targets]
        total = 0
        for piece in self._pieces:
            inside = [
                answer
                for a in range(piece.first, piece.first + len(piece.times))
                for answer in of_interval.get(a, ())
            ]
            key = (worth, piece.first, frozenset(inside))
            if key not in self._known:
                self._known[key] = _longest_in(piece, self.problem.tau, price, inside)
            most = self._known[key]
            if most is None:
                return None
            total += most
        return total


def _longest_in(
    piece: _Piece, tau: int, price: Sequence[int], answers: Iterable[_Answer]
) -> int | None:
    """Return the maximum over the schedules of one piece.

    The recursion is that of ``longest_path``, over services instead of all (n, a): a service
    that is answered with no is left out, and at an interval that has to serve ``n`` nothing
    else is looked at, nor does any schedule survive that served nobody there.
    """
    demanded, refused = _by_interval(piece, answers)
    ending: list[int | None] = [0] * len(price)  # None: no schedule
    reached: list[int | None] = []
    most: int | None = 0
    settled: int | None = 0
    n_settled = 0
    last_demand = -1
    for a, (time, bits) in enumerate(zip(piece.times, piece.served, strict=True)):
        while piece.times[n_settled] < time - tau:
            if n_settled >= last_demand:
                settled = reached[n_settled]
            n_settled += 1
        options = demanded.get(a)
        ending_here: dict[int, int] = {}
        for n, k in bits:
            if n in refused.get(a, ()) or (options is not None and options != {n}):
                continue
            before = _larger(ending[n], settled)
            if before is not None:
                ending_here[n] = price[n] * k + before
        if options is not None:  # whoever served nobody here, or another link, is out
            ending = [None] * len(price)
            most, settled, last_demand = None, None, a
        for n, value in ending_here.items():
            ending[n] = _larger(ending[n], value)
            most = _larger(most, value)
        reached.append(most)
    return most


def _by_interval(
    piece: _Piece, answers: Iterable[_Answer]
) -> tuple[Mapping[int, set[int]], Mapping[int, set[int]]]:
    """Return which links an interval of the piece has to serve, and which it may not."""
    demanded: dict[int, set[int]] = {}
    refused: dict[int, set[int]] = {}
    for a, n, served in answers:
        (demanded if served else refused).setdefault(a - piece.first, set()).add(n)
    return demanded, refused


def _larger(x: int | None, y: int | None) -> int | None:
    if x is None:
        return y
    return x if y is None else max(x, y)
