"""Large-neighbourhood search for schedules of target shares.

Windows of a schedule are replaced by longest paths at prices that follow the divergence, and
kept by the rule of annealing. It proves nothing and needs no list of schedules: the length
of a pass does not matter.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.decomposition import _window_lns_kernels as kernels
from qkdopt.optimize.decomposition.annealing import CELL_S, stages
from qkdopt.optimize.objectives.shares import TargetShares

__all__ = ["WindowLNS"]

_FIRST_STEPS, _MOST_STEPS = 20_000, 320_000
_MARGIN = 1e-11  # a divergence of few terms is computed far more closely
_HOT, _WARM, _COLD = 3e-3, 1e-4, 3e-6  # of the bound
_HOT_EVERY = 6  # walks: the others go on from the incumbent
_LEAST_MU = 0.05
_INTENSE_HEATS = (3e-5, 1e-5)  # of the bound, in turns
_INTENSE_COLD = 1e-6
_INTENSE_STEPS = 50_000
_STEP_S = 1e-6  # what a step takes besides its window
_USUAL_WINDOW = 92  # intervals, the mean of 2 to 512 by size


class WindowLNS:
    """One walk through schedules; the best allowed one is kept.

    Attributes
    ----------
    best
        Link served in each active interval, -1 where none is, shape ``(A,)``.
    total
        Its bits; 0 while no allowed schedule is known.
    """

    def __init__(
        self,
        shares: TargetShares,
        *,
        kl_max: float,
        mu: float,
        scale: float,
        start: Integers,
    ) -> None:
        """Begin at a schedule that need not be allowed.

        Parameters
        ----------
        shares
            The target shares, of the targets of positive weight.
        kl_max
            Largest divergence [nats].
        mu
            Bits of total that a bit of excess costs, from the proof of the bound.
        scale
            Size of the total [bits]; the heat is a part of it.
        start
            Services, shape ``(A,)``.
        """
        problem, place = shares.delivery.problem, shares.delivery.position
        self._problem, self._place, self._wanted = problem, place, shares.wanted
        self._kl_max, self._mu, self._scale = kl_max - _MARGIN, max(mu, _LEAST_MU), scale
        self._bits = np.ascontiguousarray(problem.bits.T)
        self._service = np.array(start, dtype=np.int64)
        self._cells_per_step = min(_USUAL_WINDOW, start.size) * len(problem.links)
        self._turn, self._steps = 0, _FIRST_STEPS
        self.best: Integers = np.full(start.size, -1, dtype=np.int64)
        self.total = 0.0

    def run(self, random: np.random.Generator, stop: Callable[[], bool] = lambda: False) -> bool:
        """Walk once more, longer than before; say whether the incumbent is better.

        ``stop`` is called several times a second.
        """
        before = self.total
        hot = self._turn % _HOT_EVERY == 0
        if not hot and self.total:
            self._service[:] = self.best
        self._walk(_HOT if hot else _WARM, _COLD, self._steps, random, stop)
        self._steps = min(2 * self._steps, _MOST_STEPS)
        return self.total > before

    @property
    def effort_s(self) -> float:
        """About how long the next walk takes [s], by what it has to do."""
        return self._steps * (_STEP_S + CELL_S * self._cells_per_step)

    @property
    def intensify_effort_s(self) -> float:
        """The same of the next intensification [s]."""
        steps = min(_INTENSE_STEPS, 100 * self._service.size)
        return steps * (_STEP_S + CELL_S * self._cells_per_step)

    def intensify(
        self,
        service: Integers,
        total: float,
        random: np.random.Generator,
        stop: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Walk a little about an allowed schedule; say whether ``best`` is better than it."""
        self._service[:] = service
        self.best[:] = service
        self.total = total
        heat = _INTENSE_HEATS[self._turn % len(_INTENSE_HEATS)]
        self._walk(heat, _INTENSE_COLD, min(_INTENSE_STEPS, 100 * service.size), random, stop)
        return self.total > total

    def _walk(
        self,
        hot: float,
        cold: float,
        steps: int,
        random: np.random.Generator,
        stop: Callable[[], bool],
    ) -> None:
        for warm, cool, part in stages(
            hot * self._scale, cold * self._scale, steps, self._cells_per_step
        ):
            self.total = kernels.improve(
                self._bits,
                self._problem.interval,
                self._problem.tau,
                self._place,
                self._wanted,
                self._kl_max,
                self._mu,
                warm,
                cool,
                part,
                random,
                self._service,
                self.best,
                self.total,
            )
            if stop():
                break
        self._turn += 1
