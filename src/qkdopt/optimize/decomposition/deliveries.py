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
from itertools import combinations

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.optimize.decomposition.join import Join, ranges
from qkdopt.optimize.divergence import divergences
from qkdopt.optimize.domain.state_space import Moves, StateSpace
from qkdopt.optimize.objectives.base import ConcaveObjective, Multipliers
from qkdopt.optimize.schedule import IDLE

_MOST_MOVES = 20_000  # of the state space
_MOST_SHARED = 4_000  # the same where satellites share receivers: more to the verifier
_MANY_TARGETS = 6  # shares of pairs of targets are compared up to so many
_HALVINGS, _ROOM = 40, 3_000_000  # of the verifier: numbers of all partial schedules
_PER_LOOK, _PER_PAIR = 3, 3  # steps: the verifier looks as well, and values pairs
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
        if not objective.listable:
            return None
        most = _MOST_MOVES if objective.problem.receivers is None else _MOST_SHARED
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
            early[-1], late[-1], per_bit, least, limit, (most - self.steps) // _PER_LOOK
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
        join = Join(early.state, late.state, int(self._random[0]))
        shares, within = self._objective.within(limit) or (None, math.inf)
        gain = early.bits @ per_bit, late.bits @ per_bit
        if shares is not None and within == 0.0:
            factors = self._random[1:]
            needed, offered = (shares.mismatch(x.bits, factors) for x in (early, late))
            found = join.equal(needed, -offered, most)
        else:
            targets = self._objective.delivery.targets
            counted = np.zeros((targets, 0))
            if shares is not None and math.isfinite(within):
                room = _ROOM // max(1, early.state.size + late.state.size) - targets - 2
                counted = excesses(shares.wanted, within)[:, : max(0, room)]
            numbers = np.column_stack([np.eye(targets), per_bit, counted])
            enough = self._objective.least_bits(limit) * (1.0 - _SLACK)
            floor = np.concatenate([enough, [least], np.full(counted.shape[1], -_NEAR)])
            sides = np.asarray(early.bits @ numbers, float), np.asarray(late.bits @ numbers, float)
            floor[targets + 1 :] *= 1.0 + sum(float(np.abs(x).max(initial=0.0)) for x in sides)
            found = join.above(*sides, floor, targets, most)
        self.steps += _PER_LOOK * join.looked_up + _PER_PAIR * join.pairs
        if found is None:
            return None
        keep = gain[0][found[0]] + gain[1][found[1]] > least
        keep &= early.state[found[0]] == late.state[found[1]]
        return found[0][keep], found[1][keep]


def excesses(shares: Floats, within: float) -> Floats:
    """Return numbers of a bit of each target, shape ``(T, F)``; near shares add up to 0 or more.

    Shares ``p`` within a divergence of ``q`` are so in sum over some targets: ``KL`` of that sum
    and the rest is no larger. So it is at least the ``x < q`` at which that is as far as allowed.
    """
    every = frozenset(range(shares.size))
    sizes = (1, 2) if len(every) <= _MANY_TARGETS else (1,)
    ones = (frozenset(one) for size in sizes for one in combinations(range(shares.size), size))
    sets = dict.fromkeys(some for one in ones for some in (one, every - one))
    some_of = [sorted(some) for some in sets if some and some != every]
    if not some_of:
        return np.zeros((shares.size, 0))
    chosen = np.array([np.isin(np.arange(shares.size), some) for some in some_of])
    wanted = np.minimum(chosen @ shares, 1.0 - _NEAR)
    low, high = np.zeros_like(wanted), wanted.copy()
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        pairs = np.column_stack([middle, 1.0 - middle])
        far = divergences(pairs, np.column_stack([wanted, 1.0 - wanted])) > within + _NEAR
        low, high = np.where(far, middle, low), np.where(far, high, middle)
    return np.asarray((chosen - low[:, np.newaxis]).T)


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
