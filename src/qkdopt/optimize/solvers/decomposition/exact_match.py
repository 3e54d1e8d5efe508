"""Schedules whose shares match exactly: enough for everybody, then whole intervals left out.

A match is ``E_n = k w_n / gcd(w)`` for a whole ``k``. Idling is always allowed, so a schedule
that gives every target *at least* that much contains a match if some of each target's intervals
add up to its surplus: a subset sum, solved exactly with the bits of one long integer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.schedule import IDLE
from qkdopt.optimize.solvers.decomposition import _search_kernels as kernels
from qkdopt.optimize.solvers.decomposition.columns import Pool

__all__ = ["find_match", "subset_with_sum"]

_FACTORS = 40  # values of k tried, ever farther below the bound's
_TRIES = 1000  # schedules for each
_STEPS = 20_000
_GIVE_UP = 20  # schedules that do not give enough before a smaller k is tried
_SHAKEN = 3  # blocks changed from one schedule to the next
_LARGEST_MARGIN = 0.3  # of what a target needs: surplus leaves more sums to choose from
_MANY = 20.0  # intervals with which a target has sums enough


def find_match(
    pool: Pool, bound: int, random: np.random.Generator, stop: Callable[[], bool]
) -> Integers | None:
    """Return the services of a schedule that matches exactly, or ``None``, shape ``(A,)``.

    The larger the total, the less surplus there is to choose from, so ``k`` falls from the
    bound's until a match is found.
    """
    shares = pool.blocks.shares
    divisor = math.gcd(*shares.weights)
    unit = [weight // divisor for weight in shares.weights]
    largest = bound // shares.step
    factors = {largest - math.ceil(largest * (turn / _FACTORS) ** 2) for turn in range(_FACTORS)}
    for factor in sorted(factors - {0}, reverse=True):
        found = _walk(pool, [factor * weight for weight in unit], random, stop)
        if found is not None or stop():
            return found
    return None


def _walk(
    pool: Pool, wanted: list[int], random: np.random.Generator, stop: Callable[[], bool]
) -> Integers | None:
    """Go from schedule to schedule that gives enough, until one contains a match."""
    choice, exact = pool.best(), np.array(wanted, float)
    margin = np.zeros(exact.size)
    failed = 0
    for turn in range(_TRIES):
        if stop():
            return None
        need = exact * (1.0 + margin * random.random(exact.size))
        hot = 3e-2 if turn == 0 else 1e-3
        steps = _STEPS * (10 if turn == 0 else 1)
        missing = kernels.anneal_cover(
            pool.first, pool.delivered, need, hot * need.sum(), 1e-5 * need.sum(), steps, random,
            choice,
        )  # fmt: skip
        if missing > 0:
            failed += 1
            if failed > _GIVE_UP and failed > turn // 2:
                return None
        else:
            service, own = _served(pool, choice)
            few = np.array([intervals.size for intervals in own])
            margin = _LARGEST_MARGIN * np.minimum(1.0, _MANY / np.maximum(few, 1.0))
            if _left_out(pool, service, own, wanted):
                return service
        for b in random.integers(0, choice.size, _SHAKEN):
            choice[b] = random.integers(pool.first[b], pool.first[b + 1])
    return None


def _served(pool: Pool, choice: Integers) -> tuple[Integers, list[Integers]]:
    """Return the services, and each target's intervals."""
    service = pool.service(choice)
    positions = pool.blocks.shares.position
    target = np.append(positions, IDLE)[service]
    return service, [np.flatnonzero(target == n) for n in range(pool.delivered.shape[1])]


def _left_out(pool: Pool, service: Integers, own: list[Integers], wanted: Sequence[int]) -> bool:
    """Idle in intervals that make up each target's surplus; say whether all could be matched."""
    bits = pool.blocks.shares.problem.bits
    idle: list[Integers] = []
    for n in sorted(range(len(own)), key=lambda n: own[n].size):  # the hardest first
        amounts = bits[service[own[n]], own[n]].tolist()
        dropped = subset_with_sum(amounts, sum(amounts) - wanted[n])
        if dropped is None:
            return False
        idle.append(own[n][dropped])
    for intervals in idle:
        service[intervals] = IDLE
    return True


def subset_with_sum(amounts: Sequence[int], wanted: int) -> list[int] | None:
    """Return indices of amounts that add up to ``wanted``, or ``None`` if none do."""
    mask = (1 << (wanted + 1)) - 1
    reached = [1]  # bit s is set when some of the first amounts add up to s
    for amount in amounts:
        reached.append(reached[-1] | ((reached[-1] << amount) & mask))
        if reached[-1] >> wanted & 1:
            break
    if not reached[-1] >> wanted & 1:
        return None
    chosen, left = [], wanted
    for i in range(len(reached) - 2, -1, -1):
        if not reached[i] >> left & 1:
            chosen.append(i)
            left -= amounts[i]
    return chosen
