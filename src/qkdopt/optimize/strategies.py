"""What a schedule is asked to be good at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.errors import InputError
from qkdopt.optimize.decimals import plain_decimal_up_to
from qkdopt.optimize.form import Form
from qkdopt.optimize.strategy import (
    Bounded,
    LinearStrategy,
    Strategy,
    Uncertain,
    is_linear,
    with_floors,
)
from qkdopt.timegrid import plain_decimal

if TYPE_CHECKING:
    from qkdopt.optimize.problem import SchedulingProblem

__all__ = [
    "BalancedDelivery",
    "CappedDelivery",
    "FairDelivery",
    "GeneralDelivery",
    "LeastDivergence",
    "LinearStrategy",
    "PairedDelivery",
    "PrioritisedDelivery",
    "Strategy",
    "TargetedDelivery",
    "is_linear",
    "with_floors",
]

_LARGEST_DIVERGENCE = 1000


@dataclass(frozen=True)
class GeneralDelivery(Uncertain, Bounded, LinearStrategy):
    """S-GD: maximise the total number of delivered bits (paper 1)."""

    name: ClassVar[str] = "gd"
    heading: ClassVar[str] = "S-GD"
    asks: ClassVar[str] = "as many bits as possible, whatever their target"

    def coefficients(self, problem: SchedulingProblem) -> Integers:
        """Return ones, int64, shape ``(N,)``."""
        return np.ones(len(problem.links), dtype=np.int64)


@dataclass(frozen=True)
class PrioritisedDelivery(Uncertain, Bounded, LinearStrategy):
    """S-PD: maximise the total weighted by the targets' traffic weights (paper 1)."""

    name: ClassVar[str] = "pd"
    heading: ClassVar[str] = "S-PD"
    asks: ClassVar[str] = "the largest total weighted by traffic"

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
class TargetedDelivery(Bounded, Strategy):
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
    heading: ClassVar[str] = "S-TD(@)"
    asks: ClassVar[str] = (
        "as many bits as possible while the shares stay within KL ≤ @ of the traffic"
    )
    setting: ClassVar[str] = "kl_max"
    form: ClassVar[Form | None] = Form.TARGETED

    def __init__(self, kl_max: object, *, lower_bounds: Mapping[str, object] | None = None) -> None:
        expected = "a decimal number of nats, 0 <= kl_max < 1000, at most 30 decimals"
        below = Decimal(_LARGEST_DIVERGENCE).next_minus()
        exact = plain_decimal_up_to(below, kl_max, "kl_max", expected)
        object.__setattr__(self, "kl_max", plain_decimal(exact))
        object.__setattr__(self, "lower_bounds", lower_bounds or {})
        self.__post_init__()

    @classmethod
    def usual(cls, setting: object = None) -> Self:
        """Return the strategy at a divergence, 0.01 unless given."""
        return cls("0.01" if setting is None else setting)


@dataclass(frozen=True)
class LeastDivergence(Bounded, Strategy):
    """Least divergence from the weights at a wanted share of the most bits.

    Among the schedules that deliver at least ``fraction`` of the S-GD optimum (and a bit), and
    nothing to targets of weight 0, the one whose shares are nearest to the weights.

    Parameters
    ----------
    fraction
        0 <= fraction <= 1: decimal text, an integer, a decimal, or a float, which is taken as
        it prints. Kept as its one plain spelling.

    Raises
    ------
    InputError
        For anything else.
    """

    fraction: str
    name: ClassVar[str] = "least"
    heading: ClassVar[str] = "least divergence"
    asks: ClassVar[str] = (
        "shares as close to the traffic as possible at a given part of the largest total"
    )
    setting: ClassVar[str] = "fraction"
    form: ClassVar[Form | None] = Form.LEAST_DIVERGENCE
    refers_to: ClassVar[str] = "gd"
    searched_by: ClassVar[tuple[str, ...]] = ("gd", "td")

    def __init__(
        self, fraction: object, *, lower_bounds: Mapping[str, object] | None = None
    ) -> None:
        expected = "a decimal number, 0 <= fraction <= 1, at most 30 decimals"
        exact = plain_decimal_up_to(Decimal(1), fraction, "fraction", expected)
        object.__setattr__(self, "fraction", plain_decimal(exact))
        object.__setattr__(self, "lower_bounds", lower_bounds or {})
        self.__post_init__()

    @classmethod
    def usual(cls, setting: object = None) -> Self:
        """Return the strategy at a fraction, 0.9 unless given."""
        return cls("0.9" if setting is None else setting)


