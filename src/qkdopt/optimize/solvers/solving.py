"""``solve``: choose the solver, check the settings, run it, certify the result."""

from collections.abc import Mapping
from dataclasses import replace
from inspect import cleandoc
from os import PathLike

from qkdopt.certificates import Ended, Outcome
from qkdopt.deadline import Deadline, interruptible
from qkdopt.errors import Described, InputError, SolverError
from qkdopt.optimize.exchange.genetic_settings import GeneticSettings
from qkdopt.optimize.exchange.options import Progress, SolverOptions
from qkdopt.optimize.exchange.parameter_tables import changed_parameters, parameters_of
from qkdopt.optimize.exchange.parameters import USUAL, SolverParameters
from qkdopt.optimize.exchange.result import SolverResult
from qkdopt.optimize.layout import Layout, laid_out
from qkdopt.optimize.limits import contradiction
from qkdopt.optimize.prices_file import StartingPrices, read_prices
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers import registry
from qkdopt.optimize.solvers.certify import certified
from qkdopt.optimize.solvers.entry import SolverEntry
from qkdopt.optimize.solvers.external import ExternalSolver
from qkdopt.optimize.solvers.tables import solver_table
from qkdopt.optimize.start import Paths, shares_of, starting_schedule
from qkdopt.optimize.strategies import Strategy
from qkdopt.optimize.strategy_names import certifiable


def solve(
    problem: SchedulingProblem,
    strategy: Strategy,
    *,
    solver: str | ExternalSolver | None = None,
    formulation: str | None = None,
    mip_solver: str | None = None,
    time_limit: float | None = None,
    seed: int = 0,
    threads: int = 1,
    progress: Progress | None = None,
    start: Schedule | Paths | None = None,
    genetic: GeneticSettings | None = None,
    parameters: SolverParameters | Mapping[str, object] = USUAL,
    prices: StartingPrices | str | PathLike[str] | None = None,
) -> Outcome:
    """Return the best schedule that a solver finds, with its certificate.

    {solvers}

    Parameters
    ----------
    problem, strategy
        What to schedule and what for.
    solver
        One of the names above, the name of an installed plug-in (entry points
        ``qkdopt.solvers``), or a callable ``(problem, strategy, options)`` that returns a
        schedule; ``None`` takes the first that supports the strategy
        and the problem's operations.
    formulation
        For solvers that solve a formulation: ``paper``, ``startup``, ``pointing`` or
        ``path_flow``; ``None`` takes the tightest that applies.
    mip_solver
        For ``milp``: ``highs`` (``None``), ``highs_plain`` (without presolve), ``scip``,
        ``cbc``, ``glpk``, ``gurobi``, ``cplex``, ``cp_sat``, or ``pyomo:NAME`` for what Pyomo
        calls NAME.
    time_limit
        Wall time [s] of building and searching together; what there is by then is returned.
        Compiling, on the first use, is not counted.
    seed, threads
        For solvers that have such settings.
    start
        A legal schedule that ``decomposition`` and ``milp`` may begin with, or the paths
        ``[[link, first, last], ...]`` of each satellite of one.
    genetic
        Sizes, rates and limits of solvers with a population; ``None`` takes the usual ones.
    parameters
        Tuning constants that are to differ from the usual ones, by group and name, as in
        ``{"branch_and_bound": {"candidates": 80}}``; see ``docs/reference/parameters.md``. The
        certificate states them.
    prices
        Where the bound of solvers that price targets and receivers begins: prices, or a file
        for :func:`qkdopt.optimize.prices_file.read_prices`. Primal values in it are rounded to a
        first schedule, unless there is a ``start``.
    progress
        Called now and then with (seconds, incumbent or ``None``, bound or ``None``).

    Raises
    ------
    InputError
        For a strategy that no certificate can state, an unknown solver, a bad time limit,
        or weights that the strategy needs and the problem lacks.
    SolverError
        When the solver does not support the problem, is not installed or not licensed for it,
        or an external one fails.
    """
    problem = strategy.stated_in(problem)
    if isinstance(prices, str | PathLike):
        prices = read_prices(prices, problem)
    stated, layout = problem, laid_out(problem) if len(problem.satellites) > 1 else None
    problem = problem if layout is None else layout.problem
    asked = certifiable(problem, strategy)
    entry = registry.find_solver(solver, asked, problem)
    _refuse_settings(entry, formulation, mip_solver, genetic)
    tuning = parameters if isinstance(parameters, SolverParameters) else parameters_of(parameters)
    _refuse_parameters(entry, changed := changed_parameters(tuning))
    if prices is not None and not entry.prices:
        able = registry.names_of(other for other in registry.SOLVERS.values() if other.prices)
        expected = f"none with solver {entry.name}; {able} begin with prices"
        raise InputError("prices", Described("prices of targets or receivers"), expected)
    if time_limit is not None and not (isinstance(time_limit, int | float) and time_limit > 0):
        raise InputError("time_limit", time_limit, "a number of seconds > 0")
    if problem.rules or problem.in_scenarios:
        _refuse_operations(problem, asked, entry)
        if why := contradiction(stated) or contradiction(problem):
            return certified(problem, asked, entry.name, SolverResult.infeasible(why), layout)
    first = _first_schedule(start, prices, asked, stated, layout)
    options = SolverOptions(
        time_limit, seed, threads, formulation, progress, first, genetic, mip_solver or "highs",
        parameters=tuning, prices=prices,
    )  # fmt: skip
    with interruptible():
        found = entry.run(problem, strategy if entry.as_stated else asked, options)
        if Deadline().stop_requested:  # also where a solver did not check
            found = replace(found, ended=Ended.INTERRUPTED)
    if changed:
        found.details["parameters"] = changed
    return certified(problem, asked, entry.name, found, layout)


