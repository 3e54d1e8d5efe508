"""Strategies by branch and price: one objective, for balanced delivery two in turns."""

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from qkdopt.certificates import Ended, ended_by
from qkdopt.deadline import Deadline
from qkdopt.optimize.decomposition.branch_and_price import BranchAndPrice, Report
from qkdopt.optimize.decomposition.enough_bits import first_enough
from qkdopt.optimize.decomposition.warm_up import warm_up
from qkdopt.optimize.exchange.parameters import USUAL, SolverParameters
from qkdopt.optimize.exchange.result import SolverResult
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.objectives.base import ConcaveObjective
from qkdopt.optimize.objectives.least_divergence import LeastDivergenceObjective
from qkdopt.optimize.objectives.max_min import MaxMinObjective, balanced_total
from qkdopt.optimize.prices_file import StartingPrices
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.strategies import Strategy

_FIRST_TURN_S = 0.5  # of work: the first of two objectives begins, and gets twice as much each turn
_SECOND_SHARE = 1 / 3  # of what the first got
_STEPS_OF_FIRST = 0.7  # of a verifier's steps, that a proof of the first may take while it is open

_Progress = Callable[[float, float | None, float | None], None]


class _Run:
    """What all objectives of one strategy share."""

    def __init__(
        self,
        problem: SchedulingProblem,
        strategy: Strategy,
        deadline: Deadline,
        seed: int,
        start: Schedule | None,
        progress: _Progress | None,
        parameters: SolverParameters,
        prices: StartingPrices | None,
    ) -> None:
        self.problem, self.strategy, self.deadline = problem, strategy, deadline
        self.seed, self.start, self.progress = seed, start, progress
        self.parameters, self.prices = parameters, prices

    def reporter(self, objective: ConcaveObjective) -> Report:
        """Return a reporter that never takes back a bound."""
        least = math.inf

        def report(value: float | None, bound: float | None) -> None:
            nonlocal least
            least = least if bound is None else min(least, bound)
            if self.progress is None:
                return
            shown = max(least, -math.inf if value is None else value)
            known = None if value is None else objective.reported(value)
            some = None if math.isinf(shown) else objective.reported(shown)
            self.progress(self.deadline.elapsed(), known, some)

        return report

    def aim(self, objective: ConcaveObjective, **further: Any) -> BranchAndPrice:
        """Return branch and price for one objective."""
        given = {"start": self.start, **further}
        return BranchAndPrice(
            objective, seed=self.seed, deadline=self.deadline, report=self.reporter(objective),
            parameters=self.parameters, **given,
        )  # fmt: skip

    def work(self, aim: BranchAndPrice, effort_s: float = math.inf) -> None:
        """Go on with an objective; an interrupt ends whatever shares the deadline."""
        try:
            aim.solve(effort_s)
        except KeyboardInterrupt as stopped:
            aim.ended, aim.done = ended_by(stopped, self.deadline), True

    def single(self, objective: ConcaveObjective, **further: Any) -> SolverResult:
        """Solve one objective."""
        aim = self.aim(objective, **further)
        aim.prices = self.prices
        self.work(aim)
        aim.finish()
        return _result(aim)


def solve_strategy(
    problem: SchedulingProblem,
    strategy: Strategy,
    running: Callable[[], Deadline] = Deadline,
    *,
    seed: int = 0,
    start: Schedule | None = None,
    progress: _Progress | None = None,
    parameters: SolverParameters = USUAL,
    prices: StartingPrices | None = None,
) -> SolverResult:
    """Return a schedule, a bound, and what proves the bound.

    ``running`` gives the deadline once kernels are compiled: a time limit is for searching.
    ``prices`` are where the bound (of two objectives, the first) begins.
    With lower bounds there may be no schedule; the reason says whether that is proved.

    Raises
    ------
    InputError
        When the problem lacks what the strategy needs, or a lower bound names an unknown target.
    """
    objective = objective_of(problem, strategy)
    try:
        shared = problem.receivers is not None
        warm_up(
            strategy.name,
            exact=objective.exact,
            shared=shared,
            rules=shared and bool(problem.rules),
            scenarios=problem.in_scenarios,
        )
        deadline = running()
    except KeyboardInterrupt:
        deadline = Deadline()
        deadline.request_stop()  # nothing but the first bound
    run = _Run(problem, strategy, deadline, seed, start, progress, parameters, prices)
    if isinstance(objective, MaxMinObjective):
        result = _balanced(run, objective)
    elif isinstance(objective, LeastDivergenceObjective):
        result = _least(run)
    else:
        result = run.single(objective)
    result.seconds["solve"] = deadline.elapsed()
    return result


