"""Walks between rounds of column generation, where satellites share receivers.

A longest path takes long there, and all the time may pass before multipliers are good. So a walk
comes first: what its schedule delivers says about where multipliers are. Later walks begin at what
the restricted master mixes, so there is a schedule at every moment, and add columns to mix.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import singledispatch

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.decomposition.reward_lns import RewardLNS
from qkdopt.optimize.decomposition.share_lns import ShortShareLNS
from qkdopt.optimize.objectives.base import Multipliers
from qkdopt.optimize.objectives.max_min import MaxMinObjective
from qkdopt.optimize.objectives.targeted import TargetedObjective

_ROUNDS = 6  # of column generation between two walks
_STALLED = 0.01  # of the gap: where the bound falls by less between two walks, it is near enough
_TYPICAL_SPREAD = 1.1  # of prices: about what multipliers of target shares come to
_MU_TRIED = 0.4, 0.75  # times the guess
_MOST_MU = 1e3
_GUESSES = 3  # of mu, each twice the one before
_LONGER_EVERY, _LONGEST = 4, 8  # walks: the next ones take a step more for each; at most so long


class ColumnWalks(ABC):
    """Walks for one objective; the schedules that they find are columns, too.

    Attributes
    ----------
    rounds
        Of column generation between two walks.
    """

    rounds = _ROUNDS

    def __init__(self) -> None:
        self._bound, self._value, self._turn = np.inf, 0.0, 0

    @abstractmethod
    def begin(self, service: Integers) -> tuple[Integers | None, list[Multipliers]]:
        """Walk from some schedule; return the best one, and multipliers that suit it."""

    @abstractmethod
    def between(self, best: Multipliers, bound: float, mixed: Integers) -> Integers | None:
        """Walk from what the master mixes, at the best multipliers; return the best schedule."""

    def enough(self, bound: float) -> bool:
        """Say whether the bound has hardly fallen since this was asked last, given the gap."""
        fallen, self._bound = self._bound - bound, bound
        return fallen < _STALLED * (bound - self._value)

    def _next_length(self) -> int:
        """Return the length of the next walk, in units of the first one's."""
        self._turn += 1
        return min(1 + (self._turn - 1) // _LONGER_EVERY, _LONGEST)


class LevelWalks(ColumnWalks):
    """Walks towards the largest common level."""

    def __init__(
        self, objective: MaxMinObjective, random: np.random.Generator, stop: Callable[[], bool]
    ) -> None:
        super().__init__()
        self._objective, self._random, self._stop = objective, random, stop
        self._walk: RewardLNS | None = None

    def begin(self, service: Integers) -> tuple[Integers | None, list[Multipliers]]:
        """Wait for multipliers: a level asks for more than any price of one round says."""
        return None, []

    def between(self, best: Multipliers, bound: float, mixed: Integers) -> Integers | None:
        """Walk near what the master mixes."""
        if self._walk is None:
            self._walk = RewardLNS(self._objective, best.per_bit, bound, mixed)
        found = self._walk.from_schedule(
            mixed, best.per_bit, bound, self._next_length(), self._random, self._stop
        )
        self._value = max(self._value, self._walk.value)
        return found


class ShareWalks(ColumnWalks):
    """Walks towards target shares."""

    def __init__(
        self, objective: TargetedObjective, random: np.random.Generator, stop: Callable[[], bool]
    ) -> None:
        super().__init__()
        self._objective, self._random, self._stop = objective, random, stop
        kl_max = float(objective.kl_max)
        self._walk = ShortShareLNS(objective.shares, kl_max)
        self._guess = min(_TYPICAL_SPREAD / np.sqrt(2.0 * kl_max), _MOST_MU)

    def begin(self, service: Integers) -> tuple[Integers | None, list[Multipliers]]:
        """Walk at guesses of ``mu``; the slopes of the shares reached are those of multipliers."""
        objective = self._objective
        for _ in range(_GUESSES):
            if (found := self._walked(service, self._guess, anew=True)) is not None:
                break
            self._guess *= 2.0
        else:
            return None, []
        bits = objective.delivery.totals(found).astype(float)
        slope = objective.shares.slopes(bits) - float(objective.kl_max)
        none = objective.first_multipliers()[1 + slope.size :]
        mus = [part * self._guess for part in _MU_TRIED]
        tried = [np.concatenate([[mu], mu * slope, none]) for mu in mus]
        return found, [Multipliers.near(objective, vector) for vector in tried]

    def between(self, best: Multipliers, bound: float, mixed: Integers) -> Integers | None:
        """Walk near what the master mixes, or farther while there is no schedule."""
        mu, anew = self._objective.mu(best.vector), not self._value
        return self._walked(mixed, max(mu, self._guess) if anew else mu, anew=anew)

    def _walked(self, service: Integers, mu: float, *, anew: bool) -> Integers | None:
        times = self._next_length()
        found = self._walk.from_schedule(service, mu, times, self._random, self._stop, anew=anew)
        self._value = max(self._value, self._walk.value)
        return found


@singledispatch
def walks_for(
    objective: object, random: np.random.Generator, stop: Callable[[], bool]
) -> ColumnWalks | None:
    """Return the walks that suit an objective, ``None`` where there are none."""
    return None


@walks_for.register
def _(
    objective: TargetedObjective, random: np.random.Generator, stop: Callable[[], bool]
) -> ColumnWalks | None:
    if objective.exact or objective.problem.rules or objective.problem.receivers is None:
        return None
    return ShareWalks(objective, random, stop)


@walks_for.register
def _(
    objective: MaxMinObjective, random: np.random.Generator, stop: Callable[[], bool]
) -> ColumnWalks | None:
    if objective.problem.rules or objective.problem.receivers is None:
        return None
    return LevelWalks(objective, random, stop)
