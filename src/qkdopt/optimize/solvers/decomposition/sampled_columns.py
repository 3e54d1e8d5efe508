"""The column pool of long blocks: longest paths at prices drawn about the bound's.

Schedules of blocks of hundreds of intervals are too many to list. One longest path at changed
prices gives a schedule of every block, which loses the less the smaller the change.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.solvers.decomposition.columns import Pool
from qkdopt.optimize.solvers.decomposition.multipliers import Multipliers

__all__ = ["sample_columns"]

_LEAST_CHANGE, _MOST_CHANGE = 1e-4, 0.1  # of the mean price; drawn evenly by size


def sample_columns(
    blocks: Blocks,
    pricing: PricingProblem,
    prices: Multipliers,
    draws: int,
    random: np.random.Generator,
    known: tuple[Integers, ...] = (),
    stop: Callable[[], bool] = lambda: False,
) -> Pool | None:
    """Return the different schedules that each block has among ``draws`` longest paths.

    ``None`` when ``stop``, which is asked before each path, says so, or no part of a path
    combines with those of others.

    Parameters
    ----------
    prices
        The bound's; those drawn differ by 1e-4 to 0.1 of their mean: a price of 0, at which one
        may as well serve nobody, changes too.
    known
        Schedules whose parts belong to the pool too, each of shape ``(A,)``.
    """
    center = prices.per_bit
    mean = float(np.abs(center).mean())
    services = list(known)
    for draw in range(draws):
        if stop():
            return None
        size = mean * _LEAST_CHANGE * (_MOST_CHANGE / _LEAST_CHANGE) ** random.random()
        change = size * random.standard_normal(center.size) if draw else 0.0
        services.append(pricing.best_service(center + change))
    delivered = np.array([blocks.delivered(service) for service in services])
    parts = []
    for b, (begin, end) in enumerate(pairwise(blocks.begin.tolist())):
        inside = np.array([service[begin:end] for service in services])
        fits = blocks.combining(inside)
        if not fits.size:
            return None
        parts.append(_of_block(delivered[fits, b], inside[fits], center))
    return Pool(
        blocks=blocks,
        first=np.cumsum([0, *(loss.size for loss, _, _ in parts)]),
        loss=np.concatenate([loss for loss, _, _ in parts]),
        delivered=np.concatenate([bits for _, bits, _ in parts]),
        services=[service for _, _, service in parts],
        complete_below=np.full(blocks.count, -1.0),
    )


def _of_block(
    delivered: Floats, service: Integers, prices: Floats
) -> tuple[Floats, Floats, Integers]:
    """Return loss, bits ``(P, T)`` and services of those that deliver differently, best first."""
    bits, chosen = np.unique(delivered, axis=0, return_index=True)
    worth = bits @ prices
    order = np.argsort(-worth, kind="stable")
    return worth[order[0]] - worth[order], bits[order], service[chosen[order]]