@dataclass(frozen=True)
class BalancedDelivery(Uncertain, Bounded, Strategy):
    """Largest balanced consumption, then the largest total.

    First ``t = min (b_n + E_n) W / w_n`` over the targets of weight > 0, with the problem's stock
    ``b``: so many bits can be consumed in exact proportion to the weights. Then, among the
    schedules that reach no smaller ``t``, the most delivered bits. In cloud scenarios there is only
    the first: ``t`` of each scenario, under a risk.
    """

    name: ClassVar[str] = "balanced"
    asks: ClassVar[str] = (
        "the largest consumption, in proportion to traffic, that every city can sustain"
    )
    form: ClassVar[Form | None] = Form.PIECEWISE_LINEAR


@dataclass(frozen=True)
class CappedDelivery(Uncertain, Bounded, Strategy):
    """Largest total up to each target's demand: surplus is worth nothing.

    Parameters
    ----------
    demand
        Whole bits by target name, for every target; ``None`` takes the problem's own.
        :func:`qkdopt.solve` puts it into the problem that it certifies.
    """

    demand: Mapping[str, object] | None = None
    name: ClassVar[str] = "capped"
    asks: ClassVar[str] = "as many bits as possible, without counting bits beyond a city's demand"
    form: ClassVar[Form | None] = Form.PIECEWISE_LINEAR

    def caps(self, problem: SchedulingProblem) -> tuple[int, ...]:
        """Return the demand of every target [bits].

        Raises
        ------
        InputError
            When there is none.
        """
        demand = self.stated_in(problem).demand
        if demand is None:
            raise InputError("demand", "none", "bits for every target (strategy capped)")
        return demand

    def stated_in(self, problem: SchedulingProblem) -> SchedulingProblem:
        """Return the problem with the strategy's own demand, if it has one."""
        return problem.having(demand=self.demand)


@dataclass(frozen=True)
class PairedDelivery(Bounded, Strategy):
    """Largest set of pairwise keys that an XOR relay can make of the delivered bits.

    The value counts *shared* bits ``sum_{i<j} y_ij``; each consumes two delivered bits, one at
    either end: ``sum_j y_ij <= b_i + E_i`` with the problem's stock ``b``, and a pair has no use
    for more than its traffic, ``y_ij <= T_ij``.

    Parameters
    ----------
    traffic
        For every target its row: shared bits wanted by the other target's name, the same both
        ways, 0 with itself; ``None`` takes the problem's own. :func:`qkdopt.solve` puts it into
        the problem that it certifies.
    """

    traffic: Mapping[str, Mapping[str, object]] | None = None
    name: ClassVar[str] = "paired"
    asks: ClassVar[str] = "as many shared bits of pairs of cities as possible; each takes two"
    form: ClassVar[Form | None] = Form.PIECEWISE_LINEAR

    def matrix(self, problem: SchedulingProblem) -> tuple[tuple[int, ...], ...]:
        """Return the bits that each pair wants, shape ``(targets, targets)``.

        Raises
        ------
        InputError
            When there are none.
        """
        traffic = self.stated_in(problem).traffic
        if traffic is None:
            raise InputError("traffic", "none", "bits for every pair (strategy paired)")
        return traffic

    def stated_in(self, problem: SchedulingProblem) -> SchedulingProblem:
        """Return the problem with the strategy's own traffic, if it has some."""
        return problem.having(traffic=self.traffic)


@dataclass(frozen=True)
class FairDelivery(Bounded, Strategy):
    """Proportionally fair delivery: maximise ``sum_n w_n ln(E_n)`` over targets with ``w_n > 0``.

    Every target of positive weight has to get some bits; where one can never be served, there is
    no schedule. Among all mixtures of schedules, the optimum is where no other delivery is better
    by a positive sum of weighted relative changes (Kelly, Maulloo and Tan 1998).
    """

    name: ClassVar[str] = "fair"
    heading: ClassVar[str] = "proportionally fair"
    asks: ClassVar[str] = (
        "proportionally fair delivery: the largest sum of logarithms of the bits of each city, "
        "weighted by traffic"
    )
    form: ClassVar[Form | None] = Form.CONCAVE
