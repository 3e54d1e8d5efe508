"""Least divergence as a mixed-integer programme: gradient cuts and a ratio that only falls.

``g(E) = sum_n E_n ln(E_n / (q_n S))`` is the total times the divergence, convex and homogeneous
of degree one. With the divergence ``d`` of the best schedule known,

    minimise    v - d S
    subject to  v >= sum_n ln(p_n / q_n) E_n   for shares p that were met     (cuts on g)
                S >= F, floors, and the rules of a formulation

is negative as long as some schedule may be nearer to the weights. Its optimum either is nearer
(then ``d`` falls: Dinkelbach's method for ratios) or its shares are the next cut. When the optimum
is 0, ``d`` is least. HiGHS claims that; the certificate holds the Lagrangian bound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csc_array, hstack

from qkdopt.arrays import Floats
from qkdopt.certificates import Ended, ended_at, ended_by
from qkdopt.deadline import Deadline, DeadlinePassedError
from qkdopt.mip.exchange import MipOptions, MipResult
from qkdopt.mip.highs import solve_form
from qkdopt.mip.standard_form import quiet_building
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.decomposition.enough_bits import first_enough
from qkdopt.optimize.decomposition.warm_up import warm_up
from qkdopt.optimize.exchange.options import SolverOptions
from qkdopt.optimize.exchange.result import SolverResult
from qkdopt.optimize.formulations import chosen_formulation
from qkdopt.optimize.objectives.least_divergence import LeastDivergenceObjective
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers.cut_loop import CutLoop
from qkdopt.optimize.strategies import Strategy

_MOST_ROUNDS = 300
_NEAR = 1e-9  # nats: an optimum so little nearer counts as none
_LEAST_SHARE = 1e-9  # of the target share, where gradients are taken


def solve_least_by_cuts(
    problem: SchedulingProblem, strategy: Strategy, options: SolverOptions
) -> tuple[SolverResult, DinkelbachSolver]:
    """Return the nearest schedule that HiGHS finds, with the Lagrangian bound, and the loop."""
    warm_up(strategy.name, shared=problem.receivers is not None)
    deadline = options.running()
    objective, first = first_enough(
        problem, strategy, deadline, options.seed, options.parameters, options.prices
    )
    solver = DinkelbachSolver(objective, options.within(deadline), deadline)
    if first.schedule is None:
        return first, solver
    root = lagrangian_bound(objective, deadline=deadline, parameters=options.parameters)
    solver.offer(first.schedule)
    try:
        solver.run()
    except (DeadlinePassedError, KeyboardInterrupt) as stopped:
        solver.ended = ended_by(stopped, deadline)
    if deadline.stop_requested:
        solver.ended = Ended.INTERRUPTED
    bound = objective.written_bound(root.value)
    result = SolverResult(
        ended=solver.ended, schedule=solver.schedule, bound=bound, proof=root.proof(),
        details={"wanted": objective.wanted_total}, seconds={"solve": deadline.elapsed()},
        most=first.most,
    )  # fmt: skip
    return result, solver


@dataclass(eq=False)
class DinkelbachSolver:
    """The loop: solve, cut, and let the ratio fall, until no schedule can be nearer.

    Attributes
    ----------
    schedule, divergence
        The best so far, and how far it is from the weights [nats].
    rounds
        How many programmes were solved.
    milp_bound
        HiGHS' lower bound on the divergence [nats], or ``None``; reported, not verified.
    """

    objective: LeastDivergenceObjective
    options: SolverOptions
    deadline: Deadline
    schedule: Schedule | None = None
    divergence: float = math.inf
    rounds: int = 0
    milp_bound: float | None = None
    ended: Ended = Ended.FINISHED

    @property
    def formulation(self) -> str:
        """Name of the formulation."""
        return chosen_formulation(self.objective.problem, self.options.formulation)

    def offer(self, schedule: Schedule) -> bool:
        """Take a schedule that delivers enough at less divergence; say whether it did."""
        value = self.objective.value(self.objective.delivered(schedule).tolist())
        if value is None or -float(value) >= self.divergence:
            return False
        self.schedule, self.divergence = schedule, -float(value)
        return True

    def run(self) -> None:
        """Solve and cut until no schedule can be nearer, or time is up."""
        objective = self.objective
        with self.deadline.enforced(), quiet_building():
            loop = CutLoop(objective.shares, self.formulation, objective.bounds)
        loop.add_row(loop.bits.sum(axis=0), float(objective.enough), math.inf)
        unit = max(1.0, float(loop.bits.max(initial=0.0)))
        _add_epigraph(loop)
        if self.schedule is not None:
            self._cut(loop, objective.delivered(self.schedule).astype(float), unit)
        while self.rounds < _MOST_ROUNDS:
            if self.deadline.expired():
                self.ended = ended_at(self.deadline)
                return
            result = self._solved(loop, unit)
            if result.values is None or result.ended is not Ended.FINISHED:
                self.ended = result.ended
                return
            if not self._used(loop, result, unit):
                return
        self.ended = Ended.ITERATION_LIMIT

    def _solved(self, loop: CutLoop, unit: float) -> MipResult:
        """Minimise ``v - d S`` in units, ``d`` of the best schedule known."""
        left = self.deadline.remaining()
        cost = np.append(-self.divergence * loop.bits.sum(axis=0) / unit, 1.0)
        form = replace(loop.form, cost=cost, offset=0.0, maximise=False)
        seconds = None if math.isinf(left) else left
        settings = MipOptions(seconds, self.options.threads, self.options.seed)
        result = solve_form(form, settings)
        self.rounds += 1
        if result.bound is not None:
            wanted = self.objective.enough
            shown = self.divergence + min(0.0, result.bound) * unit / wanted
            self.milp_bound = max(self.milp_bound or 0.0, shown)
        return result

    def _used(self, loop: CutLoop, result: MipResult, unit: float) -> bool:
        """Take the optimum if it is nearer, otherwise cut it off; say whether to go on."""
        values, shares = result.values, self.objective.shares
        if values is None:
            return False
        schedule = loop.schedule(values[:-1])
        delivered = self.objective.delivered(schedule).astype(float)
        if not delivered.any():
            return False  # the solver contradicts its own rows
        promised = float(values[-1]) * unit / max(1.0, delivered.sum())
        if promised >= self.divergence - _NEAR or not schedule.is_legal(self.objective.problem):
            return False
        if not self.offer(schedule) and shares.divergence(delivered) <= promised + _NEAR:
            return False
        self._cut(loop, delivered, unit)
        return True

    def _cut(self, loop: CutLoop, delivered: Floats, unit: float) -> None:
        """Add ``sum_n ln(p_n / q_n) E_n <= v`` at the shares of some bits."""
        slope = self.objective.shares.slopes(delivered, _LEAST_SHARE)
        loop.add_row(np.append(slope @ loop.bits / unit, -1.0), -np.inf, 0.0)


def _add_epigraph(loop: CutLoop) -> None:
    """Add the column ``v`` [bits times nats, in units], last, and the cut at the target shares."""
    form = loop.form
    empty = csc_array((form.matrix.shape[0], 1))
    loop.form = replace(
        form,
        cost=np.append(form.cost, 0.0),
        matrix=hstack([form.matrix, empty], format="csc"),
        column_lower=np.append(form.column_lower, 0.0),
        column_upper=np.append(form.column_upper, np.inf),
        integer=np.append(form.integer, False),
        columns=[*form.columns, None],
    )
