"""Column pools of long blocks: longest paths at prices drawn about the bound's.

Schedules of blocks of hundreds of intervals are too many to list. One longest path at changed
prices gives a schedule of every block, which loses the less the smaller the change. Large changes
reach far: they trade many bits of one target for many of another at the best rate there is.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.decomposition.column_pool import ColumnPool
from qkdopt.optimize.decomposition.moved_handovers import move_handovers
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.pricing import PricingProblem

_LEAST_CHANGE, _MOST_CHANGE = 1e-4, 0.1  # of the mean price; drawn evenly by size
_SPREADS = (0.05, 0.15, 0.5)  # standard deviations of the logarithm of a price
_IN_VAIN = 500  # paths one after the other that were all met before
_VARIED = 30  # columns of a block whose hand-overs are moved
_LEAST = 0.1  # of the mean price: targets whose price is 0 are served, too


def nearby_prices(center: Floats, draws: int, random: np.random.Generator) -> Iterator[Floats]:
    """Yield prices that differ from the first by 1e-4 to 0.1 of their mean.

    A price of 0, at which idling is as good as serving, changes too.
    """
    mean = float(np.abs(center).mean())
    yield center
    for _ in range(draws - 1):
        size = mean * _LEAST_CHANGE * (_MOST_CHANGE / _LEAST_CHANGE) ** random.random()
        yield center + size * random.standard_normal(center.size)


def scattered_prices(center: Floats, draws: int, random: np.random.Generator) -> Iterator[Floats]:
    """Yield prices whose logarithms scatter far about the first."""
    wanted = np.maximum(center, _LEAST * float(center.mean()))
    yield wanted
    for i in range(1, draws + 1):
        yield wanted * np.exp(_SPREADS[i % len(_SPREADS)] * random.standard_normal(wanted.size))


def sample_columns(
    pricing: PricingProblem,
    center: Floats,
    prices: Iterable[Floats],
    known: tuple[Integers, ...] = (),
    stop: Callable[[], bool] = lambda: False,
    *,
    most: int | None = None,
    most_loss: float = math.inf,
) -> ColumnPool | None:
    """Return the different schedules that each block has among longest paths at some prices.

    By sessions also those near them (:mod:`~qkdopt.optimize.decomposition.moved_handovers`).
    ``None`` when ``stop``, called before each path but the first, returns true, or where no
    part of a path combines with those of others.

    Parameters
    ----------
    center
        At these prices losses are counted, shape ``(T,)``.
    known
        Schedules whose parts belong to the pool too, each of shape ``(A,)``. Hand-overs of the
        first one, and of columns that lose least, are moved where sessions count.
    most, most_loss
        Columns kept of a block, and what they may lose.
    """
    blocks = Blocks.pieces(pricing.blocks.delivery)
    services, met, in_vain = list(known), {service.tobytes() for service in known}, 0
    for at in prices:
        if services and stop():
            return None
        service = pricing.best_service(at)
        in_vain = in_vain + 1 if service.tobytes() in met else 0
        if in_vain == _IN_VAIN:
            break  # a small problem: there are hardly any others
        if not in_vain:
            met.add(service.tobytes())
            services.append(service)
    served = np.array(services)
    delivered = np.array([blocks.delivered(service) for service in services])
    inside = [slice(a, z) for a, z in pairwise(blocks.begin.tolist())]
    parts = []
    for b, part in enumerate(inside):
        fits = blocks.combining(served[:, part])
        if not fits.size:
            return None
        bits, links = delivered[fits, b], served[fits, part]
        kept, loss = _different(bits, center, most, most_loss)
        moved, further = move_handovers(blocks, b, links[np.append(kept[:_VARIED], 0)])
        if len(moved):
            bits, links = np.concatenate([bits, further]), np.concatenate([links, moved])
            kept, loss = _different(bits, center, most, most_loss)
        parts.append((loss, bits[kept], links[kept]))
    return ColumnPool.joined(blocks, parts)


def _different(
    delivered: Floats, center: Floats, most: int | None, most_loss: float
) -> tuple[Integers, Floats]:
    """Return which samples to keep of those that deliver differently, best first, and losses."""
    _, different = np.unique(delivered, axis=0, return_index=True)
    worth = delivered[different] @ center
    loss = worth.max() - worth
    order = np.argsort(loss, kind="stable")[:most]
    order = order[loss[order] <= most_loss]
    return different[order], loss[order]
