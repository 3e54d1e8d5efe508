"""Least divergence as a mixed-integer programme: gradient cuts and a ratio that only falls.

``g(E) = sum_n E_n ln(E_n / (q_n S))`` is the total times the divergence, convex and homogeneous
of degree one. With the divergence ``d`` of the best schedule known,

    minimise    v - d S
    subject to  v >= sum_n ln(p_n / q_n) E_n   for shares p that were met     (cuts on g)
                S >= F, floors, and the rules of a formulation

is negative as long as some schedule may be nearer to the weights. Its optimum either is nearer
(then ``d`` falls: Dinkelbach's method for ratios) or its shares are the next cut. When the optimum
is 0, ``d`` is least. That is HiGHS' word; the certificate carries the bound of prices.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.certificates import Ended, ended_at
from qkdopt.mip.exchange import MipOptions, MipResult
from qkdopt.mip.highs import solve_form
from qkdopt.mip.standard_form import quiet_building
from qkdopt.optimize.solvers.cut_loop import CutLoop
from qkdopt.optimize.solvers.least_run import LeastRun
from qkdopt.optimize.solvers.milp import chosen_formulation

__all__ = ["LeastByCuts"]

_MOST_ROUNDS = 300
_NEAR = 1e-9  # nats: an optimum so little nearer counts as none


@dataclass(eq=False)
class LeastByCuts:
    """The loop; called with a run whose bound is there, it improves the run's schedule.

    Attributes
    ----------
    rounds
        How many programmes were solved.
    milp_bound
        HiGHS' lower bound on the divergence [nats], or ``None``; reported, not judged.
    """

    formulation: str | None
    rounds: int = 0
    milp_bound: float | None = None
    made_by: dict[str, Any] = field(default_factory=dict)

    def __call__(self, run: LeastRun) -> None:
        """Solve and cut until no schedule can be nearer, or time is up."""
        name = chosen_formulation(run.problem, self.formulation)
        self.made_by["formulation"] = name
        with run.deadline.enforced(), quiet_building():
            loop = CutLoop(run.shares, name)
        loop.add_row(loop.bits.sum(axis=0), float(run.found.wanted), math.inf)
        unit = max(1.0, float(loop.bits.max(initial=0.0)))
        _add_epigraph(loop, unit)
        known = run.found.schedule
        if known is not None:
            _cut(loop, run.shares.delivered(known).astype(float), unit)
        while self.rounds < _MOST_ROUNDS:
            if run.deadline.expired():
                run.found.ended = ended_at(run.deadline)
                return
            left = run.deadline.remaining()
            result = self._solved(run, loop, unit, None if math.isinf(left) else left)
            if result.values is None or result.ended is not Ended.FINISHED:
                run.found.ended = result.ended
                return
            if not self._used(run, loop, result, unit):
                return
        run.found.ended = Ended.ITERATION_LIMIT

    def _solved(
        self, run: LeastRun, loop: CutLoop, unit: float, seconds: float | None
    ) -> MipResult:
        """Minimise ``v - d S`` in units, ``d`` of the best schedule known."""
        d = float(run.found.value)
        cost = np.append(-d * loop.bits.sum(axis=0) / unit, 1.0)
        form = replace(loop.form, cost=cost, offset=0.0, maximise=False)
        settings = MipOptions(seconds, run.options.threads, run.options.seed)
        result = solve_form(form, settings)
        self.rounds += 1
        if result.bound is not None:
            shown = d + min(0.0, result.bound) * unit / run.found.wanted
            self.milp_bound = max(self.milp_bound or 0.0, shown)
        return result

    def _used(self, run: LeastRun, loop: CutLoop, result: MipResult, unit: float) -> bool:
        """Take the optimum if it is nearer, otherwise cut it off; say whether to go on."""
        values = result.values
        if values is None:
            return False
        schedule = loop.schedule(values[:-1])
        delivered = run.shares.delivered(schedule).astype(float)
        if not delivered.any():
            return False  # a solver's word against its own rows
        promised = float(values[-1]) * unit / max(1.0, delivered.sum())
        if promised >= float(run.found.value) - _NEAR or not schedule.is_legal(run.problem):
            return False
        better = run.offer(schedule)
        if not better and run.shares.divergence(delivered) <= promised + _NEAR:
            return False
        _cut(loop, delivered, unit)
        return True


def _add_epigraph(loop: CutLoop, unit: float) -> None:
    """Add the column ``v`` [bits times nats, in units], last, and the cut at the wanted shares."""
    from scipy.sparse import csc_array, hstack

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


def _cut(loop: CutLoop, delivered: Floats, unit: float) -> None:
    """Add ``sum_n ln(p_n / q_n) E_n <= v`` at the shares of some bits."""
    loop.add_row(np.append(loop.slope_at(delivered) @ loop.bits / unit, -1.0), -np.inf, 0.0)
