"""``nsga2``: one run gives a whole front; the best schedule within the divergence is taken."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from qkdopt.certificates import ended_by
from qkdopt.deadline import Deadline
from qkdopt.optimize.exchange.genetic_settings import GeneticSettings
from qkdopt.optimize.exchange.options import SolverOptions
from qkdopt.optimize.exchange.result import SolverResult
from qkdopt.optimize.form import Form
from qkdopt.optimize.heuristics.genetic.fitness import FitnessFunction
from qkdopt.optimize.heuristics.genetic.interval_genes import IntervalGenes
from qkdopt.optimize.heuristics.genetic.record import Evolution, Record
from qkdopt.optimize.heuristics.genetic.run import compile_kernels, easy_bound, result_of
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.strategy import Strategy
from qkdopt.optimize.strategy_names import strategy_of_form


@dataclass(frozen=True, eq=False)
class FrontSchedule:
    """A schedule that no other of the run beats in both respects.

    Attributes
    ----------
    total
        Bits ``S`` to targets of positive weight.
    divergence
        ``KL(E / S || q)`` [nats].
    """

    total: int
    divergence: float
    schedule: Schedule


def solve_by_nsga2(
    problem: SchedulingProblem, strategy: Strategy, options: SolverOptions
) -> SolverResult:
    """Return the best schedule within ``kl_max`` that NSGA-II meets on its way.

    Raises
    ------
    InputError
        When the problem has no weights.
    SolverError
        When pymoo is not installed.
    """
    compile_kernels()
    deadline = options.running()
    goal = FitnessFunction.create(problem, strategy)
    bound, proof = easy_bound(problem, goal)
    found, _ = _run(problem, goal, options, deadline, bound)
    result = result_of(problem, goal, found, options, "pymoo")
    return replace(result, bound=bound, proof=proof, seconds={"solve": deadline.elapsed()})


def find_front(problem: SchedulingProblem, options: SolverOptions) -> tuple[FrontSchedule, ...]:
    """Return the front of total against divergence that NSGA-II ends with, nearest first.

    Errors as in :func:`solve_by_nsga2`.
    """
    compile_kernels()
    goal = FitnessFunction.create(problem, strategy_of_form(Form.TARGETED, "0"))
    _, last = _run(problem, goal, options, options.running(), None)
    front: dict[tuple[float, ...], FrontSchedule] = {}  # many schedules may deliver the same
    for genes, (total, divergence) in last:
        if total < 0:
            schedule = Schedule(IntervalGenes.service(genes))
            front[total, divergence] = FrontSchedule(-round(total), divergence, schedule)
    return tuple(sorted(front.values(), key=lambda point: (point.divergence, -point.total)))


def _run(
    problem: SchedulingProblem,
    goal: FitnessFunction,
    options: SolverOptions,
    deadline: Deadline,
    bound: int | None,
) -> tuple[Evolution, list[tuple[Any, list[float]]]]:
    settings = options.genetic or GeneticSettings()
    record = Record(goal, settings, options, deadline, bound)
    last: list[tuple[Any, list[float]]] = []
    if not problem.interval.size:
        return record.found, last
    rng = np.random.default_rng(options.seed)
    genes = IntervalGenes(
        problem, goal.servable, rng, changes=settings.changes, run=settings.run,
        threads=options.threads,
    )  # fmt: skip
    with genes:
        algorithm = _algorithm(genes, goal, settings, options.seed, record)
        try:
            while not record.over():
                algorithm.next()
                costs = algorithm.pop.get("F")
                leader = algorithm.pop.get("X")[int(np.argmin(costs[:, 0]))]
                record.note(-costs[:, 0], costs[:, 1], leader)
                last = list(
                    zip(algorithm.opt.get("X"), algorithm.opt.get("F").tolist(), strict=True)
                )
        except KeyboardInterrupt as stopped:
            record.found.ended = ended_by(stopped, deadline)
    return record.found, last


def _algorithm(
    genes: IntervalGenes,
    goal: FitnessFunction,
    settings: GeneticSettings,
    seed: int,
    record: Record,
) -> Any:
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.termination import NoTermination

    from qkdopt.optimize.heuristics.nsga2 import operators

    algorithm = NSGA2(
        pop_size=settings.population,
        sampling=operators.Draw(),
        crossover=operators.Cross(settings.crossover),
        mutation=operators.Mutate(prob=settings.mutation),
        repair=operators.MakeLegal(),
        eliminate_duplicates=False,  # comparing all pairs takes longer than everything else
    )
    problem = operators.TotalAndDivergence(genes, goal, genes.size, record)
    algorithm.setup(problem, termination=NoTermination(), seed=seed, verbose=False)
    return algorithm
