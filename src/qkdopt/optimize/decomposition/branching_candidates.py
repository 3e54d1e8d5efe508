"""Branching candidates: decisions that split the schedules of a mixture."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.optimize.decomposition.restricted_master import MasterSolution, RestrictedMaster
from qkdopt.optimize.domain.branching import BranchingDecision

__all__ = ["branching_candidates"]

_SOME = 1e-6  # of a column: less counts as none

_Range = tuple[int, int, int]  # first and last interval of the block, link


def branching_candidates(
    master: RestrictedMaster, solution: MasterSolution, most: int
) -> list[BranchingDecision]:
    """Return up to ``most`` decisions that split what is mixed now, the most promising first.

    Within a block the mixed columns are split by whether they serve ``n`` in ``a``, from ``a``
    on, or up to ``a``: of each kind the decision is taken after which the mean bits of both parts
    differ most. Leaving out one interval costs little, so *not in* ``a`` excludes little; *not
    from* ``a`` *on* moves a hand-over.
    """
    weight = solution.weight
    scale = 1.0 / np.maximum(np.abs(solution.delivered), 1e-4 * master.unit)
    found: list[tuple[float, BranchingDecision]] = []
    for b, numbers in enumerate(master.columns):
        mixed = [j for j in numbers if j < weight.size and weight[j] > _SOME]
        if len(mixed) > 1:
            share = weight[mixed] / weight[mixed].sum()
            bits = np.array([master.delivered[j] for j in mixed])
            service = np.array([master.service[j] for j in mixed])
            begin = int(master.blocks.begin[b])
            for splits in _splits(service):
                score, (first, last, link) = _best_split(share, bits, splits, scale)
                if score > 0.0:
                    decision = BranchingDecision(begin + first, begin + last, link, served=True)
                    found.append((score, decision))
    found.sort(key=lambda pair: -pair[0])
    return [decision for _, decision in found[:most]]


def _splits(service: Integers) -> Iterator[dict[bytes, _Range]]:
    """Yield, for each kind of split, one for every set of columns that it separates.

    ``service`` has shape ``(columns, intervals)``; a set is the bytes of ``(columns,)`` booleans.
    Of several intervals that split in the same way the middle one is taken.
    """
    last = service.shape[1] - 1
    links = np.setdiff1d(service, [-1])
    serves = [service == n for n in links]
    later = [np.logical_or.accumulate(of_n[:, ::-1], axis=1)[:, ::-1] for of_n in serves]
    earlier = [np.logical_or.accumulate(of_n, axis=1) for of_n in serves]
    for kind, parts in enumerate((serves, later, earlier)):
        splits: dict[bytes, _Range] = {}
        for n, of_n in zip(links.tolist(), parts, strict=True):
            intervals: dict[bytes, list[int]] = {}
            for a in range(last + 1):
                intervals.setdefault(of_n[:, a].tobytes(), []).append(a)
            for part, where in intervals.items():
                a = where[0] if kind == 0 else where[len(where) // 2]
                splits.setdefault(part, ((a, a, n), (a, last, n), (0, a, n))[kind])
        yield splits


def _best_split(
    share: Floats, bits: Floats, splits: dict[bytes, _Range], scale: Floats
) -> tuple[float, _Range]:
    """Return the split whose parts differ most, with its score, 0 where none splits."""
    best: tuple[float, _Range] = 0.0, (0, 0, 0)
    for part_bytes, split in splits.items():
        part: Bools = np.frombuffer(part_bytes, bool)
        if part.all() or not part.any():
            continue
        inside = float(share[part].sum())
        with_n = share[part] @ bits[part] / inside
        without = share[~part] @ bits[~part] / (1.0 - inside)
        score = inside * (1.0 - inside) * float(((with_n - without) ** 2 * scale).sum())
        if score > best[0]:
            best = score, split
    return best