if solve.__doc__:  # absent under python -OO
    # From Python 3.13 docstrings come without their indentation.
    solve.__doc__ = cleandoc(solve.__doc__).replace(
        "{solvers}\n", solver_table(registry.SOLVERS.values())
    )


def _first_schedule(
    start: Schedule | Paths | None,
    prices: StartingPrices | None,
    strategy: Strategy,
    stated: SchedulingProblem,
    layout: Layout | None,
) -> Schedule | None:
    """Return what a search begins with: the start, or what primal values are rounded to."""
    problem = stated if layout is None else layout.problem
    if start is not None:
        first = starting_schedule(start, stated, layout)
        if not first.is_legal(problem):
            raise InputError("start", "a schedule that breaks the rules", "a legal schedule")
        return first
    if prices is None or not prices.primal:
        return None
    from qkdopt.optimize.decomposition.rounding import rounded  # compiled code

    return rounded(problem, strategy, shares_of(prices.primal, stated, layout))


def _refuse_settings(
    entry: SolverEntry,
    formulation: str | None,
    mip_solver: str | None,
    genetic: GeneticSettings | None,
) -> None:
    """Refuse settings that the solver does not have."""
    if formulation is not None and not entry.formulations:
        raise InputError("formulation", formulation, f"none with solver {entry.name}")
    if mip_solver is not None and not entry.mip_solvers:
        raise InputError("mip_solver", mip_solver, f"none with solver {entry.name}")
    if genetic is not None and not entry.population:
        able = registry.names_of(registry.with_populations())
        expected = f"none with solver {entry.name}; {able} have such settings"
        raise InputError("genetic", genetic.words() or "settings", expected)


def _refuse_parameters(entry: SolverEntry, changed: Mapping[str, object]) -> None:
    """Refuse groups of parameters that the solver does not have."""
    for group in changed:
        if group not in entry.tuned:
            able = registry.names_of(
                other for other in registry.SOLVERS.values() if group in other.tuned
            )
            own = f"one of {', '.join(entry.tuned)}" if entry.tuned else "none"
            raise InputError(
                "parameters", group, f"{own} with solver {entry.name}; {able} have such parameters"
            )


def _refuse_operations(problem: SchedulingProblem, strategy: Strategy, entry: SolverEntry) -> None:
    """Refuse by name the rules that a solver does not know."""
    if not (refused := entry.refused(problem)):
        return
    every = registry.SOLVERS.values()
    able = registry.names_of(
        other for other in every if not other.refused(problem) and other.carries(strategy)
    )
    hint = f"{able} can" if able else f"none can with {registry.asked_words(strategy)}"
    what = ", ".join(refused)
    raise SolverError(f"solver {entry.name} cannot carry operations: {what} ({hint})")
