"""Branching candidates: decisions that split the schedules of a mixture."""

from collections.abc import Iterator

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.optimize.decomposition.restricted_master import MasterSolution, RestrictedMaster
from qkdopt.optimize.domain.branching import BranchingDecision

_SOME = 1e-6  # of a column: less counts as none

_Range = tuple[int, int, int]  # first and last interval of the block, link


def branching_candidates(
    master: RestrictedMaster, solution: MasterSolution, most: int, promise: Floats, of_block: int
) -> list[BranchingDecision]:
    """Return up to ``most`` decisions that split what is mixed now, the most promising first.

    Within a block the mixed columns are split by whether they serve ``n`` in ``a``, from ``a``
    on, or up to ``a``: the better the more the mean bits of both parts differ. Leaving out one
    interval costs little, so *not in* ``a`` excludes little; *not from* ``a`` *on* moves a
    hand-over.

    Parameters
    ----------
    promise
        How much decisions of each block lowered bounds when they were last tried, shape ``(B,)``.
    of_block
        Decisions of a block of any promise; of others one.
    """
    weight = solution.weight
    scale = 1.0 / np.maximum(np.abs(solution.delivered), 1e-4 * master.unit)
    found: list[tuple[float, float, BranchingDecision]] = []
    for b, numbers in enumerate(master.columns):
        mixed = [j for j in numbers if j < weight.size and weight[j] > _SOME]
        if len(mixed) > 1:
            share = weight[mixed] / weight[mixed].sum()
            bits = np.array([master.delivered[j] for j in mixed])
            service = np.array([master.service[j] for j in mixed])
            begin = int(master.blocks.begin[b])
            scored = _scored(share, bits, service, scale)
            for score, (first, last, link) in scored[: of_block if promise[b] > 0.0 else 1]:
                decision = BranchingDecision(begin + first, begin + last, link, served=True)
                found.append((-promise[b], -score, decision))
    found.sort(key=lambda known: known[:2])
    return [decision for _, _, decision in found[:most]]


def _scored(
    share: Floats, bits: Floats, service: Integers, scale: Floats
) -> list[tuple[float, _Range]]:
    """Return the splits of a block's columns, shape ``(columns, intervals)``, the best first."""
    found = []
    score_of: dict[bytes, float] = {}
    for part_bytes, split in _splits(service):
        if part_bytes not in score_of:
            score_of[part_bytes] = _score(share, bits, np.frombuffer(part_bytes, bool), scale)
        if score_of[part_bytes] > 0.0:
            found.append((score_of[part_bytes], split))
    found.sort(key=lambda known: -known[0])
    return found


def _splits(service: Integers) -> Iterator[tuple[bytes, _Range]]:
    """Yield sets of columns, as bytes of ``(columns,)`` booleans, and what separates each.

    For each kind of split and each link; of several intervals that split in the same way the
    middle one is taken.
    """
    last = service.shape[1] - 1
    for n in np.setdiff1d(service, [-1]).tolist():
        serves = service == n
        later = np.logical_or.accumulate(serves[:, ::-1], axis=1)[:, ::-1]
        earlier = np.logical_or.accumulate(serves, axis=1)
        for kind, parts in enumerate((serves, later, earlier)):
            intervals: dict[bytes, list[int]] = {}
            for a in range(last + 1):
                intervals.setdefault(parts[:, a].tobytes(), []).append(a)
            for part, where in intervals.items():
                a = where[0] if kind == 0 else where[len(where) // 2]
                yield part, ((a, a, n), (a, last, n), (0, a, n))[kind]


def _score(share: Floats, bits: Floats, part: Bools, scale: Floats) -> float:
    """Return how much the mean bits of a part of the columns and of the rest differ."""
    if part.all() or not part.any():
        return 0.0
    inside = float(share[part].sum())
    with_n = share[part] @ bits[part] / inside
    without = share[~part] @ bits[~part] / (1.0 - inside)
    return inside * (1.0 - inside) * float(((with_n - without) ** 2 * scale).sum())
