"""One run of ``hybrid``: the bound, then generations, then local search."""

import math
from dataclasses import replace
from typing import Any

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.certificates import Ended, ended_at
from qkdopt.errors import SolverError
from qkdopt.optimize.decomposition.annealing import CELL_S
from qkdopt.optimize.decomposition.column_generation import LagrangianBound, lagrangian_bound
from qkdopt.optimize.decomposition.column_pool import ColumnPool, enumerate_columns
from qkdopt.optimize.decomposition.exact_shares import ExactSharesSearch
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.exchange.genetic_settings import USUAL_EVALUATIONS, GeneticSettings
from qkdopt.optimize.exchange.options import SolverOptions
from qkdopt.optimize.exchange.result import SolverResult
from qkdopt.optimize.heuristics.genetic.encoding import Encoding
from qkdopt.optimize.heuristics.genetic.evolution import evolve
from qkdopt.optimize.heuristics.genetic.fitness import FitnessFunction
from qkdopt.optimize.heuristics.genetic.interval_genes import IntervalGenes
from qkdopt.optimize.heuristics.genetic.record import Evolution
from qkdopt.optimize.heuristics.genetic.run import no_schedule_near, run_details
from qkdopt.optimize.heuristics.hybrid.column_genes import ColumnGenes
from qkdopt.optimize.heuristics.hybrid.polish import polish_choice, polish_service
from qkdopt.optimize.heuristics.hybrid.price_genes import PriceGenes
from qkdopt.optimize.objectives.targeted import TargetedObjective
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import IDLE, Schedule
from qkdopt.optimize.strategy import Strategy
from qkdopt.versions import version

_ENDLESS = 10**9  # rounds: until time is up


