"""Where least divergence begins: what total is wanted, and a schedule that delivers it.

Where satellites contend for receivers the largest total of all schedules is the optimum of S-GD by
branch and price, so it may be known only to lie between a value and a bound. Schedules then
deliver what is enough at the bound, and no schedule that delivers what is wanted at the value is
nearer than what is proved: both hold whatever the largest total is.
"""

from decimal import Decimal

import numpy as np

from qkdopt.certificates import ended_by
from qkdopt.deadline import Deadline
from qkdopt.errors import SolverError
from qkdopt.optimize.closures import without_cells
from qkdopt.optimize.decomposition.branch_and_price import BranchAndPrice
from qkdopt.optimize.domain.longest_path import optimum
from qkdopt.optimize.exchange.parameters import SolverParameters
from qkdopt.optimize.exchange.result import SolverResult
from qkdopt.optimize.form import Form
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.objectives.base import ConcaveObjective
from qkdopt.optimize.objectives.least_divergence import LeastDivergenceObjective
from qkdopt.optimize.objectives.shares import unwanted
from qkdopt.optimize.prices_file import StartingPrices
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.strategy import Strategy
from qkdopt.optimize.strategy_names import strategy_named

_TOTAL_SHARE = 0.5  # of the time for the largest total at most
_FIRST_SHARE = 0.75  # of the time for the first schedule and what was before, at most
_ANYTHING = Decimal(999)  # nats: allows whatever goes to targets of positive weight


def first_enough(
    problem: SchedulingProblem,
    strategy: Strategy,
    deadline: Deadline,
    seed: int,
    parameters: SolverParameters,
    prices: StartingPrices | None = None,
) -> tuple[LeastDivergenceObjective, SolverResult]:
    """Return the objective, and a schedule that delivers enough, or why there is none.

    The result has what is known of the largest total where the verifier cannot compute it.

    Raises
    ------
    InputError
        When the problem has no weights.
    SolverError
        For another strategy.
    """
    if strategy.form is not Form.LEAST_DIVERGENCE:
        raise SolverError(f"strategy {strategy.name} wants no total")
    floors = strategy.floors(problem)
    if why := unwanted(problem, floors):
        objective = LeastDivergenceObjective.create(problem, 1)
        return objective, SolverResult(proof={}, reason=f"infeasible: {why}")
    if problem.receivers is None:
        objective = LeastDivergenceObjective.of_strategy(problem, strategy, floors)
        found = _first_alone(objective)
    else:
        objective = LeastDivergenceObjective.of_strategy(problem, strategy, floors)
        if prices is not None and prices.target:
            objective.multipliers_at(np.array(prices.target))  # refuses, before any work
        total = objective_of(problem, strategy_named(strategy.refers_to))
        most = _largest_total(total, deadline, seed, parameters, prices)
        if most.schedule is None:
            return objective, most
        known = most.value, most.bound
        objective = LeastDivergenceObjective.of_strategy(problem, strategy, floors, known)
        found = SolverResult(schedule=most.schedule, most=most)
    if found.reason or _is_enough(objective, found.schedule):
        return objective, found
    return objective, _searched(objective, found, deadline, seed, parameters)


def _is_enough(objective: LeastDivergenceObjective, schedule: Schedule | None) -> bool:
    """Say whether a schedule delivers enough, and nothing to targets that do not count."""
    if schedule is None or objective.value(objective.delivered(schedule).tolist()) is None:
        return False
    return _only_counted(objective, schedule)


def _only_counted(objective: LeastDivergenceObjective, schedule: Schedule) -> bool:
    every = sum(schedule.delivered(objective.problem))
    return int(objective.delivered(schedule).sum()) == every


def _first_alone(objective: LeastDivergenceObjective) -> SolverResult:
    """Return the schedule of most bits for targets that count, which one longest path finds."""
    problem, wanted = objective.problem, objective.wanted_total
    closed = np.zeros(problem.bits.shape, bool)
    closed[objective.delivery.position < 0] = True
    best = optimum(without_cells(problem, closed), np.ones(len(problem.links), np.int64))
    if best is not None and best[1] >= wanted:
        return SolverResult(schedule=best[0])
    most = 0 if best is None else best[1]
    reason = (
        f"infeasible: the targets of positive weight get at most {most:,} bits, "
        f"the fraction asks for {wanted:,}"
    )
    return SolverResult(proof={}, reason=reason)


def _largest_total(
    objective: ConcaveObjective,
    deadline: Deadline,
    seed: int,
    parameters: SolverParameters,
    prices: StartingPrices | None,
) -> SolverResult:
    """Return the S-GD optimum where satellites share receivers, or what encloses it."""
    aim = BranchAndPrice(
        objective, seed=seed,
        deadline=deadline.part(_TOTAL_SHARE), parameters=parameters,
    )  # fmt: skip
    aim.prices = prices
    _work(aim, deadline)
    value, bound = aim.incumbent.value, aim.bound
    if value is None or bound is None:
        reason = objective.infeasibility_message(proved=bound is None)
        return SolverResult(ended=aim.ended, proof={}, reason=reason)
    return SolverResult(
        ended=aim.ended, schedule=aim.incumbent.schedule, value=int(value), bound=int(bound),
        proof=aim.proof,
    )  # fmt: skip


def _searched(
    objective: LeastDivergenceObjective,
    first: SolverResult,
    deadline: Deadline,
    seed: int,
    parameters: SolverParameters,
) -> SolverResult:
    """Return any schedule that delivers enough, by branch and price, or why there is none."""
    start, enough, floors = (
        first.schedule,
        objective.enough,
        objective.shares.by_target(objective.bounds),
    )
    if start is not None and not _only_counted(objective, start):
        start = None
    aim = BranchAndPrice(
        objective.targeted(_ANYTHING),
        seed=seed, deadline=deadline.part(_FIRST_SHARE), start=start,
        feasibility_only=True, parameters=parameters,
    )  # fmt: skip
    _work(aim, deadline)
    schedule, most, reason = aim.incumbent.schedule, first.most, ""
    if schedule is None:
        what = f"delivers {enough:,} bits to targets of positive weight"
        what += " and meets the lower bounds" if any(floors) else ""
        proved = aim.bound is None and enough == objective.wanted_total
        reason = f"infeasible: no schedule {what}" if proved else f"none was found that {what}"
        if most is not None and most.value < most.bound:
            reason += f"; the largest total is {most.value:,} to {most.bound:,}"
    return SolverResult(ended=aim.ended, schedule=schedule, proof={}, reason=reason, most=most)


def _work(aim: BranchAndPrice, deadline: Deadline) -> None:
    """Work to the end, which Ctrl-C may bring."""
    try:
        aim.solve()
    except KeyboardInterrupt as stopped:
        aim.ended, aim.done = ended_by(stopped, deadline), True
    aim.finish()
