"""What idling in an interval leaves, from both potentials, compiled."""

from qkdopt.arrays import Indices, Integers
from qkdopt.compiled import kernel
from qkdopt.optimize.domain.trellis._kernels import DEAD, Potentials, Sweep


@kernel
def values_when_idle(
    sweep: Sweep,
    latest: Indices,
    earliest: Indices,
    last: Integers,
    ahead: Potentials,
    idle: Integers,
) -> None:
    """Fill ``idle[a]``: the best schedule that serves no link in ``a``; shape ``(A,)``.

    Such a schedule serves no link after ``a``, or none before, or its last service ``j``
    before and first service ``k`` after are joined across ``a``. If they are of one link,
    the nearest cells stand for all (``last`` and ``held`` include farther ones). If not,
    ``k`` must be late enough for ``j``: cells ``j`` are tried backwards until the first cell
    after ``a`` is.
    """
    cell, target, barrier = sweep.cell, sweep.target, sweep.barrier
    rest, final = sweep.tables[2], sweep.final
    held, turned, begun = ahead.held, ahead.turned, ahead.begun
    end = barrier[barrier.size - 1]
    links = target.shape[1]
    for a in range(idle.size):
        idle[a] = DEAD
        if barrier[a + 1] == a:
            continue
        best = 0 if end < 0 else DEAD
        for other in range(links):
            near = earliest[a + 1, other]
            if near < 0:
                continue
            if barrier[cell[1, near]] < 0:
                best = max(best, begun[near])
            for n in range(links):
                j = latest[a, n]
                while j >= 0 and cell[1, j] >= barrier[a]:
                    first = near if n == other else target[j, other]
                    k = max(near, first)
                    if first >= 0 and cell[1, j] >= barrier[cell[1, k]]:
                        for label in range(last.shape[1]):
                            state = label if cell[2, j] == cell[2, k] else rest[label]
                            onward = held[k, state] if n == other else turned[k, state]
                            if last[j, label] != DEAD and onward != DEAD:
                                best = max(best, last[j, label] + onward)
                    if 0 <= first <= near:
                        break
                    j = cell[5, j]
        for n in range(links):
            j = latest[a, n]
            if j >= 0 and cell[1, j] >= end:
                for label in range(last.shape[1]):
                    if final[label]:
                        best = max(best, last[j, label])
        idle[a] = best
