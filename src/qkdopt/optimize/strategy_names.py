"""Strategies by their short names, and in forms that certificates can state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.errors import InputError, SolverError
from qkdopt.optimize import strategies
from qkdopt.optimize.form import Form
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategy import LinearStrategy, Strategy

__all__ = ["StatedCoefficients", "certifiable", "strategies_of", "strategy_named"]

_USUAL_DIVERGENCE = "0.01"
_USUAL_FRACTION = "0.9"

_STRATEGIES: dict[str, type[Strategy]] = {
    strategy.name: strategy
    for strategy in (
        strategies.GeneralDelivery,
        strategies.PrioritisedDelivery,
        strategies.TargetedDelivery,
        strategies.LeastDivergence,
        strategies.BalancedDelivery,
        strategies.CappedDelivery,
        strategies.PairedDelivery,
        strategies.FairDelivery,
    )
}


def strategies_of(forms: Iterable[Form]) -> tuple[str, ...]:
    """Return the short names of the strategies whose objectives have one of the forms."""
    wanted = frozenset(forms)
    return tuple(name for name, strategy in _STRATEGIES.items() if strategy.form in wanted)


@dataclass(frozen=True)
class StatedCoefficients(LinearStrategy):
    """A linear objective as its coefficients state it, one for each link."""

    numbers: tuple[int, ...]
    name: ClassVar[str] = "linear"

    def coefficients(self, problem: SchedulingProblem) -> Integers:
        """Return the numbers, int64, shape ``(N,)``."""
        return np.array(self.numbers, np.int64)

    def settings(self) -> dict[str, object]:
        """Return the coefficients."""
        return {"coefficients": list(self.numbers)}


def certifiable(problem: SchedulingProblem, strategy: Strategy) -> Strategy:
    """Return a strategy in a form that a certificate can state.

    A linear strategy that is not this package's own is stated by its coefficients.

    Raises
    ------
    InputError
        For coefficients that are no whole numbers, and for any other strategy that is not this
        package's own: a name does not say what its objective is.
    SolverError
        For lower bounds with a linear strategy that is not this package's own.
    """
    if type(strategy) in (*_STRATEGIES.values(), StatedCoefficients):
        return strategy
    if isinstance(strategy, LinearStrategy):
        if strategy.lower_bounds:
            raise SolverError("floors with a linear strategy of your own cannot be certified")
        return StatedCoefficients(tuple(strategy.whole_coefficients(problem).tolist()))
    expected = f"one of {', '.join(_STRATEGIES)}, or a LinearStrategy of your own"
    raise InputError("strategy", type(strategy).__name__, expected)


def strategy_named(
    name: str | None = None, kl_max: object = None, fraction: object = None
) -> Strategy:
    """Return the strategy with the short name ``name``, without one the first of them.

    Parameters
    ----------
    name
        ``gd``, ``pd``, ``td``, ``least``, ``balanced``, ``capped``, ``paired``,
        ``fair``.
    kl_max
        For ``td``: largest divergence [nats], 0.01 unless given.
    fraction
        For ``least``: share of the S-GD optimum, 0.9 unless given.

    Raises
    ------
    InputError
        When there is no such strategy, or it has no such setting.
    """
    name = name or next(iter(_STRATEGIES))
    if name not in _STRATEGIES:
        raise InputError("strategy", name, f"one of {', '.join(_STRATEGIES)}")
    if kl_max is not None and name != strategies.TargetedDelivery.name:
        raise InputError("kl_max", kl_max, f"none with strategy {name}")
    if fraction is not None and name != strategies.LeastDivergence.name:
        raise InputError("fraction", fraction, f"none with strategy {name}")
    if name == strategies.TargetedDelivery.name:
        return strategies.TargetedDelivery(_USUAL_DIVERGENCE if kl_max is None else kl_max)
    if name == strategies.LeastDivergence.name:
        return strategies.LeastDivergence(_USUAL_FRACTION if fraction is None else fraction)
    return _STRATEGIES[name]()
