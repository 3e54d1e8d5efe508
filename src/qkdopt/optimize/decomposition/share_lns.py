"""Large-neighbourhood search for schedules of target shares: prices follow the divergence."""

import math
from collections.abc import Callable

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.decomposition._lns_kernels import Tangent
from qkdopt.optimize.decomposition.window_lns import WindowLNS
from qkdopt.optimize.decomposition.window_path import LONGEST
from qkdopt.optimize.objectives._energy_kernels import Shares
from qkdopt.optimize.objectives.shares import TargetShares

_FIRST_STEPS, _MOST_STEPS = 20_000, 320_000
_MOST_PER_INTERVAL = 5_000  # steps: more find nothing new where intervals are few
_LARGEST_WINDOW = 64  # intervals, or four hand-overs
_MARGIN = 1e-11  # a divergence of few terms is computed far more closely
# Visits of each interval during a walk: more than many allow it to forget where it began; where
# they are few it stays near.
_FEW_VISITS, _MANY_VISITS = 20, 10_000
# First and last heat, in what an interval of the bound delivers on average:
_FORGETTING, _HOT, _WARM, _COOL = (10.0, 0.5), (5.0, 0.1), (0.1, 4e-3), (1.3, 0.07)
_COLD, _END = 4e-3, 8  # hot walks go on until cold, for one in so many of their steps
_INTENSE_HEATS = (0.04, 1.2e-3), (0.012, 1.2e-3)  # in turns
_LEAST_MU = 0.05
_DEAR = 2.0  # times mu: what a bit of excess costs, and the steepest tangent
_NOISE = 0.3
_INTENSE_STEPS = 50_000
_SHORT_STEPS, _SHORT_HOT, _SHORT_HEATS = 20_000, (3e-3, 3e-6), (3e-5, 1e-6)  # of the total
_NEAR_SLOPES, _NEAR_NOISE, _NEAR_DEAR = (0.8, 1.2), 0.1, 1.5  # times mu where that is known


def _octaves(shares: TargetShares) -> float:
    """Return the octaves from a window of two intervals to the largest one."""
    largest = max(_LARGEST_WINDOW, 4 * shares.delivery.problem.tau)
    return math.log2(min(LONGEST, largest)) - 1.0


class ShareLNS(WindowLNS):
    """One walk through schedules; the best allowed one is kept, and its total, 0 without any."""

    def __init__(
        self, shares: TargetShares, *, kl_max: float, mu: float, scale: float, start: Integers
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
            Size of the total [bits]; heats are parts of what an interval of it delivers.
        start
            Services, shape ``(A,)``.
        """
        limit, dear = kl_max - _MARGIN, _DEAR * max(mu, _LEAST_MU)
        zeros = np.zeros(shares.wanted.size)
        super().__init__(
            shares.delivery, Shares(shares.wanted, limit, dear, zeros, zeros),
            Tangent(shares.wanted, limit, 0.0, dear, _NOISE),
            scale=scale / max(1, start.size), octaves=_octaves(shares), value=0.0,
        )  # fmt: skip
        self._service = np.array(start, np.int64)
        self._most_steps = min(_MOST_STEPS, max(1, _MOST_PER_INTERVAL * self._service.size))
        self._turn, self._intense_turn = 0, 0
        self._steps = min(_FIRST_STEPS, self._most_steps)

    def run(self, random: np.random.Generator, stop: Callable[[], bool] = lambda: False) -> bool:
        """Walk once more, longer than before; say whether the incumbent is better.

        ``stop`` is called several times a second.
        """
        better = False
        if self._visits < _MANY_VISITS and self._turn % 2 and self.value:
            self._service[:] = self.best
        for heats, steps in self._parts():
            if not stop():
                better |= self.walk(self._service, heats, steps, random, stop)
        self._steps = min(2 * self._steps, self._most_steps)
        self._turn += 1
        return better

    @property
    def _visits(self) -> float:
        return self._steps * self.usual_window / max(1, self._service.size)

    def _parts(self) -> list[tuple[tuple[float, float], int]]:
        """Return heats and steps of the next walk, part by part."""
        steps, visits = self._steps, self._visits
        if visits < _FEW_VISITS:
            return [(_COOL, steps)]
        if visits < _MANY_VISITS and self._turn % 2:
            return [(_WARM, steps)]
        hot = _HOT if visits < _MANY_VISITS else _FORGETTING
        return [(hot, steps), ((hot[1], _COLD), steps // _END)]

    @property
    def effort_s(self) -> float:
        """About how long the next walk takes [s], by what it has to do."""
        return sum(self.effort_of(steps) for _, steps in self._parts())

    @property
    def intensify_effort_s(self) -> float:
        """The same of the next intensification [s]."""
        return self.effort_of(self._intense_steps)

    @property
    def _intense_steps(self) -> int:
        return min(_INTENSE_STEPS, 100 * self._service.size)

    def intensify(
        self,
        service: Integers,
        total: float,
        random: np.random.Generator,
        stop: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Walk a little about an allowed schedule; say whether ``best`` is better than it."""
        self.best[:] = service
        self.value = total
        heats = _INTENSE_HEATS[self._intense_turn % len(_INTENSE_HEATS)]
        self._intense_turn += 1
        return self.walk(service.copy(), heats, self._intense_steps, random, stop)


class ShortShareLNS(WindowLNS):
    """Short walks from schedules that are good at multipliers, but match no shares."""

    def __init__(self, shares: TargetShares, kl_max: float) -> None:
        """Take the target shares, and the largest divergence [nats]."""
        self._shares, self._limit = shares, kl_max - _MARGIN
        super().__init__(
            shares.delivery, *self._parts_near(_LEAST_MU, anew=True), scale=1.0,
            octaves=_octaves(shares), value=0.0,
        )  # fmt: skip

    def from_schedule(
        self,
        service: Integers,
        mu: float,
        times: int,
        random: np.random.Generator,
        stop: Callable[[], bool],
        *,
        anew: bool,
    ) -> Integers | None:
        """Return the best allowed schedule of a walk, ``None`` without any.

        ``times`` is its length in units of the shortest one; ``anew`` is for a start that owes
        nothing to multipliers, and a ``mu`` that is a guess.
        """
        self._data, self._guide = self._parts_near(max(mu, _LEAST_MU), anew=anew)
        self._scale = max(1.0, float(self._shares.delivery.totals(service).sum()))
        self.value = 0.0
        heats = _SHORT_HOT if anew else _SHORT_HEATS
        found = self.walk(np.array(service), heats, times * _SHORT_STEPS, random, stop)
        return self.best.copy() if found else None

    def _parts_near(self, mu: float, *, anew: bool) -> tuple[Shares, Tangent]:
        """Return the data of energy and prices: near ``mu``, or anywhere up to twice that."""
        wanted, limit = self._shares.wanted, self._limit
        (flat, steep), noise, dear = _NEAR_SLOPES, _NEAR_NOISE, _NEAR_DEAR
        if anew:
            (flat, steep), noise, dear = (0.0, _DEAR), _NOISE, _DEAR
        zeros = np.zeros(wanted.size)
        return (
            Shares(wanted, limit, dear * mu, zeros, zeros),
            Tangent(wanted, limit, flat * mu, steep * mu, noise),
        )
