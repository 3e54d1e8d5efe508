"""Strategies that use bits: one aim, or for balanced delivery two, and how each is stated."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from qkdopt.certificates import Ended, ended_by
from qkdopt.deadline import Deadline
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

_FIRST_TURN_S = 0.5  # of work: the first of two aims begins, and gets twice as much each turn
_SECOND_SHARE = 1 / 3  # of what the first got


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
    deadline = options.running()
    tell = _told(deadline, options)
    if strategy.name == BalancedDelivery.name:
        outcome = _balanced(problem, strategy, options, deadline)
    else:
        aim = Pursuit(
            uses_of(problem, strategy), stated_for(problem, strategy), seed=options.seed,
            deadline=deadline, tell=tell,
        )  # fmt: skip
        _work(aim, deadline)
        aim.finish()
        bound = None if aim.bound is None else int(aim.bound)
        outcome = UsesOutcome(aim.ended, aim.schedule, bound, aim.proof, aim.nodes)
        if aim.schedule is None:
            outcome.reason = too_much(aim.bound is None)
    outcome.seconds["solve"] = deadline.elapsed()
    return outcome


def _told(
    deadline: Deadline, options: SolverOptions
) -> Callable[[float | None, float | None], None]:
    """Return a reporter that never takes back a bound."""
    least = math.inf

    def report(worth: float | None, bound: float | None) -> None:
        nonlocal least
        least = least if bound is None else min(least, bound)
        if options.progress is not None:
            shown = max(least, worth or 0.0)
            seconds = deadline.elapsed()
            options.progress(seconds, worth, None if math.isinf(shown) else shown)

    return report


def _work(aim: Pursuit, deadline: Deadline, effort_s: float = math.inf) -> None:
    """Go on with an aim; an interrupt ends whatever shares the deadline."""
    try:
        aim.run(effort_s)
    except KeyboardInterrupt as stopped:
        aim.ended, aim.done = ended_by(stopped, deadline), True


def _balanced(
    problem: SchedulingProblem, strategy: Strategy, options: SolverOptions, deadline: Deadline
) -> UsesOutcome:
    """Pursue both aims in turns, each turn twice as long as the one before.

    The turns do not depend on the time limit, and the second aim begins anew only where the
    first one is better: more time never ends worse.
    """
    common = uses_of(problem, strategy)
    first = Pursuit(
        common, stated_for(problem, strategy), seed=options.seed, deadline=deadline,
        tell=_told(deadline, options),
    )  # fmt: skip
    second, reached, turn_s = None, Fraction(-1), _FIRST_TURN_S
    while True:
        _work(first, deadline, turn_s)
        if first.schedule is not None:
            if second is None or (first.worth or Fraction(0)) > reached:
                reached = first.worth or Fraction(0)
                second = _second(problem, common, first, options, deadline)
            _work(second, deadline, math.inf if first.done else _SECOND_SHARE * turn_s)
        if first.done and (second is None or second.done):
            break
        turn_s *= 2
    first.finish()
    if first.schedule is None or second is None:
        reason = too_much(first.bound is None)
        return UsesOutcome(first.ended, None, None, {}, first.nodes, reason)
    second.finish()
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


def _second(
    problem: SchedulingProblem, common: Uses, first: Pursuit, options: SolverOptions,
    deadline: Deadline,
) -> Pursuit:  # fmt: skip
    """Return the second aim's pursuit from what the first one has reached."""
    uses, stated = balanced_total(problem, common, first.worth or Fraction(0))
    return Pursuit(
        uses, stated, seed=options.seed, deadline=deadline, tell=_told(deadline, options),
        start=first.schedule, questions=first.questions,
    )  # fmt: skip


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
    problem: SchedulingProblem, strategy: Strategy, stop: Callable[[], bool] = lambda: False
) -> tuple[int | None, dict[str, Any]]:
    """Return the bound of prices alone and its proof, for methods that have none of their own."""
    root = uses_bound(uses_of(problem, strategy), stop=stop)
    proof = proof_by_prices(root.exact, stated_for(problem, strategy))
    return int(root.value), proof


def _text(number: Fraction) -> str:
    return f"{Fraction(number).numerator}/{Fraction(number).denominator}"
