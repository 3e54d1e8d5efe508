"""Simultaneous access of two stations: the intersection of their access times."""

from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.physics.orbit.access import AccessSamples, Block


@dataclass(frozen=True)
class PairAccess:
    """Every (second, pair) of a block at which both stations are accessible, ``D`` of them.

    In order of pairs, and of time within a pair.

    Attributes
    ----------
    pair
        Position of the pair, shape ``(D,)``.
    first, second
        Positions of the two stations' samples in the block's
        :class:`~qkdopt.physics.orbit.access.AccessSamples`, both of the same second; shape
        ``(D,)``.
    """

    pair: Integers
    first: Integers
    second: Integers


def pair_access(samples: AccessSamples, block: Block, pairs: Integers, stations: int) -> PairAccess:
    """Return where both stations of each pair are accessible.

    The rules of visibility hold for each of the two stations. Costs a table of one block's
    seconds by stations, and one look-up for each pair.

    Parameters
    ----------
    samples
        What is accessible in ``block``.
    pairs
        Positions of the two stations of each pair, shape ``(P, 2)``.
    stations
        Number of stations.
    """
    begin, end = block
    place = np.full((stations, end - begin), -1, dtype=np.int64)
    place[samples.station, samples.second - begin] = np.arange(samples.second.size)
    first, second = place[pairs[:, 0]], place[pairs[:, 1]]
    pair, moment = np.nonzero((first >= 0) & (second >= 0))
    return PairAccess(pair, first[pair, moment], second[pair, moment])


def station_pairs(positions: list[tuple[int, ...]]) -> Integers:
    """Return the pairs among links' stations as a table, shape ``(P, 2)``."""
    rows = [ends for ends in positions if len(ends) > 1]
    return np.array(rows, dtype=np.int64).reshape(len(rows), 2)
