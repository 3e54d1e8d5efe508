"""Large-neighbourhood search for rewards of targets: windows solved again at scattered prices.

No list of schedules is needed, so a walk reaches what lists leave out: in a week whose cities
share their passes a few seconds of it come within a few thousandths of the bound.
"""

from collections.abc import Callable

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.decomposition._lns_kernels import Scatter
from qkdopt.optimize.decomposition.reward_levels import RewardObjective, distant_goals
from qkdopt.optimize.decomposition.window_lns import WindowLNS
from qkdopt.optimize.objectives._energy_kernels import Data
from qkdopt.optimize.objectives.max_min import MaxMinObjective
from qkdopt.optimize.objectives.risk_rewards import LevelRisk

_FIRST_STEPS, _MOST_STEPS = 20_000, 1_000_000
_STEPS_PER_INTERVAL = 250  # of the second walk; the first is short, the later ones are longer
_DOUBLINGS = 2
_OCTAVES = 3.5  # windows of 2 to about 20 intervals
_NOISE = 0.3
_FAR_NOISE = 1.0  # where cities that have enough are worth nothing
_HOT, _WARM, _COLD = 5e-3, 1e-3, 1e-4  # of the bound
_ROUND = 4  # walks: one begins anew, hot; one stirs the incumbent; two change it less
_FINE_WARM, _FINE_COLD, _FINE_NOISE = 0.1, 1e-3, 0.1  # of the gap; where steps are few
_LEAST_GAP = 1e-9
_LEVELS = (1.0, 0.5, 0.2, 0.5, 0.1)  # of the way from the best level to the bound: a walk's goal
_LEAST = 0.9  # of the bound: no goal starts from less
_FREE = 1e-3  # of the mean price: the price in windows where it is 0


class RewardLNS(WindowLNS):
    """Walks that take turns; the best schedule is kept, and its value, -1 while there is none."""

    def __init__(
        self,
        objective: RewardObjective,
        prices: Floats,
        bound: float,
        start: Integers,
        *,
        lumpy: bool = False,
    ) -> None:
        """Take the objective's data; ``start`` need not meet lower bounds, shape ``(A,)``.

        ``lumpy``: a service may bring a target all that it needs. Then half of all walks see
        prices that are far apart.
        """
        self._objective, self._prices, self._bound = objective, prices, bound
        self._levelled = isinstance(objective, MaxMinObjective | LevelRisk)
        # What an interval is of a target's goal: a cooler walk takes no step back.
        apart = prices.size / max(1, start.size)
        self._hot = max(_HOT, apart) if self._levelled else _HOT
        data, guide = self._parts(prices, bound)
        self._lumpy, self._guides = lumpy, (guide, guide._replace(noise=_FAR_NOISE))
        super().__init__(
            objective.delivery, data, guide, scale=max(bound, 1.0),
            octaves=_OCTAVES, value=-1.0,
        )  # fmt: skip
        self._start = np.array(start, np.int64)
        self._turn = 0

    def _parts(self, prices: Floats, bound: float) -> tuple[Data, Scatter]:
        """Return the data of energy and prices."""
        mean = float(prices.mean()) or 1.0
        base = np.maximum(prices, _FREE * mean)
        return self._energy(prices, bound), Scatter(base, _NOISE)

    def _energy(self, prices: Floats, level: float) -> Data:
        """Return the data of the energy that seeks a level."""
        return distant_goals(self._objective, prices, level)

    def from_schedule(
        self,
        service: Integers,
        prices: Floats,
        bound: float,
        times: int,
        random: np.random.Generator,
        stop: Callable[[], bool],
    ) -> Integers | None:
        """Return the best allowed schedule of a short walk at other prices, ``None`` without any.

        ``times`` is its length in units of the shortest one.
        """
        self._data, self._guide = self._parts(prices, bound)
        self._scale, self.value = max(bound, 1.0), -1.0
        found = self.walk(np.array(service), (_WARM, _COLD), times * _FIRST_STEPS, random, stop)
        return self.best.copy() if found else None

    def adopt(self, service: Integers, value: float) -> None:
        """Go on from another schedule if it is better."""
        if value > self.value:
            self.best, self.value = np.array(service, np.int64), value

    def run(self, random: np.random.Generator, stop: Callable[[], bool] = lambda: False) -> bool:
        """Walk once more; say whether the best is better. ``stop`` is called now and then."""
        place = self._turn % _ROUND
        anew = self.value < 0 or (place == 0 and self._turn > 0)
        service = self._start.copy() if anew else self.best.copy()
        heats = (self._hot if place % 2 == 0 else self._hot * _WARM / _HOT, _COLD)
        self._guide = self._guides[self._turn // _ROUND % 2 if self._lumpy else 0]
        if self._levelled:
            self._data = self._energy(self._prices, self._goal())
            if place % 2 and not anew and self._few_steps:
                gap = max(1.0 - self.value / self._bound, _LEAST_GAP)
                heats = _FINE_WARM * gap, _FINE_COLD * gap
                self._guide = self._guide._replace(noise=_FINE_NOISE)
        better = self.walk(service, heats, self._steps(), random, stop)
        self._turn += 1
        return better

    def _goal(self) -> float:
        """Return the level that the next walk seeks.

        At the bound, targets that are easily served get there at the cost of the others.
        """
        known = max(self.value, _LEAST * self._bound)
        return known + _LEVELS[self._turn % len(_LEVELS)] * (self._bound - known)

    @property
    def effort_s(self) -> float:
        """About how long the next walk takes [s], by what it has to do."""
        return self.effort_of(self._steps())

    @property
    def _few_steps(self) -> bool:
        """Whether a walk is too short for all intervals to cool down from far above the gap."""
        return _STEPS_PER_INTERVAL * self._start.size > _MOST_STEPS

    def _steps(self) -> int:
        if self._turn == 0:
            return _FIRST_STEPS
        longer: int = 2 ** min(self._turn - 1, _DOUBLINGS)
        wanted = _STEPS_PER_INTERVAL * self._start.size * longer
        return min(max(wanted, _FIRST_STEPS), _MOST_STEPS)
