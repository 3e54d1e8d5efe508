"""One run for least divergence: bounds by prices, schedules by targeted delivery and walks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from fractions import Fraction
from typing import Any

import numpy as np

from qkdopt.certificates import Ended, ended_at
from qkdopt.deadline import Deadline
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers.decomposition.bound import Bound, best_bound
from qkdopt.optimize.solvers.decomposition.decompose import decompose
from qkdopt.optimize.solvers.decomposition.shares import Shares
from qkdopt.optimize.solvers.options import SolverOptions
from qkdopt.optimize.solvers.window_search import WindowWalk
from qkdopt.optimize.strategies import TargetedDelivery
from qkdopt.timegrid import plain_decimal

__all__ = ["Least", "LeastRun", "divergence_text"]

_DECIMALS = Decimal("1e-12")
_NEAR = 1e-6  # nats: near enough
_BOUND_STEPS = 24
_MOST_SEARCHES = 16
_FIRST_STEP = 3e-4  # relative: so much of the total the first search may miss
_SEARCH_SHARE = 0.4  # of what is left of the time goes to one search
_MOST_POLISHED = 60  # walks about the best schedule in one go
_POLISHED_IN_VAIN = 8
_POLISHED_PART = 0.3  # of the way to the bound is asked of the first walk


@dataclass(eq=False)
class Least:
    """What there is in the end.

    Attributes
    ----------
    value, bound
        Divergence of the schedule, rounded up, and its lower bound, as decimal text [nats].
    wanted
        ``F``: bits that the schedule has to deliver.
    """

    wanted: int
    ended: Ended = Ended.FINISHED
    schedule: Schedule | None = None
    value: str = ""
    bound: str = "0"
    proof: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    reason: str = ""


class LeastRun:
    """One run: the bound first, then schedules, each taken if it is better.

    Attributes
    ----------
    shares
        What is asked, at a divergence of 0.
    """

    def __init__(
        self,
        problem: SchedulingProblem,
        shares: Shares,
        options: SolverOptions,
        found: Least,
        deadline: Deadline,
        floors: Sequence[int] = (),
    ) -> None:
        self.problem, self.shares, self.options = problem, shares, options
        self.found, self.deadline, self.floors = found, deadline, floors
        self._random = np.random.default_rng(options.seed)
        self._per_total = 1.0  # nats by which the bound rises with the logarithm of the total

    def raise_bounds(self) -> None:
        """Raise the bound as far as prices show it."""
        low, high = 0.0, float(self.found.value)
        for _ in range(_BOUND_STEPS):
            if high - low <= _NEAR * max(1.0, 10 * high) or self.deadline.expired():
                break
            middle = 0.5 * (low + high)
            if self._raise_bound(middle):
                low = middle
            else:
                high = middle

    def search(self) -> None:
        """Look for schedules by targeted delivery just above the bound, polishing what is found.

        A search that ends without a schedule of enough bits shows that there is none so near;
        no certificate says so, but the next one asks for anything nearer than what is known.
        """
        low = float(self.found.bound)
        step = _FIRST_STEP * self._per_total
        for _ in range(_MOST_SEARCHES):
            high = float(self.found.value)
            if high - low <= _NEAR:
                return
            if self.deadline.expired():
                self.found.ended = ended_at(self.deadline)
                return
            middle = high - _NEAR / 2 if math.isinf(step) else low + min(step, (high - low) / 2)
            options = replace(self.options.within(self._turn()), progress=None)
            strategy = TargetedDelivery(_rounded(middle, ROUND_CEILING))
            tried = decompose(self.problem, strategy, options, self.floors, self.found.wanted)
            if self.offer(tried.schedule):
                self.polish(low)
                step = min(step, high - low) / 2
            else:
                step *= 4
                if tried.schedule is None and tried.ended is Ended.FINISHED:
                    low, step = middle, math.inf
        self.found.ended = Ended.ITERATION_LIMIT

    def polish(self, low: float) -> None:
        """Walk about the best schedule, at divergences between ``low`` and its own."""
        failed, part = 0, _POLISHED_PART
        for _ in range(_MOST_POLISHED):
            known, high = self.found.schedule, float(self.found.value)
            if known is None or high - low <= _NEAR or self.deadline.expired():
                return
            if self.problem.operations:
                return  # windows know no operations
            walk = WindowWalk(
                self.problem,
                place=self.shares.position,
                wanted=self.shares.wanted,
                kl_max=high - part * (high - low),
                mu=1.0 / self._per_total,
                scale=float(self.found.wanted),
                start=known.service,
            )
            if walk.polish(
                known.service, self.found.wanted - 1.0, self._random, self.deadline.expired
            ):
                self.offer(Schedule(walk.best))
                failed = 0
            else:
                failed, part = failed + 1, part / 2
            if failed == _POLISHED_IN_VAIN:
                return

    def offer(self, schedule: Schedule | None) -> bool:
        """Take a schedule that delivers enough at less divergence; say whether it did."""
        if schedule is None or not schedule.is_legal(self.problem):
            return False
        delivered = schedule.delivered(self.problem)
        if sum(delivered) < self.found.wanted or any(
            bits < least for bits, least in zip(delivered, self.floors, strict=False)
        ):
            return False
        value = divergence_text(delivered, self.problem.weights or ())
        if self.found.value and Decimal(value) >= Decimal(self.found.value):
            return False
        self.found.schedule, self.found.value = schedule, value
        self._tell()
        return True

    def _raise_bound(self, divergence: float) -> bool:
        """Try to prove that enough bits cannot be had within a divergence."""
        text = _rounded(divergence, ROUND_FLOOR)
        if text == "0":
            return False
        shares = Shares.create(self.problem, TargetedDelivery(text), self.floors)
        pricing = PricingProblem(Blocks.create(shares.delivery))
        bound = best_bound(shares, pricing, stop=self.deadline.expired)
        if bound.value >= self.found.wanted or bound.exact.mu == 0:
            return False
        if Decimal(text) > Decimal(self.found.bound):
            self.found.bound, self.found.proof = text, _proof(bound, Fraction(text))
            self._per_total = 1.0 / bound.prices.mu
            self._tell()
        return True

    def _turn(self) -> Deadline:
        """Return the deadline of one search."""
        left = self.deadline.remaining()
        return self.deadline if math.isinf(left) else self.deadline.at_most(_SEARCH_SHARE * left)

    def _tell(self) -> None:
        if self.options.progress is not None:
            seconds = self.deadline.elapsed()
            self.options.progress(seconds, float(self.found.value), float(self.found.bound))


def _proof(bound: Bound, divergence: Fraction) -> dict[str, Any]:
    nu = 1 / bound.exact.mu
    a = [x + divergence for x in bound.exact.a]
    floors = {"floors": [_text(nu * x) for x in bound.exact.nu]} if bound.exact.nu else {}
    return {"kind": "prices", "a": [_text(x) for x in a], "nu": _text(nu), **floors}


def _text(number: Fraction) -> str:
    return f"{number.numerator}/{number.denominator}"


def divergence_text(delivered: tuple[int, ...], weights: tuple[int, ...]) -> str:
    """Return ``KL(E / S || q)`` [nats] as decimal text, rounded up to twelve decimals.

    Something is delivered, and nothing to targets of weight 0.
    """
    total, all_weights = sum(delivered), sum(weights)
    pairs = list(zip(delivered, weights, strict=True))
    if all(e * all_weights == w * total for e, w in pairs):
        return "0"
    with localcontext() as context:
        context.prec = 60
        exact = sum(
            (
                Decimal(e) / total * (Decimal(e * all_weights) / Decimal(w * total)).ln()
                for e, w in pairs
                if e
            ),
            Decimal(0),
        )
        return plain_decimal((exact + _DECIMALS / 1000).quantize(_DECIMALS, ROUND_CEILING))


def _rounded(number: float, rounding: str) -> str:
    return plain_decimal(Decimal(number).quantize(_DECIMALS, rounding))
