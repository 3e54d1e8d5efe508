"""Large-neighbourhood search: windows of a schedule replaced by longest paths at drawn prices.

Replacements are kept by the rule of annealing. It proves nothing and needs no list of schedules,
so a walk reaches what lists leave out, and the length of a pass does not matter.
"""

import math
from collections.abc import Callable

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.decomposition._lns_kernels import Walk, walk_windows
from qkdopt.optimize.decomposition.annealing import stages
from qkdopt.optimize.decomposition.window_path import Cells, cells_of
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.objectives._energy_kernels import Data

_STEP_S, _CELL_S = 7.5e-7, 1.2e-9  # what a step takes, and a cell of its window
_NUMBER_S = 8e-10  # ... and a number delivered, where these are more than the targets


class WindowLNS:
    """Walks through schedules; the best allowed one is kept.

    Attributes
    ----------
    best
        Link served in each active interval, -1 where none is, shape ``(A,)``.
    value
        Its value, or that of a better one before.
    """

    def __init__(
        self,
        delivery: Delivery,
        data: Data,
        guide: Data,
        *,
        scale: float,
        octaves: float,
        value: float,
    ) -> None:
        """Begin without a schedule.

        Parameters
        ----------
        data, guide
            Named tuples of the energy and of the prices: see the kernels.
        scale
            Size of the values; heats are parts of it.
        octaves
            Windows have 2 to ``2^(1 + octaves)`` intervals.
        value
            Below that of any schedule, or what is known already.
        """
        self._cells = cells = self._cells_of(delivery)
        self._data, self._guide = data, guide
        self._scale, self._octaves = scale, octaves
        self._cells_per_step = float(self.usual_window * cells.bits.shape[1])
        self._step_s = _STEP_S + _NUMBER_S * (cells.numbers - cells.targets)
        self.best: Integers = np.full(cells.interval.size, -1, np.int64)
        self.value = value

    @property
    def usual_window(self) -> float:
        """Mean number of intervals of a window, as the logarithms are drawn evenly."""
        mean = 2.0 * (math.exp2(self._octaves) - 1.0) / (self._octaves * math.log(2.0))
        return float(min(mean, self._cells.interval.size))

    def _cells_of(self, delivery: Delivery) -> Cells:
        """Return the cells as kernels take them."""
        return cells_of(delivery)

    def effort_of(self, steps: int) -> float:
        """Return about how long so many steps take [s], by what they have to do."""
        return steps * (self._step_s + _CELL_S * self._cells_per_step)

    def walk(
        self,
        service: Integers,
        heats: tuple[float, float],
        steps: int,
        random: np.random.Generator,
        stop: Callable[[], bool],
    ) -> bool:
        """Walk from a schedule, changing it; say whether ``best`` is better than before.

        First and last heat are parts of the scale; ``stop`` is called several times a second.
        """
        before, (hot, cold) = self.value, (heat * self._scale for heat in heats)
        for warm, cool, part in stages(hot, cold, steps, self._cells_per_step):
            walk = Walk(warm, cool, part, self._octaves)
            self.value = walk_windows(
                self._cells, self._data, self._guide, walk, random, service, self.best, self.value
            )
            if stop():
                break
        return self.value > before
