"""A Pyomo model as arrays, ready for any solver's matrix interface."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qkdopt.arrays import Bools, Floats
from qkdopt.deadline import Deadline

if TYPE_CHECKING:
    import pyomo.environ as pyo
    from scipy.sparse import csc_array

_LEAST_S = 0.01  # for a search whose time building has used up


@dataclass(frozen=True, eq=False)
class StandardForm:
    """Minimise ``cost @ x + offset`` subject to row and column bounds.

    ``R`` rows, ``C`` columns.

    Attributes
    ----------
    cost, column_lower, column_upper
        Shape ``(C,)``; absent bounds are infinite.
    matrix
        Constraint coefficients, :class:`scipy.sparse.csc_array` of shape ``(R, C)``.
    row_lower, row_upper
        Shape ``(R,)``.
    integer
        Which columns must be whole, shape ``(C,)``.
    maximise
        Whether the model maximises: then ``cost`` and ``offset`` are negated.
    columns
        The Pyomo variables, ``C`` of them.
    rows
        Pyomo's row entries, ``R`` of them.
    model
        The Pyomo model, kept because its variables lose their names when it is gone.
    """

    cost: Floats
    offset: float
    matrix: csc_array
    row_lower: Floats
    row_upper: Floats
    column_lower: Floats
    column_upper: Floats
    integer: Bools
    maximise: bool
    columns: list[pyo.Var]
    rows: list[Any]
    model: pyo.ConcreteModel

    @property
    def row_names(self) -> list[str]:
        """Names of the constraints, shape ``(R,)``."""
        return [row.constraint.name for row in self.rows]

    def set_values(self, values: Floats) -> None:
        """Give the Pyomo variables the values of their columns, shape ``(C,)``."""
        for column, value in zip(self.columns, values.tolist(), strict=False):
            column.set_value(value, skip_validation=True)

    def original_value(self, value: float) -> float:
        """Return an objective value (without offset) in the sense of the Pyomo model."""
        return -(value + self.offset) if self.maximise else value + self.offset


@contextmanager
def quiet_building() -> Iterator[None]:
    """Keep Pyomo from logging that it was interrupted; the exception says so already."""
    log = logging.getLogger("pyomo.core")
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before


def compile_model(model: pyo.ConcreteModel) -> StandardForm:
    """Return the arrays of a linear Pyomo model with one active objective.

    Columns that appear in no row and no objective are left out.
    """
    from pyomo.core.base.objective import Objective
    from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

    info = LinearStandardFormCompiler().write(model, mixed_form=True)
    (objective,) = model.component_data_objects(Objective, active=True)
    sense = np.fromiter((row.bound_type for row in info.rows), np.int8, len(info.rows))
    right = np.asarray(info.rhs, dtype=float)
    columns = list(info.columns)
    bounds = [column.bounds for column in columns]
    return StandardForm(
        cost=info.c.toarray().ravel() if info.c.shape[0] else np.zeros(len(columns)),
        offset=float(info.c_offset[0]) if len(info.c_offset) else 0.0,
        matrix=info.A,
        row_lower=np.where(sense <= 0, right, -np.inf),
        row_upper=np.where(sense >= 0, right, np.inf),
        column_lower=np.array([-np.inf if low is None else low for low, _ in bounds], float),
        column_upper=np.array([np.inf if high is None else high for _, high in bounds], float),
        integer=np.array([not column.is_continuous() for column in columns], dtype=bool),
        maximise=bool(objective.sense == -1),
        columns=columns,
        rows=list(info.rows),
        model=model,
    )


def compiled_in_time(
    build: Callable[[], pyo.ConcreteModel], deadline: Deadline
) -> tuple[StandardForm, dict[str, float]]:
    """Build a model and compile it; return the arrays, and the wall time of both phases [s].

    Raises
    ------
    DeadlinePassedError
        When the time is up before that is done.
    """
    began = time.perf_counter()
    with deadline.enforced(), quiet_building():
        model = build()
        built = time.perf_counter()
        form = compile_model(model)
    return form, {"build": built - began, "compile": time.perf_counter() - built}


def search_s(deadline: Deadline) -> float | None:
    """Return the wall time that is left for a search [s], ``None`` without a limit."""
    return None if deadline.limit_s is None else max(deadline.remaining(), _LEAST_S)