class HybridRun:
    """One run: the bound, then generations, then local search."""

    def __init__(
        self, problem: SchedulingProblem, strategy: Strategy, options: SolverOptions
    ) -> None:
        self.deadline = options.running()
        self.options, self.settings = options, options.genetic or GeneticSettings()
        self.tuning = options.parameters.hybrid
        self.goal = FitnessFunction.create(problem, strategy)
        self.objective = TargetedObjective.create(problem, strategy)
        self.random = np.random.default_rng(options.seed)
        self.blocks = Blocks.create(self.objective.delivery)
        self.ended, self.evolution = Ended.FINISHED, Evolution()
        self.service: Integers = np.full(problem.interval.size, IDLE, np.int64)
        self.value, self.by_genes = 0, 0
        self.seconds: dict[str, float] = {}
        self.root: LagrangianBound | None = None

    def go(self) -> None:
        """Bound, breed, polish."""
        self.root = root = lagrangian_bound(
            self.objective,
            deadline=self.deadline,
            on_schedule=self.offer,
            parameters=self.options.parameters,
        )
        self.seconds["bound"] = root.seconds
        usual = root.pricing.best_service(root.multipliers.per_bit)
        if self.settled() or not self.blocks.count:
            return
        if self.objective.exact:
            self.match(root, usual)
            return
        pool = self.pool(root)
        encoding = self.encoding(root, pool)
        self.breed(root, encoding, pool)
        self.by_genes = self.value
        rounds = self.settings.polish
        if rounds is None:
            rounds = self.tuning.rounds if self.deadline.limit_s is None else _ENDLESS
        genes = self.evolution.leader
        if pool is not None and isinstance(encoding, ColumnGenes) and genes is not None:
            polish_choice(
                self.objective, pool, root, genes, rounds, self.random, self.over, self.offer,
                self.options.parameters.polish,
            )  # fmt: skip
        else:
            start = usual if genes is None else encoding.service(genes)
            polish_service(self.objective, root, start, rounds, self.random, self.over, self.offer)
        self.seconds["polish"] = self.deadline.elapsed() - sum(self.seconds.values())

    def match(self, root: LagrangianBound, start: Integers) -> None:
        """Look for exact matches of ever larger totals; they are local search, no generations."""
        if self.settings.polish == 0:
            return
        endless = self.deadline.limit_s is not None
        prices = root.multipliers.per_bit
        matching = ExactSharesSearch(self.objective, root.pricing, prices, self.random, start)
        matching.run(int(root.value), self.over, self.offer, endless=endless)
        if not self.over():
            self.ended = Ended.ITERATION_LIMIT
        self.seconds["match"] = self.deadline.elapsed() - root.seconds

    def pool(self, root: LagrangianBound) -> ColumnPool | None:
        """List schedules of small loss at the relaxation's prices, where blocks are short."""
        if self.settings.decode == "prices" or self.blocks.longest > self.tuning.long_block:
            return None
        most = max(10, min(self.tuning.columns, self.tuning.most_columns // self.blocks.count))
        scale = float(root.value)
        return enumerate_columns(
            self.blocks, root.multipliers.per_bit, most,
            max(self.tuning.loss * scale, self.tuning.least_loss),
            math.ceil(self.tuning.grain * scale), self.tuning.cell * root.delivered, self.random,
            self.deadline.expired,
        )  # fmt: skip

    def encoding(self, root: LagrangianBound, pool: ColumnPool | None) -> Any:
        """Return how individuals are written; by default columns where they can be listed."""
        changes = self.settings.changes
        if self.settings.decode == "intervals":
            return IntervalGenes(
                self.objective.problem, self.goal.servable, self.random,
                changes=changes, run=self.settings.run, threads=self.options.threads,
            )  # fmt: skip
        if pool is not None:
            return ColumnGenes(self.objective, pool, self.random, changes=changes)
        return PriceGenes(
            self.objective,
            self.blocks,
            root.multipliers.per_bit,
            self.random,
            groups=self.tuning.groups,
            changes=changes,
        )

    def breed(self, root: LagrangianBound, encoding: Encoding, pool: ColumnPool | None) -> None:
        """Run the generations."""
        mu = max(self.objective.mu(root.multipliers.vector), self.tuning.least_mu)
        goal = replace(self.goal, penalty=self.tuning.penalty * mu)
        settings = self.settings
        if settings.evaluations is None:
            settings = replace(settings, evaluations=self.usual_evaluations(encoding))
        seeds: Any = None
        if pool is not None:
            chosen = ColumnGenes(self.objective, pool, self.random, changes=1.0).drawn(
                self.tuning.seeded
            )
            chosen[0] = pool.best()
            seeds = chosen
            if isinstance(encoding, IntervalGenes):
                seeds = np.array([pool.service(row) + 1 for row in chosen], np.int16)
        began = self.deadline.elapsed()
        self.evolution = evolve(
            encoding, goal, settings,
            self.options, deadline=self.deadline, bound=int(root.value),
            seeds=None if seeds is None else seeds[: settings.population],
        )  # fmt: skip
        self.seconds["genes"] = self.deadline.elapsed() - began
        if self.evolution.best is not None:
            self.offer(encoding.service(self.evolution.best))
        self.ended = self.evolution.ended
        if self.ended == Ended.INTERRUPTED:
            raise KeyboardInterrupt

    def usual_evaluations(self, encoding: Encoding) -> int:
        """Return how many individuals are rated where the settings do not say.

        That does not depend on the time limit, so a longer run goes the way of a shorter one.
        """
        if self.deadline.limit_s is None:
            return USUAL_EVALUATIONS
        cells = self.objective.problem.bits.size
        if isinstance(encoding, ColumnGenes):
            cells = self.blocks.count * self.objective.delivery.targets
        most = int(self.tuning.genes_s / (self.tuning.rating_s + CELL_S * cells))
        return min(USUAL_EVALUATIONS, max(most, 2 * self.settings.population))

    def offer(self, service: Integers) -> bool:
        """Take a schedule as the incumbent if it is near enough and better; say whether it is."""
        schedule = Schedule(np.array(service, np.int64))
        delivered = self.objective.delivered(schedule)
        value = int(delivered.sum())
        if value <= self.value or not self.objective.allows(delivered):
            return False
        if not schedule.is_legal(self.objective.problem):
            raise SolverError("a decoded individual breaks the rules")
        self.service, self.value = schedule.service, value
        if self.options.progress is not None and self.root is not None:
            seconds = self.deadline.elapsed()
            self.options.progress(seconds, float(value), float(self.root.value))
        return True

    def settled(self) -> bool:
        """Say whether the incumbent meets the bound, a target, or nothing can be delivered."""
        target = self.settings.target
        met = target is not None and self.value >= target
        bound = None if self.root is None else self.root.value
        return met or (bound is not None and self.value >= bound)

    def over(self) -> bool:
        """Say whether local search must end, and why."""
        if self.settled():
            self.ended = Ended.FINISHED
            return True
        if self.deadline.expired():
            self.ended = ended_at(self.deadline)
            return True
        return False

    def result(self) -> SolverResult:
        """Return what there is."""
        if self.root is None:
            raise KeyboardInterrupt  # before there was anything to return
        return SolverResult(
            ended=self.ended,
            schedule=Schedule(self.service),
            bound=int(self.root.value),
            proof=self.root.proof(),
            reason="" if self.value else self.why_nothing(),
            seconds=self.seconds,
            details={
                "deap": version("deap"),
                **run_details(self.evolution, self.options),
                "value_by_genes": self.by_genes,
            },
            history=tuple(self.evolution.history),
        )

    def why_nothing(self) -> str:
        """Return why there is no schedule that delivers anything."""
        if self.objective.exact and not self.objective.infeasible_because():
            return "no schedule was found whose shares match exactly"
        return no_schedule_near(self.goal, self.evolution)
