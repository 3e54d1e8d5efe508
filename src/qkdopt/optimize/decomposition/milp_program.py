"""An objective over a formulation's schedules, as a mixed-integer programme that takes cuts.

The restricted master's rows of the objective hold for schedules as for their mixtures: ``E`` is
``sum K x`` here, and what the master lets be missing at a price must not be missing.
"""

from dataclasses import replace

import numpy as np
from scipy.sparse import csc_array, hstack, vstack

from qkdopt.arrays import Floats, Integers
from qkdopt.mip.standard_form import StandardForm
from qkdopt.optimize.formulations.pointing_arrays import pointing_form
from qkdopt.optimize.objectives.base import ConcaveObjective
from qkdopt.optimize.schedule import IDLE

_SERVED = 0.5
_NEAR = 1e-6  # HiGHS keeps to rows about so well


class MilpProgram:
    """Formulation ``pointing``, the objective's rows and columns, then cuts.

    Attributes
    ----------
    form
        What HiGHS is given: columns of the formulation, then the objective's own.
    """

    def __init__(self, objective: ConcaveObjective, unit: float) -> None:
        """Build it; bits are counted in ``unit``."""
        problem, position = objective.problem, objective.delivery.position
        pairs, form = pointing_form(problem)
        self._intervals = problem.interval.size
        self._column = np.arange(len(pairs))
        self._link, self._interval = np.array(pairs, np.int64).reshape(-1, 2).T
        self._bits = np.zeros((objective.delivery.targets, len(form.columns)))
        target = np.asarray(position)[self._link]
        some = target >= 0
        amount = problem.bits[self._link, self._interval] / unit
        self._bits[target[some], self._column[some]] = amount[some]
        self.form = self._with_objective(form, objective, unit)

    def _with_objective(
        self, form: StandardForm, objective: ConcaveObjective, unit: float
    ) -> StandardForm:
        rows = objective.master_rows(unit)
        own = rows.reward.size
        dear = rows.reward < 0.0  # bits that may be missing, or an excess, in mixtures only
        bare = replace(
            form,
            cost=np.append(-rows.bit_reward @ self._bits, -np.where(dear, 0.0, rows.reward)),
            offset=0.0,
            maximise=True,
            matrix=hstack([form.matrix, csc_array((form.matrix.shape[0], own))], format="csc"),
            column_lower=np.append(form.column_lower, rows.lower),
            column_upper=np.append(form.column_upper, np.where(dear, 0.0, rows.upper)),
            integer=np.append(form.integer, np.zeros(own, bool)),
            columns=[*form.columns, *[None] * own],
        )
        matrix = rows.matrix if isinstance(rows.matrix, np.ndarray) else rows.matrix.toarray()
        return self._extended(bare, matrix, rows.row_lower, rows.row_upper)

    def _extended(
        self, form: StandardForm, over: Floats, lower: Floats, upper: Floats
    ) -> StandardForm:
        """Return the form with further rows ``over`` bits ``E`` and the objective's columns."""
        targets = len(self._bits)
        added = np.hstack([over[:, :targets] @ self._bits, over[:, targets:]])
        return replace(
            form,
            matrix=vstack([form.matrix, csc_array(added)], format="csc"),
            row_lower=np.append(form.row_lower, lower),
            row_upper=np.append(form.row_upper, upper),
            rows=[*form.rows, *[None] * len(added)],
        )

    def add_cuts(self, cuts: list[tuple[Floats, float]]) -> None:
        """Add ``row . (E, z) <= limit`` for each pair of row and limit."""
        over = np.array([row for row, _ in cuts])
        limits = np.array([limit for _, limit in cuts])
        self.form = self._extended(self.form, over, np.full(limits.size, -np.inf), limits)

    def violates(self, values: Floats, cuts: list[tuple[Floats, float]]) -> bool:
        """Say whether column values are beyond one of some cuts."""
        columns = self._bits.shape[1]
        point = np.append(self._bits @ values[:columns], values[columns:])
        return any(
            row @ point > limit + _NEAR * max(1.0, np.abs(row * point).max()) for row, limit in cuts
        )

    def values(self, service: Integers) -> Floats:
        """Return the columns that a schedule fixes, ``nan`` for what HiGHS is to complete."""
        values = np.full(len(self.form.columns), np.nan)
        values[self._column] = service[self._interval] == self._link
        return values

    def service(self, values: Floats) -> Integers:
        """Return the schedule that column values state, shape ``(A,)``."""
        service = np.full(self._intervals, IDLE, np.int64)
        served = values[self._column] > _SERVED
        service[self._interval[served]] = self._link[served]
        return service
