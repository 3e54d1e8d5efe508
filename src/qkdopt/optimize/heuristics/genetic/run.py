"""One run of the genetic algorithm, and what a run says of itself."""

from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.domain.longest_path import sum_of_best
from qkdopt.optimize.exchange.genetic_settings import GeneticSettings
from qkdopt.optimize.exchange.options import SolverOptions
from qkdopt.optimize.exchange.result import SolverResult
from qkdopt.optimize.form import Form
from qkdopt.optimize.heuristics.genetic.evolution import evolve
from qkdopt.optimize.heuristics.genetic.fitness import FitnessFunction
from qkdopt.optimize.heuristics.genetic.interval_genes import IntervalGenes
from qkdopt.optimize.heuristics.genetic.record import Evolution
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import IDLE, Schedule
from qkdopt.optimize.strategy import Strategy
from qkdopt.optimize.strategy_names import strategy_of_form
from qkdopt.tensor import KeyTensor
from qkdopt.versions import version


def find_by_genes(
    problem: SchedulingProblem, strategy: Strategy, options: SolverOptions
) -> SolverResult:
    """Return what :func:`~qkdopt.optimize.heuristics.genetic.solver.solve_by_genes` does."""
    deadline = options.running()
    settings = options.genetic or GeneticSettings()
    goal = FitnessFunction.create(problem, strategy)
    bound, proof = easy_bound(problem, goal)
    found = Evolution()
    if problem.interval.size:
        genes = IntervalGenes(
            problem,
            goal.servable,
            np.random.default_rng(options.seed),
            changes=settings.changes,
            run=settings.run,
            threads=options.threads,
        )
        with genes:
            found = evolve(genes, goal, settings, options, deadline=deadline, bound=bound)
    result = result_of(problem, goal, found, options, "deap")
    return replace(result, bound=bound, proof=proof, seconds={"solve": deadline.elapsed()})


def result_of(
    problem: SchedulingProblem,
    goal: FitnessFunction,
    found: Evolution,
    options: SolverOptions,
    package: str,
) -> SolverResult:
    """Return what a run left whose individuals are :class:`IntervalGenes`, without a bound."""
    service: Integers = np.full(problem.interval.size, IDLE, np.int64)
    if found.best is not None:
        service = IntervalGenes.service(found.best)
    return SolverResult(
        ended=found.ended,
        schedule=Schedule(service),
        reason=no_schedule_near(goal, found),
        details={package: version(package), **run_details(found, options)},
        history=tuple(found.history),
    )


def run_details(found: Evolution, options: SolverOptions) -> dict[str, object]:
    """Return what a certificate says about how a run was made."""
    return {
        "evaluations": found.evaluations,
        "seed": options.seed,
        "settings": (options.genetic or GeneticSettings()).document(),
        "threads": options.threads,
        "time_limit": str(options.time_limit),
    }


def no_schedule_near(goal: FitnessFunction, found: Evolution) -> str:
    """Return why there is no schedule, if there is none."""
    if goal.targeted is None or found.best is not None:
        return ""
    impossible = goal.targeted.infeasible_because()
    if impossible or not found.evaluations:
        return impossible
    return (
        f"no individual came within KL = {goal.targeted.kl_max}: "
        f"the nearest of {found.evaluations:,} has {found.nearest:.3g}"
    )


def easy_bound(problem: SchedulingProblem, goal: FitnessFunction) -> tuple[int, dict[str, object]]:
    """Return a bound that ignores hand-overs and divergence, and its proof."""
    if goal.targeted is None:
        by_link = goal.coefficients[list(problem.link_target)]
        return sum_of_best(problem, by_link) if problem.links else 0, {"kind": "path"}
    most = sum_of_best(problem, np.array(goal.servable.any(axis=1), np.int64))
    exact = goal.targeted.rational(goal.targeted.first_multipliers())
    written = goal.targeted.written(exact.numbers, Fraction(most))
    return most, {"kind": "prices", **written}


@cache
def compile_kernels() -> None:
    """Run a small problem once in a process, before any clock starts."""
    keys = KeyTensor.create([[3, 0, 5], [0, 4, 4]], [0, 1, 3], ["A", "B"])
    problem = SchedulingProblem.from_keys(keys, weights={"A": 1, "B": 1})
    settings = GeneticSettings(population=4, evaluations=20)
    find_by_genes(problem, strategy_of_form(Form.TARGETED, "0.5"), SolverOptions(genetic=settings))
