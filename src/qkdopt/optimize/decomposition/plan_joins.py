"""Choices of one plan for each block, joined block by block."""

from collections.abc import MutableMapping, Sequence

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.decomposition._plan_kernels import IN_GROUP, joined
from qkdopt.optimize.decomposition.plans import Effort, Plans, SeveralMultipliers, TooManyError
from qkdopt.optimize.decomposition.verification_steps import VerifierSteps
from qkdopt.optimize.domain.blocks import Blocks

_ROUNDS = 2  # a verifier goes through all lists as often
_PER_PAIR, _PER_SUM = 0.5, 100
_PAIRS_AT_ONCE, _MOST_JOINED = 1e7, 800_000


def shortened(
    plans: MutableMapping[int, Plans], best: Floats, bounds: SeveralMultipliers,
    order: Sequence[int], effort: Effort, steps: VerifierSteps | None = None,
) -> bool:  # fmt: skip
    """Leave out plans that gain too little with the best of all others; say if any are left.

    ``best`` is what the plans of each block gain at most, shape ``(B, L)``; it is kept up to date.
    """
    for b in _ROUNDS * list(order):
        gains = plans[b].bits @ bounds.price.T
        good = (gains >= bounds.short - (best.sum(axis=0) - best[b])).all(axis=1)
        if not good.any():
            return False
        if steps:
            steps.priced(good.size)
        plans[b] = plans[b].kept(np.flatnonzero(good)).maximal(effort, steps)
        best[b] = gains[good].max(axis=0)
    return True


def joined_with(
    front: Floats, plans: Plans, bounds: SeveralMultipliers, short: Floats, effort: Effort
) -> tuple[Floats, Integers, int]:
    """Return choices with one plan more that may become good enough, and what they are from.

    The last is how many sums were looked at.
    """
    price, total, looked = bounds.price, len(front) * len(plans.bits), 0
    room = min(_MOST_JOINED, max(1, total))
    rows, pairs = np.empty((room, bounds.enough.size)), np.empty((room, 2), np.int64)
    order = np.argsort(plans.bits @ price[0], kind="stable")  # groups that gain alike
    more, count = np.ascontiguousarray(plans.bits[order]), 0
    gains = np.ascontiguousarray(more @ price.T)
    groups = np.maximum.reduceat(gains, np.arange(0, len(gains), IN_GROUP))
    for some in np.array_split(np.arange(len(front)), 1 + int(total / _PAIRS_AT_ONCE)):
        effort.spend(_PER_PAIR * some.size * len(more))
        one = front[some], np.ascontiguousarray(front[some] @ price.T)
        into = rows[count:], pairs[count:]
        found, seen = joined(one, (more, gains, groups), bounds.enough, price, short, *into)
        if found < 0:
            raise TooManyError
        effort.spend(_PER_SUM * found)
        pairs[count : count + found, 0] += some[:1]
        count, looked = count + found, looked + seen
    pairs[:count, 1] = order[pairs[:count, 1]]
    return rows[:count], pairs[:count], looked


def service_of(blocks: Blocks, chosen: Sequence[tuple[Plans, int]]) -> Integers:
    """Return the schedule of one plan of each block, shape ``(A,)``."""
    lengths = np.diff(blocks.begin).tolist()
    pieces = [
        plans.kept(np.array([plan])).services(m)[0]
        for m, (plans, plan) in zip(lengths, chosen, strict=True)
    ]
    return np.concatenate([np.zeros(0, np.int64), *pieces])
