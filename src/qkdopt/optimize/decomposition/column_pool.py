"""Column pools: for each block schedules that lose little at some prices, listed or sampled."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.optimize.decomposition._column_kernels import (
    Block,
    Listed,
    Near,
    ToGo,
    list_near_best,
    worth_to_go,
)
from qkdopt.optimize.domain.blocks import Blocks

_NODES = 50  # partial schedules examined for each column to be listed
_MOST_COARSENED = 5
_NODE_S = 1e-6  # about what examining a partial schedule takes
_FINEST = 256.0  # the first loss tried is so much smaller than the largest
_ROOM = 2**18


@dataclass(frozen=True, eq=False)
class ColumnPool:
    """Schedules of blocks, ``P`` in all, those of one block side by side, best first.

    Attributes
    ----------
    first
        Columns of block ``b`` are ``first[b] .. first[b + 1] - 1``, shape ``(B + 1,)``.
    loss
        Value below that of the block's best, at the prices [bits], shape ``(P,)``.
    delivered
        Bits by target, whole, shape ``(P, T)``.
    services
        Per block the links served, shape ``(columns of b, intervals of b)``.
    effort_s
        About how long listing took [s]; counted, not measured.
    """

    blocks: Blocks
    first: Integers
    loss: Floats
    delivered: Floats
    services: list[Integers]
    effort_s: float = 0.0

    @classmethod
    def of(cls, blocks: Blocks, prices: Floats, columns: Sequence[tuple[Floats, Integers]]) -> Self:
        """Return given columns of each block, those that deliver the same once.

        ``columns`` has bits ``(columns, T)`` and links ``(columns, intervals)`` for each block.
        """
        parts = []
        for bits, service in columns:
            _, different = np.unique(bits, axis=0, return_index=True)
            worth = bits[different] @ prices
            order = np.argsort(-worth, kind="stable")
            kept = different[order]
            parts.append((worth[order[0]] - worth[order], bits[kept], service[kept]))
        return cls.joined(blocks, parts)

    @classmethod
    def joined(
        cls,
        blocks: Blocks,
        parts: Sequence[tuple[Floats, Floats | Integers, Integers]],
        effort_s: float = 0.0,
    ) -> Self:
        """Return the columns of all blocks: of each their losses, bits and services."""
        nothing = np.zeros((0, blocks.delivery.targets))
        return cls(
            blocks=blocks,
            first=np.cumsum([0, *(loss.size for loss, _, _ in parts)]),
            loss=np.concatenate([np.zeros(0), *(loss for loss, _, _ in parts)]),
            delivered=np.concatenate([nothing, *(bits for _, bits, _ in parts)]),
            services=[services for _, _, services in parts],
            effort_s=effort_s,
        )

    def service(self, choice: Integers) -> Integers:
        """Return the schedule that takes one column from each block, shape ``(A,)``."""
        pieces = [
            self.services[b][column - self.first[b]] for b, column in enumerate(choice.tolist())
        ]
        return np.concatenate(pieces) if pieces else np.zeros(0, np.int64)

    def best(self) -> Integers:
        """Return the first column of every block, shape ``(B,)``."""
        return self.first[:-1].copy()


def enumerate_columns(
    blocks: Blocks,
    prices: Floats,
    most: int,
    most_loss: float,
    min_bits_apart: int,
    cell: Floats,
    random: np.random.Generator,
    stop: Callable[[], bool] = lambda: False,
) -> ColumnPool | None:
    """Return up to ``most`` schedules of each block that lose at most ``most_loss`` [bits].

    ``None`` when ``stop``, which is called now and then, returns true.

    Schedules that leave out fewer than ``min_bits_apart`` bits in an interval for nothing are left
    out themselves: there are too many, and they differ by too little.
    """
    parts, effort_s = [], 0.0
    for b in range(blocks.count):
        if stop():
            return None
        listed = _of_block(blocks, b, prices, most, most_loss, min_bits_apart, cell, random, stop)
        if listed is None:
            return None
        parts.append(listed[:3])
        effort_s += listed[3]
    return ColumnPool.joined(blocks, parts, effort_s)


def _of_block(
    blocks: Blocks,
    b: int,
    prices: Floats,
    most: int,
    most_loss: float,
    min_bits_apart: int,
    cell: Floats,
    random: np.random.Generator,
    stop: Callable[[], bool],
) -> tuple[Floats, Floats, Integers, float] | None:
    usable, block, gain = _block(blocks, b, prices, min_bits_apart)
    length, links = block.bits.shape
    to_go = ToGo(np.empty((length, links)), np.empty((length + 1, links)), np.empty(length + 1))
    worth_to_go(gain, block, to_go)
    room, spread = 2 * most, float(min_bits_apart)
    lists = (
        np.empty(room), np.empty(room), np.empty((room, blocks.delivery.targets), np.int64),
        np.empty((room, length), np.int64),
    )  # fmt: skip
    limit, coarsened, cut_short = most_loss / _FINEST, 0, 0
    while True:
        if stop():
            return None
        # A depth-first list that is cut short is lopsided: coarsen the cells until it ends.
        listed = Listed(*lists, np.zeros(_ROOM, np.int64), np.empty(_ROOM))
        near = Near(limit + spread, spread, _NODES * most, most, cell)
        count, complete = list_near_best(block, to_go, near, listed, random)
        cut_short += complete < 0
        if complete < 0 and coarsened < _MOST_COARSENED:
            cell, coarsened = 2.0 * cell, coarsened + 1
        elif complete < limit or count >= most or limit >= most_loss:
            break
        else:
            limit *= 4.0
    chosen = _chosen(listed, count, most)
    services = np.append(usable, -1)[listed.service[chosen]]
    loss = np.maximum(listed.loss[chosen], 0.0)
    effort_s = _NODE_S * _NODES * most * cut_short
    return loss, listed.delivered[chosen].astype(float), services, effort_s


def _block(
    blocks: Blocks, b: int, prices: Floats, min_bits_apart: int
) -> tuple[Integers, Block, Floats]:
    """Return which links have keys in a block, its arrays, and what serving them gains."""
    delivery, problem = blocks.delivery, blocks.delivery.problem
    inside = slice(blocks.begin[b], blocks.begin[b + 1])
    usable = np.flatnonzero(problem.bits[:, inside].any(axis=1) & (delivery.position >= 0))
    bits = np.ascontiguousarray(problem.bits[usable, inside].T)
    times = problem.interval[inside]
    gain = bits * delivery.link_prices(prices)[usable]
    few = (bits > 0) & (bits < min_bits_apart)
    cheap = few | ((bits > 0) & (np.abs(gain) < min_bits_apart))
    block = Block(
        bits, delivery.position[usable],
        departure=np.searchsorted(times, times + problem.tau, side="right"),
        arrival=np.searchsorted(times, times - problem.tau, side="left") - 1,
        small=_last_before(few), cheap=_last_before(cheap),
    )  # fmt: skip
    return usable, block, gain


def _chosen(listed: Listed, count: int, most: int) -> Integers:
    """Return which columns to keep of those that deliver differently, best first."""
    order = np.argsort(listed.loss[:count], kind="stable")
    _, unique = np.unique(listed.delivered[order], axis=0, return_index=True)
    different = order[unique]
    chosen = different[np.argsort(listed.key[different])[:most]]
    return chosen[np.argsort(listed.loss[chosen], kind="stable")]


def _last_before(marked: Bools) -> Integers:
    """Return for each row the last marked one before it, -1 if none, shape ``(m + 1, N)``."""
    last = np.full((marked.shape[0] + 1, marked.shape[1]), -1)
    places = np.where(marked, np.arange(marked.shape[0])[:, np.newaxis], -1)
    np.maximum.accumulate(places, axis=0, out=last[1:])
    return last
