"""Least divergence at a wanted total, between the bounds and the schedules of targeted delivery.

If no schedule whose divergence is at most ``d`` delivers ``F`` bits, because the prices ``a, mu``
of S-TD(d) bound its total below ``F``, then no schedule with ``F`` bits has a divergence below
``d``; the proof is ``a + d`` and ``nu = 1 / mu``. Every schedule with ``F`` bits that S-TD finds at
a somewhat larger divergence is a candidate. Halving the distance brings both together.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from fractions import Fraction
from typing import Any

import numpy as np

from qkdopt.claims import Ended
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers.decomposition.blocks import Blocks
from qkdopt.optimize.solvers.decomposition.bound import Bound, best_bound
from qkdopt.optimize.solvers.decomposition.decompose import compile_kernels, decompose
from qkdopt.optimize.solvers.decomposition.pricing import Oracle
from qkdopt.optimize.solvers.decomposition.shares import Shares
from qkdopt.optimize.solvers.dynamic import best_schedule
from qkdopt.optimize.solvers.options import SolverOptions
from qkdopt.optimize.strategies import LeastDivergence, TargetedDelivery
from qkdopt.timegrid import plain_decimal

__all__ = ["Least", "LeastRun", "divergence_text", "find_least"]

_DECIMALS = Decimal("1e-12")
_ANYTHING = "999"  # nats: a divergence that allows whatever goes to targets of positive weight
_AT_ONCE = 1e-9  # seconds: nothing but the first schedule
_FIRST_SHARE = 0.2  # of the time goes to a first schedule that meets floors
_NEAR = 1e-6  # nats: near enough
_BOUND_STEPS = 24
_MOST_SEARCHES = 16
_FIRST_STEP = 3e-4  # relative: so much of the total the first search may miss
_SEARCH_SHARE = 0.4  # of what is left of the time goes to one search


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


def find_least(
    problem: SchedulingProblem,
    strategy: LeastDivergence,
    options: SolverOptions,
    floors: Sequence[int] = (),
    improve: Callable[[LeastRun], None] | None = None,
) -> Least:
    """Return the schedule of least divergence that delivers enough, a bound, and its proof.

    With ``floors``, bits by target, there may be no schedule; the reason says whether that is
    proved. ``improve`` looks for schedules instead of targeted delivery, once the bound is there.

    Raises
    ------
    InputError
        When the problem has no weights.
    """
    try:
        compile_kernels()
    except KeyboardInterrupt:
        at_once = replace(options, time_limit=_AT_ONCE)
        found = _find(problem, strategy, at_once, floors, improve)
        found.ended = Ended.INTERRUPTED
        return found
    return _find(problem, strategy, options, floors, improve)


def _find(
    problem: SchedulingProblem,
    strategy: LeastDivergence,
    options: SolverOptions,
    floors: Sequence[int],
    improve: Callable[[LeastRun], None] | None,
) -> Least:
    began = time.perf_counter()
    shares = Shares.create(problem, TargetedDelivery("0"), floors)
    ones = np.ones(len(problem.links), np.int64)
    most = best_schedule(problem, ones)[1]
    wanted = max(1, math.ceil(Fraction(strategy.fraction) * most))
    found = Least(wanted)
    nothing = ["0/1"] * len(problem.targets)
    found.proof = {"kind": "prices", "a": nothing, "nu": "0/1"}
    if any(floors):
        found.proof["floors"] = nothing
    allowed = _most_allowed(problem, shares, options, found, floors)
    if allowed is None:
        return found
    run = LeastRun(problem, shares, options, found, began, floors)
    run.offer(allowed)
    try:
        run.raise_bounds()
        (improve or LeastRun.search)(run)
    except KeyboardInterrupt:
        found.ended = Ended.INTERRUPTED
    found.seconds["solve"] = time.perf_counter() - began
    return found


def _most_allowed(
    problem: SchedulingProblem,
    shares: Shares,
    options: SolverOptions,
    found: Least,
    floors: Sequence[int],
) -> Schedule | None:
    """Return a schedule that delivers enough, or say in ``found`` why there is none."""
    best: Schedule | None
    if any(floors):
        limit = options.time_limit
        first = replace(
            options, time_limit=None if limit is None else _FIRST_SHARE * limit, progress=None
        )
        most = decompose(problem, TargetedDelivery(_ANYTHING), first, floors)
        best, reach = most.schedule, most.bound or 0
        if best is None:
            found.ended, found.reason = most.ended, most.reason
            return None
    else:
        best, reach = best_schedule(problem, (shares.position >= 0).astype(np.int64))
    if reach < found.wanted:
        found.reason = (
            f"infeasible: the targets of positive weight get at most {reach:,} bits, "
            f"the fraction asks for {found.wanted:,}"
        )
        return None
    if sum(best.delivered(problem)) < found.wanted:
        found.reason = "no schedule that meets the floors and delivers enough was found"
        return None
    return best


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
        began: float,
        floors: Sequence[int] = (),
    ) -> None:
        self.problem, self.shares, self.options = problem, shares, options
        self.found, self.began, self.floors = found, began, floors
        self._per_total = 1.0  # nats by which the bound rises with the logarithm of the total

    def raise_bounds(self) -> None:
        """Raise the bound as far as prices show it."""
        low, high = 0.0, float(self.found.value)
        for _ in range(_BOUND_STEPS):
            if high - low <= _NEAR * max(1.0, 10 * high) or self.left() <= 0:
                break
            middle = 0.5 * (low + high)
            if self._raise_bound(middle):
                low = middle
            else:
                high = middle

    def search(self) -> None:
        """Look for schedules by targeted delivery just above the bound."""
        low = float(self.found.bound)
        step = _FIRST_STEP * self._per_total
        for _ in range(_MOST_SEARCHES):
            high = float(self.found.value)
            if high - float(self.found.bound) <= _NEAR:
                return
            if self.left() <= 0:
                self.found.ended = Ended.TIME_LIMIT
                return
            middle = low + min(step, (high - low) / 2)
            limit = _SEARCH_SHARE * self.left()
            options = replace(
                self.options, time_limit=None if math.isinf(limit) else limit, progress=None
            )
            strategy = TargetedDelivery(_rounded(middle, ROUND_CEILING))
            better = self.offer(decompose(self.problem, strategy, options, self.floors).schedule)
            step = step / 2 if better else step * 4
        self.found.ended = Ended.ITERATION_LIMIT

    def offer(self, schedule: Schedule | None) -> bool:
        """Take a schedule that delivers enough at less divergence; say whether it did."""
        if schedule is None:
            return False
        delivered = schedule.delivered(self.problem)
        if sum(delivered) < self.found.wanted:
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
        blocks = Blocks.create(shares)
        bound = best_bound(blocks, Oracle(blocks))
        if bound.value >= self.found.wanted or bound.exact.mu == 0:
            return False
        if Decimal(text) > Decimal(self.found.bound):
            self.found.bound, self.found.proof = text, _proof(bound, Fraction(text))
            self._per_total = 1.0 / bound.prices.mu
            self._tell()
        return True

    def left(self) -> float:
        """Return the time that is left [s], infinite without a limit."""
        limit = self.options.time_limit
        return math.inf if limit is None else limit - (time.perf_counter() - self.began)

    def _tell(self) -> None:
        if self.options.progress is not None:
            seconds = time.perf_counter() - self.began
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
