"""``outer_approximation``: the divergence as gradient cuts on a formulation, solved in a loop.

The constraint ``f(E) = sum E_n ln(E_n / (q_n S)) - kl_max S <= 0`` is convex and homogeneous of
degree one, so at any shares ``p`` the cut ``sum_n (ln(p_n / q_n) - kl_max) E_n <= 0`` holds for
every allowed schedule. The first cut is the best single one there is: the prices of the
decomposition's bound. Each round solves the mixed-integer programme and cuts off its optimum
until that optimum is allowed. The certificate carries the decomposition's bound and prices: a
solver's own tree cannot be judged.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.claims import Ended
from qkdopt.mip.highs import HighsOptions, MipResult, solve_form
from qkdopt.mip.standard_form import StandardForm, compile_model
from qkdopt.optimize.formulations import formulation_named, read_schedule
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import IDLE, Schedule
from qkdopt.optimize.solvers.decomposition.blocks import Blocks
from qkdopt.optimize.solvers.decomposition.bound import Bound, best_bound
from qkdopt.optimize.solvers.decomposition.prices import Prices
from qkdopt.optimize.solvers.decomposition.pricing import Oracle
from qkdopt.optimize.solvers.decomposition.shares import Shares
from qkdopt.optimize.solvers.milp import chosen_formulation
from qkdopt.optimize.solvers.options import SolverOptions
from qkdopt.optimize.strategies import GeneralDelivery, TargetedDelivery

__all__ = ["OuterApproximation", "approximate", "relaxation_with_cuts"]

_MOST_ROUNDS = 200
_ENOUGH = 1e-6  # relative change at which the relaxation's loop stops


@dataclass(eq=False)
class OuterApproximation:
    """What the loop leaves; the schedule that serves nobody until an optimum is allowed.

    Attributes
    ----------
    milp_bound
        HiGHS' bound on the last approximation [bits], or ``None``; reported, not judged.
    """

    schedule: Schedule
    root: Bound
    ended: Ended = Ended.FINISHED
    rounds: int = 0
    milp_bound: float | None = None
    reason: str = ""
    seconds: dict[str, float] = field(default_factory=dict)


class _Loop:
    """A formulation whose cuts grow."""

    def __init__(self, shares: Shares, formulation: str) -> None:
        self.shares = shares
        self.model = formulation_named(formulation).build(shares.problem, GeneralDelivery())
        for (n, _), variable in self.model.x.items():
            if shares.position[n] < 0:
                variable.fix(0)
        self.form: StandardForm = compile_model(self.model)
        served = {id(variable): pair for pair, variable in self.model.x.items()}
        pairs = [served.get(id(column)) for column in self.form.columns]
        self.bits = np.zeros((shares.target.size, len(pairs)))
        for j, pair in enumerate(pairs):
            if pair is not None:
                self.bits[shares.position[pair[0]], j] = shares.problem.bits[pair]

    def cut(self, slope: Floats) -> None:
        """Add ``sum_n slope_n E_n <= 0``."""
        from scipy.sparse import csc_array, vstack

        row = slope @ self.bits
        row /= max(1.0, float(np.abs(row).max(initial=0.0)))
        self.form = replace(
            self.form,
            matrix=vstack([self.form.matrix, csc_array(row[np.newaxis, :])], format="csc"),
            row_lower=np.append(self.form.row_lower, -np.inf),
            row_upper=np.append(self.form.row_upper, 0.0),
            rows=[*self.form.rows, None],
        )

    def cut_at(self, delivered: Floats) -> None:
        """Add the gradient cut at the shares of some bits, kept positive."""
        share = np.maximum(delivered / delivered.sum(), 1e-9 * self.shares.wanted)
        slope = np.log(share / share.sum() / self.shares.wanted) - float(self.shares.kl_max)
        self.cut(Prices(1.0, slope).tightened(self.shares).a)

    def schedule(self, values: Floats) -> Schedule:
        """Return the schedule that column values state."""
        for column, value in zip(self.form.columns, values.tolist(), strict=True):
            column.set_value(value, skip_validation=True)
        return read_schedule(self.shares.problem, self.model)


def approximate(
    problem: SchedulingProblem, strategy: TargetedDelivery, options: SolverOptions
) -> OuterApproximation:
    """Return the optimum of targeted delivery, or what there is when time runs out.

    With ``kl_max`` = 0 the shares are fixed by two-sided rows instead of cuts.

    Raises
    ------
    InputError
        When the problem has no weights.
    SolverError
        When the formulation refuses the problem.
    """
    began = time.perf_counter()
    shares = Shares.create(problem, strategy)
    formulation = chosen_formulation(problem, options.formulation)
    blocks = Blocks.create(shares)
    root = best_bound(blocks, Oracle(blocks))
    idle = Schedule(np.full(problem.interval.size, IDLE, np.int64))
    found = OuterApproximation(idle, root, reason=shares.nothing_allowed())
    if found.reason or not root.value:
        return found
    loop = _Loop(shares, formulation)
    _first_cuts(loop, root)
    found.seconds["build"] = time.perf_counter() - began
    last: MipResult | None = None
    while found.rounds < _MOST_ROUNDS:
        left = None
        if options.time_limit is not None:
            left = options.time_limit - (time.perf_counter() - began)
            if left <= 0:
                found.ended = Ended.TIME_LIMIT
                break
        settings = HighsOptions(left, options.threads, options.seed)
        start = None if last is None else last.values
        last = solve_form(loop.form, settings, start=start, progress=options.progress)
        found.rounds += 1
        found.ended, found.milp_bound = last.ended, last.bound
        if not _take(found, loop, last) or last.ended is not Ended.FINISHED:
            break
    found.seconds["solve"] = time.perf_counter() - began - found.seconds["build"]
    return found


def _first_cuts(loop: _Loop, root: Bound) -> None:
    if loop.shares.exact:
        for n, wanted in enumerate(loop.shares.wanted.tolist()):
            towards = np.full(loop.shares.wanted.size, -wanted)
            towards[n] += 1.0
            loop.cut(towards)
            loop.cut(-towards)
    else:
        loop.cut(root.prices.a)


def _take(found: OuterApproximation, loop: _Loop, result: MipResult) -> bool:
    """Keep the optimum if it is allowed, otherwise cut it off; say whether to go on."""
    if result.values is None:
        return False
    schedule = loop.schedule(result.values)
    delivered = loop.shares.delivered(schedule)
    if not delivered.any() or not schedule.is_legal(loop.shares.problem):
        return False
    if loop.shares.allows(delivered):
        if delivered.sum() > loop.shares.delivered(found.schedule).sum():
            found.schedule = schedule
        return False
    if loop.shares.exact:
        return False
    loop.cut_at(delivered.astype(float))
    return True


def relaxation_with_cuts(
    problem: SchedulingProblem, strategy: TargetedDelivery, formulation: str | None = None
) -> tuple[float, int, float]:
    """Return the linear relaxation's value with cuts at its own optima, rounds, and seconds.

    What the decomposition's bound is measured against: the same limit when the formulation is
    integral, found by HiGHS without seeing blocks or paths.
    """
    began = time.perf_counter()
    shares = Shares.create(problem, strategy)
    loop = _Loop(shares, chosen_formulation(problem, formulation))
    value, rounds = math.inf, 0
    while rounds < _MOST_ROUNDS:
        result: Any = solve_form(loop.form, HighsOptions(relax=True))
        rounds += 1
        value = float(result.objective)
        delivered = loop.bits @ result.values
        if shares.excess(delivered) <= _ENOUGH * value:
            break
        loop.cut_at(delivered)
    return value, rounds, time.perf_counter() - began
