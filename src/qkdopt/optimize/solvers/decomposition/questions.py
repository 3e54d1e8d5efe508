"""Which questions part what a mixture blends: the candidates of branching."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.optimize.domain.branching import BranchingDecision
from qkdopt.optimize.solvers.decomposition.column_master import ColumnMaster

__all__ = ["candidates"]

_SOME = 1e-6  # of a column: less counts as none

_Question = tuple[int, int, int]  # first and last interval of the block, link


def candidates(
    master: ColumnMaster, weight: Floats, delivered: Floats, most: int
) -> list[BranchingDecision]:
    """Return up to ``most`` decisions that split what is mixed now, the most promising first.

    Within a block the mixed columns are parted by whether they serve ``n`` in ``a``, from ``a``
    on, or up to ``a``: of each kind the question is taken after which the mean bits of both parts
    differ most. A single interval left out is cheap, so *not in* ``a`` excludes little; *not from*
    ``a`` *on* moves a hand-over. ``weight`` has shape ``(columns,)``, ``delivered`` ``(T,)``.
    """
    scale = 1.0 / np.maximum(np.abs(delivered), 1e-4 * master.unit)
    found: list[tuple[float, BranchingDecision]] = []
    for b, numbers in enumerate(master.columns):
        mixed = [j for j in numbers if j < weight.size and weight[j] > _SOME]
        if len(mixed) > 1:
            share = weight[mixed] / weight[mixed].sum()
            bits = np.array([master.delivered[j] for j in mixed])
            service = np.array([master.service[j] for j in mixed])
            begin = int(master.blocks.begin[b])
            for asked in _partings(service):
                score, (first, last, link) = _best_split(share, bits, asked, scale)
                if score > 0.0:
                    decision = BranchingDecision(begin + first, begin + last, link, served=True)
                    found.append((score, decision))
    found.sort(key=lambda pair: -pair[0])
    return [decision for _, decision in found[:most]]


def _partings(service: Integers) -> Iterator[dict[bytes, _Question]]:
    """Yield, for each kind of question, one for every set of columns that it parts off.

    ``service`` has shape ``(columns, intervals)``; a set is the bytes of ``(columns,)`` booleans.
    Of several intervals that part in the same way the middle one is asked for.
    """
    last = service.shape[1] - 1
    links = np.setdiff1d(service, [-1])
    serves = [service == n for n in links]
    later = [np.logical_or.accumulate(of_n[:, ::-1], axis=1)[:, ::-1] for of_n in serves]
    earlier = [np.logical_or.accumulate(of_n, axis=1) for of_n in serves]
    for kind, parts in enumerate((serves, later, earlier)):
        asked: dict[bytes, _Question] = {}
        for n, of_n in zip(links.tolist(), parts, strict=True):
            intervals: dict[bytes, list[int]] = {}
            for a in range(last + 1):
                intervals.setdefault(of_n[:, a].tobytes(), []).append(a)
            for part, where in intervals.items():
                a = where[0] if kind == 0 else where[len(where) // 2]
                asked.setdefault(part, ((a, a, n), (a, last, n), (0, a, n))[kind])
        yield asked


def _best_split(
    share: Floats, bits: Floats, asked: dict[bytes, _Question], scale: Floats
) -> tuple[float, _Question]:
    """Return the question whose parts differ most, with its score, 0 where none parts."""
    best: tuple[float, _Question] = 0.0, (0, 0, 0)
    for said, question in asked.items():
        part: Bools = np.frombuffer(said, bool)
        if part.all() or not part.any():
            continue
        inside = float(share[part].sum())
        with_n = share[part] @ bits[part] / inside
        without = share[~part] @ bits[~part] / (1.0 - inside)
        score = inside * (1.0 - inside) * float(((with_n - without) ** 2 * scale).sum())
        if score > best[0]:
            best = score, question
    return best
