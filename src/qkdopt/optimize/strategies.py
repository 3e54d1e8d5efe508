"""What a schedule is asked to be good at."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.errors import InputError, NotBuiltYetError
from qkdopt.timegrid import plain_decimal

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

_USUAL_DIVERGENCE = "0.01"
_LARGEST_DIVERGENCE = 1000
_MOST_DECIMALS = 30


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


@dataclass(frozen=True)
class TargetedDelivery(Strategy):
    """S-TD: maximise the total while its shares match the weights (paper 1).

    Shares ``p_n = E_n / S`` match within ``kl_max`` when ``sum_n p_n ln(p_n / q_n) <= kl_max``
    with ``q_n = w_n / sum w`` (nats); a target of weight 0 gets nothing. Delivering nothing is
    allowed and means that nothing can be delivered that close.

    Parameters
    ----------
    kl_max
        Largest divergence [nats], >= 0: decimal text, an integer, a decimal, or a float, which
        is taken as it prints. Kept as its one plain spelling: ``"1e-2"`` becomes ``"0.01"``.

    Raises
    ------
    InputError
        When ``kl_max`` is not a finite decimal >= 0 below 1000 with at most 30 decimals.
    """

    kl_max: str
    name: ClassVar[str] = "td"

    def __init__(self, kl_max: object) -> None:
        object.__setattr__(self, "kl_max", _plain_divergence(kl_max))

    def document(self) -> dict[str, Any]:
        """Return name and divergence as they stand in a certificate."""
        return {"name": self.name, "kl_max": self.kl_max}


def _plain_divergence(value: object) -> str:
    expected = "a decimal number of nats, 0 <= kl_max < 1000, at most 30 decimals"
    try:
        divergence = Decimal(str(value).strip() if not isinstance(value, bool) else "none")
    except InvalidOperation as error:
        raise InputError("kl_max", value, expected) from error
    if not divergence.is_finite() or not 0 <= divergence < _LARGEST_DIVERGENCE:
        raise InputError("kl_max", value, expected)
    plain = plain_decimal(divergence)
    if len(plain.partition(".")[2]) > _MOST_DECIMALS:
        raise InputError("kl_max", value, expected)
    return plain


class _Later(Strategy):
    """A strategy whose mathematics is designed and whose code is not here yet."""

    def __init__(self, *given: object, **settings: object) -> None:
        raise NotBuiltYetError(
            f"strategy {self.name} is not built yet; this version has {', '.join(_BUILT)}"
        )


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
    strategy.name: strategy for strategy in (GeneralDelivery, PrioritisedDelivery, TargetedDelivery)
}
_LATER: dict[str, type[Strategy]] = {
    strategy.name: strategy for strategy in (LeastDivergence, BalancedDelivery, CappedDelivery)
}


def strategy_named(name: str, kl_max: object = None) -> Strategy:
    """Return the strategy with the short name ``name``.

    Parameters
    ----------
    name
        ``gd``, ``pd``, ``td``.
    kl_max
        For ``td``: largest divergence [nats], 0.01 unless given.

    Raises
    ------
    InputError
        When there is no such strategy, or it has no divergence to limit.
    NotBuiltYetError
        When it is designed but not built.
    """
    known = _BUILT | _LATER
    if name not in known:
        raise InputError("strategy", name, f"one of {', '.join(_BUILT)}")
    if known[name] is TargetedDelivery:
        return TargetedDelivery(_USUAL_DIVERGENCE if kl_max is None else kl_max)
    if kl_max is not None:
        raise InputError("kl_max", kl_max, f"none with strategy {name}")
    return known[name]()
