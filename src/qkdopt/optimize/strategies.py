"""What a schedule is asked to be good at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.errors import InputError, NotBuiltYetError

if TYPE_CHECKING:
    from qkdopt.optimize.problem import SchedulingProblem

__all__ = [
    "BalancedDelivery",
    "CappedDelivery",
    "GeneralDelivery",
    "LeastDivergence",
    "LinearStrategy",
    "PrioritisedDelivery",
    "Strategy",
    "TargetedDelivery",
    "strategy_named",
]


class Strategy:
    """An objective (and its side conditions) for one scheduling problem.

    Attributes
    ----------
    name
        Short name in certificates and on the command line.
    """

    name: ClassVar[str]

    def document(self) -> dict[str, Any]:
        """Return the strategy as it stands in a certificate."""
        return {"name": self.name}


class LinearStrategy(Strategy):
    """Maximise ``sum_n c_n E_n`` for integers ``c_n >= 0``, one for each target."""

    def coefficients(self, problem: SchedulingProblem) -> Integers:
        """Return ``c_n`` of each link's target, int64, shape ``(N,)``."""
        raise NotImplementedError


@dataclass(frozen=True)
class GeneralDelivery(LinearStrategy):
    """S-GD: maximise the total number of delivered bits (paper 1)."""

    name: ClassVar[str] = "gd"

    def coefficients(self, problem: SchedulingProblem) -> Integers:
        """Return ones, int64, shape ``(N,)``."""
        return np.ones(len(problem.links), dtype=np.int64)


@dataclass(frozen=True)
class PrioritisedDelivery(LinearStrategy):
    """S-PD: maximise the total weighted by the targets' traffic weights (paper 1)."""

    name: ClassVar[str] = "pd"

    def coefficients(self, problem: SchedulingProblem) -> Integers:
        """Return the weight of each link's target, int64, shape ``(N,)``.

        Raises
        ------
        InputError
            When the problem has no weights.
        """
        if problem.weights is None:
            raise InputError("weights", "none", "a weight for every target (strategy pd)")
        return np.array([problem.weights[target] for target in problem.link_target], np.int64)


class _Later(Strategy):
    """A strategy whose mathematics is designed and whose code is not here yet."""

    def __init__(self, **settings: object) -> None:
        raise NotBuiltYetError(
            f"strategy {self.name} is not built yet; this version has {', '.join(_BUILT)}"
        )


class TargetedDelivery(_Later):
    """S-TD: maximise the total while proportions match the weights (not built yet)."""

    name = "td"


class LeastDivergence(_Later):
    """Least divergence at a wanted share of the S-GD optimum (not built yet)."""

    name = "least"


class BalancedDelivery(_Later):
    """Largest balanced consumption, then the total (not built yet)."""

    name = "balanced"


class CappedDelivery(_Later):
    """Largest total up to each target's demand (not built yet)."""

    name = "capped"


_BUILT: dict[str, type[Strategy]] = {
    strategy.name: strategy for strategy in (GeneralDelivery, PrioritisedDelivery)
}
_LATER: dict[str, type[Strategy]] = {
    strategy.name: strategy
    for strategy in (TargetedDelivery, LeastDivergence, BalancedDelivery, CappedDelivery)
}


def strategy_named(name: str) -> Strategy:
    """Return the strategy with the short name ``name``.

    Raises
    ------
    InputError
        When there is no such strategy.
    NotBuiltYetError
        When it is designed but not built.
    """
    known = _BUILT | _LATER
    if name not in known:
        raise InputError("strategy", name, f"one of {', '.join(_BUILT)}")
    return known[name]()
