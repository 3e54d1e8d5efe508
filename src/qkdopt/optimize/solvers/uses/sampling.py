"""A column pool from longest paths at prices scattered around the best ones."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.solvers.decomposition.columns import Pool
from qkdopt.optimize.solvers.uses.wants import BitPrices

__all__ = ["sample_columns"]

_SPREADS = (0.05, 0.15, 0.5)  # standard deviations of the logarithm of a price
_LEAST = 0.1  # of the mean price: targets whose bits are worth nothing are served, too


def sample_columns(
    blocks: Blocks,
    prices: BitPrices,
    count: int,
    most: int,
    most_loss: float,
    random: np.random.Generator,
    stop: Callable[[], bool],
) -> Pool | None:
    """Return what is best in each block at ``count`` scattered prices, at most ``most`` of each.

    Unlike a list of small losses these reach far: they trade many bits of one target for many
    of another at the best rate there is, which is what evening out takes. Columns that lose
    more than ``most_loss`` at ``prices`` are left out. ``None`` where no part of a path combines
    with those of others.
    """
    pricing, pieces = PricingProblem(blocks), Blocks.pieces(blocks.delivery)
    wanted = np.maximum(prices.per_bit, _LEAST * float(prices.per_bit.mean()))
    delivered = np.empty((count + 1, pieces.count, wanted.size))
    services = np.empty((count + 1, blocks.begin[-1]), np.int64)
    for i in range(count + 1):
        if i and stop():
            delivered, services = delivered[:i], services[:i]
            break
        spread = _SPREADS[i % len(_SPREADS)] if i else 0.0
        path = pricing(wanted * np.exp(spread * random.standard_normal(wanted.size)))
        delivered[i], services[i] = pieces.delivered(path.service), path.service
    inside = [slice(a, z) for a, z in pairwise(pieces.begin.tolist())]
    parts = []
    for b, part in enumerate(inside):
        fits = pieces.combining(services[:, part])
        if not fits.size:
            return None
        kept, loss = _of_block(delivered[fits, b], prices.per_bit, most, most_loss)
        parts.append((fits[kept], loss))
    return Pool(
        blocks=pieces,
        first=np.cumsum([0, *(kept.size for kept, _ in parts)]),
        loss=np.concatenate([np.zeros(0), *(loss for _, loss in parts)]),
        delivered=np.concatenate([delivered[kept, b] for b, (kept, _) in enumerate(parts)]),
        services=[services[kept, inside[b]] for b, (kept, _) in enumerate(parts)],
        complete_below=np.zeros(blocks.count),
    )


def _of_block(
    delivered: Floats, price: Floats, most: int, most_loss: float
) -> tuple[Integers, Floats]:
    """Return which samples to keep, best first, and their losses."""
    _, different = np.unique(delivered, axis=0, return_index=True)
    worth = delivered[different] @ price
    loss = worth.max() - worth
    order = np.argsort(loss, kind="stable")[:most]
    order = order[loss[order] <= most_loss]
    return different[order], loss[order]
