"""Strategies that use bits: one aim, or for balanced delivery two, and how each is stated."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from qkdopt.claims import Ended
from qkdopt.optimize.floors import base_of
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers.options import SolverOptions
from qkdopt.optimize.solvers.uses.bound import uses_bound
from qkdopt.optimize.solvers.uses.proof import Stated, proof_by_prices
from qkdopt.optimize.solvers.uses.pursuit import Pursuit
from qkdopt.optimize.solvers.uses.reach import too_much
from qkdopt.optimize.strategies import (
    BalancedDelivery,
    CappedDelivery,
    PairedDelivery,
    Strategy,
)
from qkdopt.optimize.uses import SeparateUses, Uses, uses_of

__all__ = [
    "UsesOutcome",
    "balanced_total",
    "price_proof",
    "pursue_strategy",
    "stated_for",
    "too_much",
]

_FIRST_SHARE = 0.75  # of the time goes to the first of two aims


@dataclass(eq=False)
class UsesOutcome:
    """What there is in the end; no schedule when no floor-keeping one was found.

    Attributes
    ----------
    bound
        As in the certificate: a whole number, or ``{"t": ..., "total": ...}``.
    """

    ended: Ended
    schedule: Schedule | None
    bound: int | dict[str, Any] | None
    proof: dict[str, Any]
    nodes: int
    reason: str = ""
    seconds: dict[str, float] = field(default_factory=dict)


def pursue_strategy(
    problem: SchedulingProblem, strategy: Strategy, options: SolverOptions
) -> UsesOutcome:
    """Return a schedule for caps, floors or balanced delivery, a bound, and what proves it.

    Raises
    ------
    InputError
        When the problem lacks weights or demand, or a floor names an unknown target.
    """
    began = time.perf_counter()
    clock = _Clock(began, options)
    if strategy.name == BalancedDelivery.name:
        outcome = _balanced(problem, strategy, options, clock)
    else:
        aim = _pursued(uses_of(problem, strategy), stated_for(problem, strategy), options, clock)
        bound = None if aim.bound is None else int(aim.bound)
        outcome = UsesOutcome(aim.ended, aim.schedule, bound, aim.proof, aim.nodes)
        if aim.schedule is None:
            outcome.reason = too_much(aim.bound is None)
    outcome.seconds["solve"] = time.perf_counter() - began
    return outcome


class _Clock:
    """Deadlines by part, and progress with the time since the beginning."""

    def __init__(self, began: float, options: SolverOptions) -> None:
        self.began, self.options = began, options

    def deadline(self, share: float = 1.0) -> float | None:
        """Return the instant at which a share of the time is used up."""
        limit = self.options.time_limit
        return None if limit is None else self.began + share * limit

    def tell(self) -> Callable[[float | None, float | None], None]:
        """Return a reporter that never takes back a bound."""
        least = math.inf

        def report(worth: float | None, bound: float | None) -> None:
            nonlocal least
            least = least if bound is None else min(least, bound)
            if self.options.progress is not None:
                shown = max(least, worth or 0.0)
                seconds = time.perf_counter() - self.began
                self.options.progress(seconds, worth, None if math.isinf(shown) else shown)

        return report


def _pursued(
    uses: Uses,
    stated: Stated,
    options: SolverOptions,
    clock: _Clock,
    share: float = 1.0,
    before: Pursuit | None = None,
) -> Pursuit:
    aim = Pursuit(
        uses,
        stated,
        seed=options.seed,
        deadline=clock.deadline(share),
        tell=clock.tell(),
        start=None if before is None else before.schedule,
        questions=None if before is None else before.questions,
    )
    try:
        aim.run()
    except KeyboardInterrupt:
        aim.ended = Ended.INTERRUPTED
    aim.finish()
    return aim


def _balanced(
    problem: SchedulingProblem, strategy: Strategy, options: SolverOptions, clock: _Clock
) -> UsesOutcome:
    common = uses_of(problem, strategy)
    first = _pursued(common, stated_for(problem, strategy), options, clock, _FIRST_SHARE)
    if first.schedule is None:
        reason = too_much(first.bound is None)
        return UsesOutcome(first.ended, None, None, {}, first.nodes, reason)
    reached = first.worth or Fraction(0)
    second_uses, stated = balanced_total(problem, common, reached)
    second = _pursued(second_uses, stated, options, clock, 1.0, first)
    kinds = {first.proof["kind"], second.proof["kind"]}
    if kinds == {"prices"}:
        proof = {**first.proof, **second.proof}
    else:
        proof = {"kind": "tree", "t": _as_tree(first.proof), "total": _as_tree(second.proof)}
    ended = first.ended if first.ended is not Ended.FINISHED else second.ended
    bound = {
        "t": _text(max(first.bound or reached, reached)),
        "total": int(max(second.bound or 0, second.worth or 0)),
    }
    return UsesOutcome(ended, second.schedule, bound, proof, first.nodes + second.nodes)


def _as_tree(proof: dict[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in proof.items() if key != "kind"}
    return rest if proof["kind"] == "tree" else {"prices": [rest], "tree": [0]}


def balanced_total(
    problem: SchedulingProblem, common: Uses, reached: Fraction
) -> tuple[SeparateUses, Stated]:
    """Return the second aim of balanced delivery: bits, with ``t`` no smaller than reached."""
    targets = len(problem.targets)
    floors = [
        max(Fraction(0), reached * common.need[0].get(n, Fraction(0)) - common.stock[n])
        for n in range(targets)
    ]
    if common.floors:
        floors = [max(pair) for pair in zip(floors, map(Fraction, common.floors), strict=True)]
    uses = SeparateUses.create(problem, [1] * targets, floors, [None] * targets)
    return uses, lambda exact: {"nu": [_text(price - 1) for price in exact]}


def stated_for(problem: SchedulingProblem, strategy: Strategy) -> Stated:
    """Return how the strategy's certificate states prices per bit."""
    base = base_of(strategy)
    if isinstance(base, CappedDelivery) and base is not strategy:
        return _capped_with_floors
    if isinstance(base, BalancedDelivery | PairedDelivery) and base is not strategy:
        own = "floors" if isinstance(base, BalancedDelivery) else "nu"
        targets = len(problem.targets)
        return lambda exact: {
            "lambda": [_text(price) for price in exact[:targets]],
            own: [_text(price) for price in exact[targets:]],
        }
    if isinstance(base, BalancedDelivery | CappedDelivery | PairedDelivery):
        return lambda exact: {"lambda": [_text(price) for price in exact]}
    cost = uses_of(problem, strategy).cost
    return lambda exact: {"nu": [_text(p - c) for p, c in zip(exact, cost, strict=True)]}


def _capped_with_floors(exact: Sequence[Fraction]) -> dict[str, Any]:
    return {
        "lambda": [_text(min(price, Fraction(1))) for price in exact],
        "nu": [_text(max(price - 1, Fraction(0))) for price in exact],
    }


def price_proof(
    problem: SchedulingProblem, strategy: Strategy
) -> tuple[int | None, dict[str, Any]]:
    """Return the bound of prices alone and its proof, for methods that have none of their own."""
    root = uses_bound(uses_of(problem, strategy))
    proof = proof_by_prices(root.exact, stated_for(problem, strategy))
    return int(root.value), proof


def _text(number: Fraction) -> str:
    return f"{Fraction(number).numerator}/{Fraction(number).denominator}"
