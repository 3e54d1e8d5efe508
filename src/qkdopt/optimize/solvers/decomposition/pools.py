"""Which schedules of each block a search chooses among: all good ones, or a sample."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.solvers.decomposition.columns import Pool, list_columns
from qkdopt.optimize.solvers.decomposition.prices import Prices
from qkdopt.optimize.solvers.decomposition.sampled_columns import sample_columns

__all__ = ["LONG_BLOCK", "pool_at"]

LONG_BLOCK = 200
"""Intervals: schedules of longer blocks are too many to list."""

_DRAWS = 1000  # longest paths at prices nearby, where schedules are too many to list
_LABELLED_DRAWS = 300  # where operations make every path longer to find
_WEEK = 22  # blocks; with more of them each matters less, and its columns are fewer and finer
_FEWEST_COLUMNS = 40
_COLUMNS = 1000  # listed for each block
_CELL = 5e-3  # of what a target gets: columns nearer than that count as the same
_LOSS = 2e-3  # of the bound: columns that lose more are not listed
_LEAST_LOSS = 1e4  # bits; in small problems every schedule is listed
_GRAIN = 1e-5  # of the bound


def pool_at(
    blocks: Blocks,
    prices: Prices,
    delivered: Floats,
    scale: float,
    known: Integers | None,
    random: np.random.Generator,
    stop: Callable[[], bool],
) -> Pool | None:
    """Return schedules of every block of small loss at ``prices``, ``None`` when out of time.

    Parameters
    ----------
    delivered
        Bits of the mixture that attains the bound there, shape ``(T,)``.
    scale
        The bound [bits].
    known
        A schedule whose parts belong to a sample, shape ``(A,)``.
    """
    if blocks.longest > LONG_BLOCK or blocks.delivery.problem.operations:
        given = () if known is None else (known,)
        draws = _LABELLED_DRAWS if blocks.delivery.problem.operations else _DRAWS
        pieces = Blocks.pieces(blocks.delivery)
        return sample_columns(pieces, PricingProblem(blocks), prices, draws, random, given, stop)
    part = min(1.0, _WEEK / max(1, blocks.count))
    return list_columns(
        blocks,
        prices,
        most=max(_FEWEST_COLUMNS, round(_COLUMNS * part)),
        most_loss=max(_LOSS * part * scale, _LEAST_LOSS),
        grain=math.ceil(_GRAIN * part * scale),
        cell=np.maximum(_CELL * part * np.abs(delivered), 1.0),
        random=random,
        stop=stop,
    )