def _result(aim: BranchAndPrice) -> SolverResult:
    objective, schedule = aim.objective, aim.incumbent.schedule
    reason = aim.reason
    if schedule is None:
        reason = objective.infeasibility_message(proved=aim.bound is None)
        if aim.reason:
            who = "lower bounds" if objective.has_lower_bounds else "locks"
            reason = f"infeasible: {aim.reason}, which the {who} do not allow"
    bound = None if aim.bound is None else objective.written_bound(aim.bound)
    return SolverResult(
        ended=aim.ended, schedule=schedule, bound=bound, proof=aim.proof, reason=reason,
        details={"nodes": aim.nodes} if aim.nodes else {},
    )  # fmt: skip


def _balanced(run: _Run, common: MaxMinObjective) -> SolverResult:
    """Pursue both objectives in turns, each turn twice as long as the one before.

    The turns do not depend on the time limit, and the second objective begins anew only where the
    first one is better: more time never ends worse.
    """
    whole = run.parameters.branch_and_bound.proof_steps
    run.parameters = _with_proof_steps(run.parameters, _STEPS_OF_FIRST * whole)
    first = run.aim(common)
    run.parameters = _with_proof_steps(run.parameters, (1.0 - _STEPS_OF_FIRST) * whole)
    first.prices = run.prices
    second: BranchAndPrice | None = None
    reached, turn_s = Fraction(-1), _FIRST_TURN_S
    while True:
        run.work(first, turn_s)
        value = first.incumbent.value
        if value is not None:
            if second is None or value > reached:
                reached = value
                if first.done and "plans" in first.proof:
                    rest = whole - first.listed.plans.steps
                    run.parameters = _with_proof_steps(run.parameters, rest)
                second = run.aim(
                    balanced_total(common, reached), start=first.incumbent.schedule,
                    branching=first.branching,
                )  # fmt: skip
            run.work(second, math.inf if first.done else _SECOND_SHARE * turn_s)
        if first.done and (second is None or second.done):
            break
        turn_s *= 2
    first.finish()
    if second is None:
        return _result(first)
    second.finish()
    ended = first.ended if first.ended is not Ended.FINISHED else second.ended
    total = second.incumbent.value or Fraction(0)
    bound = {
        "t": common.written_bound(max(first.bound or reached, reached)),
        "total": int(max(second.bound or 0, total)),
    }
    proof = balanced_proof(first.proof, second.proof)
    nodes = first.nodes + second.nodes
    return SolverResult(
        ended=ended, schedule=second.incumbent.schedule, bound=bound, proof=proof,
        details={"nodes": nodes} if nodes else {},
    )  # fmt: skip


def _with_proof_steps(parameters: SolverParameters, steps: float) -> SolverParameters:
    """Let a proof have so many of a verifier's steps: two parts of a certificate share them."""
    tree = replace(parameters.branch_and_bound, proof_steps=steps)
    return replace(parameters, branch_and_bound=tree)


def balanced_proof(first: dict[str, object], second: dict[str, object]) -> dict[str, object]:
    """Return the proof of both objectives of balanced delivery.

    Prices of receivers are those of one objective, so the objectives stay apart with them.
    """
    in_both = first.keys() & second.keys() - {"kind"}
    kinds = {first["kind"], second["kind"]}
    if kinds == {"prices"} and {"capacity", "components"} & (first.keys() | second.keys()):
        return {"kind": "prices", "t": _without_kind(first), "total": _without_kind(second)}
    if kinds == {"prices"} and not in_both:
        return {**first, **second}
    return {"kind": "tree", "t": _as_tree(first), "total": _as_tree(second)}


def _without_kind(proof: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in proof.items() if key != "kind"}


def _as_tree(proof: dict[str, object]) -> dict[str, object]:
    """Return a proof as that of one objective: a tree unless it has components."""
    rest = _without_kind(proof)
    if proof["kind"] == "tree" or not proof.keys().isdisjoint(("components", "deliveries")):
        return rest
    return {"prices": [rest], "tree": [0]}


def _least(run: _Run) -> SolverResult:
    """Solve least divergence from a first schedule that delivers enough."""
    objective, first = first_enough(
        run.problem, run.strategy, run.deadline, run.seed, run.parameters, run.prices
    )
    if first.schedule is None:
        return first
    result = run.single(objective, start=first.schedule)
    result.details["wanted"], result.most = objective.wanted_total, first.most
    return result
