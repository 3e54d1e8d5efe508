"""Simulated annealing in short stages, between which interrupts and deadlines are checked.

The stages do not depend on any clock: together they are the whole annealing, and a run that is
cut off between two of them went exactly the way of one that is not.
"""

import math
from collections.abc import Iterator

CELL_S = 5e-9  # about what a compiled loop takes for one interval of one link
_STAGE_S = 0.05
_STEP_S = 1e-7  # what a step takes besides its cells
_LISTED_S, _ROUND_S = 1e-4, 0.1  # about what a listed column and a round of annealing take
_USUAL_COLUMNS = 500  # from which on a round takes so long


def stages(
    hot: float, cold: float, steps: int, cells_per_step: float
) -> Iterator[tuple[float, float, int]]:
    """Yield first heat, last heat and steps of each part of an annealing of ``steps`` steps.

    A part takes a small fraction of a second where a step examines ``cells_per_step`` cells.
    """
    length = max(1, int(_STAGE_S / step_effort_s(cells_per_step)))
    for first in range(0, steps, length):
        last = min(steps, first + length)
        heats = [hot * math.pow(cold / hot, done / steps) for done in (first, last)]
        yield heats[0], heats[1], last - first


def step_effort_s(cells: float) -> float:
    """Return about how long a step takes that examines so many cells [s]."""
    return _STEP_S + CELL_S * cells


def effort_among(columns: int, rounds: int) -> float:
    """Return about how long it takes to list columns and to anneal among them so often [s]."""
    return _LISTED_S * columns + _ROUND_S * rounds * min(1.0, columns / _USUAL_COLUMNS)
