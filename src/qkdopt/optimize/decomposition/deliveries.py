"""What short horizons can deliver, listed: exact where multipliers leave few deliveries open.

A *delivery* is the bits of all targets by what was served so far, in a state of the rules. Those
are dropped whose value the multipliers bound at or below the incumbent's, whatever follows. The
list grows from both ends of the horizon, at each step that which is shorter, and is joined where
they meet: for shares that have to match exactly, by looking up what is missing to a match.

The verifier lists them again by its own code, so a certificate states the multipliers and no list.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.optimize.decomposition.join import Join, ranges
from qkdopt.optimize.domain.state_space import Moves, StateSpace
from qkdopt.optimize.objectives.base import ConcaveObjective, Multipliers
from qkdopt.optimize.schedule import IDLE

__all__ = ["Deliveries", "excess_of"]

_MOST_MOVES = 20_000  # of the state space
_MOST_SHARED = 4_000  # the same where satellites share receivers: more to the verifier
_ONE_PART = 2  # ends of all parts of the horizon: the verifier takes all parts together
_FEW = 40_000  # pairs of few are looked up by five targets, those of more by four
_PER_PAIR = 3  # steps: the verifier values it
_NEAR = 1e-12  # relative: estimates are not so wrong
_SLACK = 1e-9  # of what can be gained: sums in floating point are not so wrong


@dataclass(frozen=True, eq=False)
class _Listed:
    """Partial schedules between an end of the horizon and an interval, ``K`` of them.

    Attributes
    ----------
    state, bits
        Where they stand, and what they deliver, shapes ``(K,)`` and ``(K, T)``.
    parent, link
        The partial schedule that each goes on from, and what it serves then, shape ``(K,)``.
    """

    state: Integers
    bits: Integers
    parent: Integers
    link: Integers

    def kept(self, keep: Bools | Integers) -> _Listed:
        """Return some of them."""
        return _Listed(self.state[keep], self.bits[keep], self.parent[keep], self.link[keep])


class Deliveries:
    """A list of all deliveries that may be better than an incumbent.

    Attributes
    ----------
    steps
        How many partial schedules and pairs were looked at.
    """

    def __init__(self, objective: ConcaveObjective, space: StateSpace) -> None:
        self._objective, self._space = objective, space
        problem = objective.problem
        self._bits = problem.bits[:, space.row]
        self._random = np.random.default_rng(0).integers(1, 2**63, objective.delivery.targets + 1)
        self.steps = 0

    @classmethod
    def of(cls, objective: ConcaveObjective) -> Deliveries | None:
        """Return those of an objective, ``None`` where the horizon is too long for it."""
        shared = objective.problem.receivers
        if not objective.listable or (shared is not None and shared.begin.size > _ONE_PART):
            return None
        most = _MOST_MOVES if shared is None else _MOST_SHARED
        space = StateSpace.of(objective.delivery, most)
        return None if space is None else cls(objective, space)

    def best(
        self, multipliers: Multipliers, limit: float, most: int, stop: Callable[[], bool]
    ) -> tuple[Integers | None] | None:
        """Return the best schedule whose value is above a limit, in a tuple.

        ``(None,)`` where there is none, ``None`` after more than ``most`` steps or ``stop``, and
        where floating point cannot decide.
        """
        self.steps = 0
        delivery = self._objective.delivery
        vector = self._objective.at_limit(multipliers.vector, limit)
        multipliers = replace(multipliers, vector=vector)
        per_bit = multipliers.per_bit
        gains = np.where(delivery.never, 0.0, delivery.gains(per_bit))[self._space.row]
        after, before = self._space.most_after(gains), self._space.most_before(gains)
        least = limit - multipliers.constant
        if not np.isfinite(after[0][0]):
            return (None,)
        least -= _SLACK * max(1.0, abs(multipliers.constant), float(np.abs(gains).max(1).sum()))
        start = np.zeros(1, np.int64)
        empty = _Listed(start, np.zeros((1, delivery.targets), np.int64), start, start)
        early, late, active = [empty], [empty], len(self._space.moves)
        while len(early) + len(late) - 2 < active:
            forward = early[-1].state.size <= late[-1].state.size
            side = early if forward else late
            a = len(early) - 1 if forward else active - len(late)
            moves = self._space.moves[a]
            rest = after[a + 1] if forward else before[a]
            grown = self._grown(side[-1], moves if forward else moves.reversed(), a, most)
            if grown is None or stop():
                return None
            worth = grown.bits @ per_bit + rest[grown.state]
            side.append(self._distinct(grown.kept(worth > least)))
        pairs = self._pairs(
            early[-1], late[-1], per_bit, least, limit, (most - self.steps) // _PER_PAIR
        )
        if pairs is None or stop():
            return None
        total = early[-1].bits[pairs[0]] + late[-1].bits[pairs[1]]
        try:
            best = _best_of(self._objective, total, limit)
        except _UndecidedError:
            return None
        if best is None:
            return (None,)
        service = np.full(self._space.row.size, IDLE, np.int64)
        served = _service(early, late, int(pairs[0][best]), int(pairs[1][best]))
        service[self._space.row] = served
        return (service,)

    def _grown(self, listed: _Listed, moves: Moves, a: int, most: int) -> _Listed | None:
        """Return every partial schedule with every move, ``None`` with too many."""
        order = np.argsort(listed.state, kind="stable")
        begin = np.searchsorted(listed.state[order], moves.before, side="left")
        count = np.searchsorted(listed.state[order], moves.before, side="right") - begin
        self.steps += int(count.sum())
        if self.steps > most:
            return None
        move = np.repeat(np.arange(count.size), count)
        parent = order[ranges(begin, count)]
        link, bits = moves.link[move], listed.bits[parent]
        served = np.flatnonzero(link >= 0)
        place = self._objective.delivery.position[link[served]]
        bits[served, place] += self._bits[link[served], a]
        return _Listed(moves.after[move], bits, parent, link)

    def _distinct(self, listed: _Listed) -> _Listed:
        """Leave out most of those that agree with another in state and bits."""
        with np.errstate(over="ignore"):
            key = listed.bits @ self._random[1:] + listed.state * self._random[0]
        order = np.argsort(key, kind="stable")
        key, state, bits = key[order], listed.state[order], listed.bits[order]
        same = (key[1:] == key[:-1]) & (state[1:] == state[:-1])
        same &= (bits[1:] == bits[:-1]).all(axis=1)
        return listed.kept(order[np.append(True, ~same)[: order.size]])

    def _pairs(
        self, early: _Listed, late: _Listed, per_bit: Floats, least: float, limit: float, most: int
    ) -> tuple[Integers, Integers] | None:
        """Return which early and late ones may make a better whole, ``None`` with too many."""
        gain = early.bits @ per_bit, late.bits @ per_bit
        join = Join(early.state, late.state, *self._random[:2].tolist())
        shares, within = self._objective.within(limit) or (None, math.inf)
        if shares is not None and within == 0.0:
            factors = self._random[1:]
            needed, offered = (shares.mismatch(x.bits, factors) for x in (early, late))
            found = join.equal(needed, -offered, most)
        else:
            found = join.above(*gain, least, most)
            if found is None and shares is not None and math.isfinite(within):
                by = 5 if min(early.state.size, late.state.size) <= _FEW else 4
                ahead, behind = (
                    excess_of(x.bits, shares.wanted, within, by) for x in (early, late)
                )
                found = join.near(ahead, behind, most)
        self.steps += join.looked_up + _PER_PAIR * join.pairs
        if found is None:
            return None
        keep = gain[0][found[0]] + gain[1][found[1]] > least
        keep &= early.state[found[0]] == late.state[found[1]]
        return found[0][keep], found[1][keep]


def excess_of(bits: Integers, shares: Floats, within: float, by: int) -> tuple[Floats, Floats]:
    """Return ``E - q S`` of the ``by`` heaviest targets, and how large it may be for ``S``.

    By Pinsker's inequality ``|p - q|`` is at most ``sqrt(within / 2)`` for each target.
    """
    total = bits.sum(axis=1).astype(float)
    heaviest = np.argsort(-shares, kind="stable")[:by]
    excess = bits[:, heaviest] - total[:, np.newaxis] * shares[heaviest]
    apart = np.sqrt(max(within, 0.0) / 2.0) * (1.0 + _SLACK) + _NEAR
    return excess, apart * total


class _UndecidedError(Exception):
    """Bits may be allowed or not: they are so near a limit that floating point cannot tell."""


def _best_of(objective: ConcaveObjective, bits: Integers, limit: float) -> int | None:
    """Return which of many deliveries has the largest value, if one above the limit is allowed.

    Raises
    ------
    _UndecidedError
        Where one that may be better is neither surely allowed nor surely not.
    """
    estimates = objective.estimates(bits)
    value: Fraction | None = None
    best, known, least = None, set[tuple[int, ...]](), limit - _NEAR * max(1.0, abs(limit))
    for i in np.argsort(-estimates, kind="stable").tolist():
        if estimates[i] == -np.inf or estimates[i] < least:
            break
        if (here := tuple(bits[i].tolist())) in known:
            continue
        known.add(here)
        found = objective.value(here)
        if found is None:
            raise _UndecidedError
        if value is None or found > value:
            value, best = found, i
            least = float(found) - _NEAR * max(1.0, abs(float(found)))
    return best


def _service(early: list[_Listed], late: list[_Listed], i: int, j: int) -> Integers:
    """Return the services of a whole schedule, step by step, shape ``(A,)``."""
    service: list[int] = []
    for listed in early[:0:-1]:
        service.insert(0, int(listed.link[i]))
        i = int(listed.parent[i])
    for listed in late[:0:-1]:
        service.append(int(listed.link[j]))
        j = int(listed.parent[j])
    return np.where(np.array(service, np.int64) < 0, IDLE, service)
