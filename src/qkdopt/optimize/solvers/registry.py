"""Every solver, one entry each; help, documentation and benchmarks read it from here.

A new solver is one module with a function ``(problem, strategy, options)`` that returns a
:class:`~qkdopt.optimize.exchange.result.SolverResult`, and one entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from qkdopt import plugins
from qkdopt.errors import InputError, SolverError
from qkdopt.optimize.form import Form
from qkdopt.optimize.solvers.entry import Proves, SolverEntry

if TYPE_CHECKING:
    from qkdopt.optimize.problem import SchedulingProblem
    from qkdopt.optimize.solvers.external import ExternalSolver
    from qkdopt.optimize.strategies import Strategy

_LINEAR, _PIECEWISE = Form.LINEAR, Form.PIECEWISE_LINEAR
_TARGETED, _LEAST, _CONCAVE = Form.TARGETED, Form.LEAST_DIVERGENCE, Form.CONCAVE
_BOUND = "column_generation", "receiver_prices"  # the groups of what finds Lagrangian bounds

_ENTRIES = (
    SolverEntry(
        name="dynamic",
        summary="longest path in integers",
        proves=Proves.OPTIMUM,
        forms=(_LINEAR,),
        place="solvers.dynamic:solve_by_longest_path",
        operations=True,
        scenarios=True,
        seeded=False,
    ),
    SolverEntry(
        name="decomposition",
        summary="column generation priced by longest paths, then branch and bound",
        proves=Proves.GAP,
        forms=(_TARGETED, _LEAST, _PIECEWISE, _CONCAVE),
        floored=(_LINEAR, _TARGETED, _LEAST, _PIECEWISE, _CONCAVE),
        shared=(_LINEAR, _TARGETED, _LEAST, _PIECEWISE, _CONCAVE),
        place="solvers.decomposed:solve_by_decomposition",
        prices=True,
        operations=True,
        scenarios=True,
        tuned=(
            *_BOUND,
            "branch_and_bound",
            "column_list",
            "annealing",
            "cut_search",
            "share_pool",
            "least_search",
            "milp_search",
        ),
    ),
    SolverEntry(
        name="milp",
        summary="a formulation through Pyomo to HiGHS or another ``mip_solver``",
        proves=Proves.GAP,
        forms=(_LINEAR, _PIECEWISE),
        floored=(_LINEAR, _PIECEWISE),
        shared=(_LINEAR, _PIECEWISE),
        place="solvers.milp:solve_by_milp",
        prices=True,
        operations=True,
        scenarios=True,
        formulations=True,
        mip_solvers=True,
        tuned=_BOUND,
    ),
    SolverEntry(
        name="outer_approximation",
        summary="a formulation with gradient cuts in a loop, by HiGHS",
        proves=Proves.BOUND,
        forms=(_TARGETED, _LEAST),
        floored=(_TARGETED, _LEAST),
        shared=(_TARGETED, _LEAST),
        place="solvers.outer_approximation:solve_by_outer_approximation",
        prices=True,
        operations=True,
        formulations=True,
        tuned=_BOUND,
    ),
    SolverEntry(
        name="greedy",
        summary="the best link now, with hysteresis",
        proves=Proves.NOTHING,
        forms=(_LINEAR,),
        place="heuristics.greedy:solve_greedily",
        sessions=True,
        scenarios=True,
        seeded=False,
    ),
    SolverEntry(
        name="genetic",
        summary="the published genetic algorithm",
        proves=Proves.NOTHING,
        forms=(_LINEAR, _TARGETED),
        place="heuristics.genetic.solver:solve_by_genes",
        sessions=True,
        population=True,
    ),
    SolverEntry(
        name="hybrid",
        summary="individuals decoded by the dynamic programme, then local search",
        proves=Proves.BOUND,
        forms=(_LINEAR, _TARGETED),
        place="heuristics.hybrid.solver:solve_by_hybrid",
        population=True,
        tuned=("column_generation", "hybrid", "polish"),
    ),
    SolverEntry(
        name="nsga2",
        summary="pymoo's NSGA-II on total against divergence (extra ``heuristics``)",
        proves=Proves.NOTHING,
        forms=(_TARGETED,),
        place="heuristics.nsga2.solver:solve_by_nsga2",
        sessions=True,
        population=True,
        needs="pymoo",
    ),
)

# Those that come first are taken first where no solver is named.
SOLVERS: dict[str, SolverEntry] = {entry.name: entry for entry in _ENTRIES}


def names_of(entries: Iterable[SolverEntry]) -> str:
    """Return names with commas between them."""
    return ", ".join(entry.name for entry in entries)


def asked_words(strategy: Strategy) -> str:
    """Return a strategy in words: its name, and lower bounds or a risk if it has them."""
    risk = strategy.risk
    more = ["floors"] * bool(strategy.lower_bounds)
    more += [] if risk is None or risk.is_linear else [str(risk)]
    return f"strategy {strategy.name}{' with ' if more else ''}{' and '.join(more)}"


def find_solver(
    solver: str | ExternalSolver | None, strategy: Strategy, problem: SchedulingProblem
) -> SolverEntry:
    """Return the named solver, or the first that supports strategy and operations.

    Parameters
    ----------
    solver
        A name from here, the name of a plug-in, a callable, or ``None``.

    Raises
    ------
    InputError
        For an unknown name.
    SolverError
        When the solver does not support the strategy.
    """
    from qkdopt.optimize.solvers.external import external_entry, plugin_entry

    if callable(solver):
        return external_entry(solver)
    name = solver or default_solver(strategy, problem)
    if name not in SOLVERS:
        external = plugins.plugin_names(plugins.SOLVERS)
        if name in external:
            return plugin_entry(name)
        raise InputError("solver", name, f"one of {', '.join((*SOLVERS, *external))}")
    entry, shared = SOLVERS[name], problem.receivers is not None
    if not entry.carries(strategy, shared=shared):
        able = [other for other in _ENTRIES if other.carries(strategy, shared=shared)]
        where = " where satellites share receivers" if shared else ""
        use = f"use {names_of(able)}" if able else "no solver can"
        raise SolverError(f"solver {name} cannot carry {asked_words(strategy)}{where}; {use}")
    return entry


def with_populations() -> tuple[SolverEntry, ...]:
    """Return the solvers that evolve a population, with its settings and history."""
    return tuple(entry for entry in _ENTRIES if entry.population)


def default_solver(strategy: Strategy, problem: SchedulingProblem) -> str | None:
    """Return the first solver that supports a strategy and a problem's operations.

    Where no solver supports the operations, it is the one for the strategy without them; ``None``
    where none supports the strategy.
    """
    shared = problem.receivers is not None
    able = [entry for entry in _ENTRIES if entry.carries(strategy, shared=shared)]
    able = able or [entry for entry in _ENTRIES if entry.carries(strategy)]
    chosen = [entry for entry in able if not entry.refused(problem)] or able
    return chosen[0].name if chosen else None
