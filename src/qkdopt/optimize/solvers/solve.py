"""The only place that knows which solver is used for what, and writes certificates."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from typing import Any

from qkdopt import plugins
from qkdopt.certificates import Ended, Outcome
from qkdopt.deadline import Deadline, interruptible
from qkdopt.errors import InputError, NotBuiltYetError, SolverError
from qkdopt.optimize.certified import certificate_of
from qkdopt.optimize.closures import without_closures
from qkdopt.optimize.floors import FlooredDelivery, base_of, floors_of
from qkdopt.optimize.limits import contradiction
from qkdopt.optimize.pair_uses import PairUses
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers.foreign import (
    ForeignSolver,
    foreign_method,
    name_of,
    plugin_method,
)
from qkdopt.optimize.solvers.found import Found, infeasible
from qkdopt.optimize.solvers.genetic import GeneticSettings
from qkdopt.optimize.solvers.methods import SOLVERS, Method, default_solver
from qkdopt.optimize.solvers.options import Progress, SolverOptions
from qkdopt.optimize.strategies import (
    BalancedDelivery,
    LeastDivergence,
    LinearStrategy,
    PairedDelivery,
    Strategy,
    TargetedDelivery,
    certifiable,
)
from qkdopt.optimize.uses import uses_of
from qkdopt.plugins import plugin_names

__all__ = ["SOLVERS", "solve"]


def solve(
    problem: SchedulingProblem,
    strategy: Strategy,
    *,
    solver: str | ForeignSolver | None = None,
    formulation: str | None = None,
    mip_solver: str | None = None,
    time_limit: float | None = None,
    seed: int = 0,
    threads: int = 1,
    progress: Progress | None = None,
    start: Schedule | None = None,
    genetic: GeneticSettings | None = None,
) -> Outcome:
    """Return the best schedule that a solver finds, with its certificate.

    ======================= ==================================== ========== ================
    solver                  method                               for        proves
    ======================= ==================================== ========== ================
    ``dynamic``             longest path in integers             gd, pd     the optimum
    ``decomposition``       cutting planes and column generation td,        bound, small gap
                            priced by the dynamic programme      least,
                                                                 balanced,
                                                                 capped,
                                                                 paired,
                                                                 any floors
    ``milp``                a formulation through Pyomo to HiGHS gd, pd,    optimum or bound
                            or another ``mip_solver``            balanced,
                            (else: with the prices' bound)       capped,
                                                                 paired,
                                                                 floors
    ``greedy``              best link now, with hysteresis       gd, pd     nothing
    ``genetic``             the published genetic algorithm      gd, pd, td nothing
    ``hybrid``              individuals decoded by the dynamic   gd, pd, td nothing by
                            programme, then local search                    itself
    ``nsga2``               pymoo's NSGA-II on total against     td         nothing
                            divergence (extra ``heuristics``)
    ``outer_approximation`` a formulation with gradient cuts in  td, least  bound (as above)
                            a loop                               and floors
    ======================= ==================================== ========== ================

    Parameters
    ----------
    problem, strategy
        What to schedule and what for.
    solver
        One of the names above, the name of an installed plug-in (entry points
        ``qkdopt.solvers``), or a callable ``(problem, strategy, options)`` that returns a
        schedule; ``None`` takes the first that can carry the strategy
        and the problem's operations.
    formulation
        For ``milp`` and ``outer_approximation``: ``paper`` or ``startup``; ``None`` takes the
        tightest that applies.
    mip_solver
        For ``milp``: ``highs`` (``None``), ``scip``, ``cbc``, ``glpk``, ``gurobi``, ``cplex``,
        ``cp_sat``, or ``pyomo:NAME`` for what Pyomo calls NAME.
    time_limit
        Wall time [s] of building and searching together; what there is by then is returned.
        Compiling, on the first use, is not counted.
    seed, threads
        For solvers that have such settings.
    start
        A legal schedule that ``milp`` may begin with; others do not need one.
    genetic
        Sizes, rates and limits of ``genetic``, ``hybrid`` and ``nsga2``; ``None`` takes the
        usual ones.
    progress
        Called now and then with (seconds, incumbent or ``None``, bound or ``None``).

    Raises
    ------
    InputError
        For a strategy that no certificate can state, an unknown solver, a bad time limit,
        or weights that the strategy needs and the problem lacks.
    NotBuiltYetError
        For a problem of several satellites.
    SolverError
        When the solver cannot carry the problem, is not installed, not licensed for it, or a
        foreign one misbehaves.
    """
    if len(problem.satellites) > 1:
        came = f"{len(problem.satellites)} satellites"
        raise NotBuiltYetError(f"solving several satellites is not carried yet: {came}")
    name, method = _chosen(solver, strategy, problem)
    if formulation is not None and not method.formulations:
        raise InputError("formulation", formulation, f"none with solver {name}")
    if mip_solver is not None and not method.mip_solvers:
        raise InputError("mip_solver", mip_solver, f"none with solver {name}")
    if genetic is not None and not method.evolves:
        able = ", ".join(n for n, m in SOLVERS.items() if m.evolves)
        came = genetic.words() or "settings"
        raise InputError("genetic", came, f"none with solver {name}; {able} have such settings")
    if time_limit is not None and not (isinstance(time_limit, int | float) and time_limit > 0):
        raise InputError("time_limit", time_limit, "a number of seconds > 0")
    problem = strategy.stated_in(problem)
    stated = _stated(problem, strategy)
    if problem.operations:
        _refuse_operations(problem, strategy, name, method)
        if why := contradiction(problem):
            return _certified(problem, stated, name, infeasible(why, {}))
    if start is not None and not start.is_legal(problem):
        raise InputError("start", "a schedule that breaks the rules", "a legal schedule")
    options = SolverOptions(
        time_limit, seed, threads, formulation, progress, start, genetic, mip_solver or "highs"
    )
    handed = problem if method.as_stated else without_closures(problem)
    with interruptible():
        found = method.run(handed, stated if name in SOLVERS else strategy, options)
        if Deadline().stop_requested:  # also where a solver did not ask
            found = replace(found, ended=Ended.INTERRUPTED)
    return _certified(problem, stated, name, found)


def _chosen(
    solver: str | ForeignSolver | None, strategy: Strategy, problem: SchedulingProblem
) -> tuple[str, Method]:
    """Return name and method of what the caller asked for."""
    if callable(solver):
        return name_of(solver), foreign_method(solver, name_of(solver))
    name = solver or default_solver(strategy, problem)
    return name, _method(name, strategy)


def _refuse_operations(
    problem: SchedulingProblem, strategy: Strategy, solver: str, method: Method
) -> None:
    """Refuse by name the rules that a solver does not know."""
    if method.operations or not (refused := [*without_closures(problem).operations.document()]):
        return
    able = [n for n, m in SOLVERS.items() if m.operations and m.can_carry(strategy)]
    floored = "" if base_of(strategy) is strategy else " with floors"
    hint = f"{', '.join(able)} can" if able else f"none can with strategy {strategy.name}{floored}"
    raise SolverError(f"solver {solver} cannot carry operations: {', '.join(refused)} ({hint})")


def _method(name: str, strategy: Strategy) -> Method:
    """Return the solver of that name, if it can carry the strategy."""
    if name not in SOLVERS:
        foreign = plugin_names(plugins.SOLVERS)
        if name in foreign:
            return plugin_method(name)
        raise InputError("solver", name, f"one of {', '.join((*SOLVERS, *foreign))}")
    method = SOLVERS[name]
    if not method.can_carry(strategy):
        others = ", ".join(n for n, m in SOLVERS.items() if m.can_carry(strategy))
        floored = "" if base_of(strategy) is strategy else " with floors"
        asked = f"strategy {strategy.name}{floored}"
        raise SolverError(f"solver {name} cannot carry {asked}; use {others}")
    return method


def _certified(
    problem: SchedulingProblem, strategy: Strategy, solver: str, found: Found
) -> Outcome:
    if found.schedule is None:
        return Outcome(found.ended, None, None, found.bound, found.seconds, found.reason)
    value = _value(problem, strategy, found.schedule)
    if found.bound is None:
        reason = "the solver stopped before it had a bound"
        return Outcome(found.ended, None, value, None, found.seconds, reason)
    certificate = certificate_of(
        problem,
        strategy.document(),
        found.schedule,
        value=value,
        bound=found.bound,
        proof=found.proof,
        made_by={
            "solver": solver,
            "ended": str(found.ended),
            "qkdopt": version("qkdopt"),
            **found.made_by,
        },
        pairs=_witness(problem, strategy, found.schedule),
    )
    return Outcome(
        found.ended, certificate, value, found.bound, found.seconds, found.reason, found.history
    )


def _stated(problem: SchedulingProblem, strategy: Strategy) -> Strategy:
    """Return the strategy in a form that a certificate can state."""
    if not isinstance(strategy, FlooredDelivery):
        return certifiable(problem, strategy)
    if certifiable(problem, strategy.base) is not strategy.base:
        raise SolverError("floors with a linear strategy of your own cannot be certified")
    return strategy


def _witness(
    problem: SchedulingProblem, strategy: Strategy, schedule: Schedule
) -> list[list[int]] | None:
    """Return what shows the value of paired delivery: the shared bits of each pair."""
    uses = uses_of(problem, strategy) if strategy.name == PairedDelivery.name else None
    if not isinstance(uses, PairUses):
        return None
    pairs = uses.pairing(schedule.delivered(problem)).bits
    return [[i, j, bits] for (i, j), bits in pairs.items()]


def _value(problem: SchedulingProblem, strategy: Strategy, schedule: Schedule) -> Any:
    """Return what the schedule is worth, as certificates write it."""
    if isinstance(strategy, LinearStrategy):
        return schedule.value(problem, strategy.coefficients(problem))
    delivered = schedule.delivered(problem)
    floors = floors_of(problem, strategy)
    if any(e < least for e, least in zip(delivered, floors, strict=False)):
        raise SolverError("the schedule delivers less than the floors ask")
    base = base_of(strategy)
    if isinstance(base, TargetedDelivery):
        return sum(delivered)
    if isinstance(base, LeastDivergence):
        from qkdopt.optimize.solvers.least_run import divergence_text

        return divergence_text(delivered, problem.weights or ())
    worth = uses_of(problem, strategy).worth(delivered)
    if worth is None:
        raise SolverError("the schedule delivers less than the floors ask")
    if isinstance(base, BalancedDelivery):
        return {"t": f"{worth.numerator}/{worth.denominator}", "total": sum(delivered)}
    return int(worth)
