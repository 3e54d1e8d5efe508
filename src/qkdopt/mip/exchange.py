"""Requests to mixed-integer solvers and their results."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.certificates import Ended
from qkdopt.mip.standard_form import StandardForm

# Called from time to time with (seconds, incumbent or None, bound or None), in the model's sense.
Progress = Callable[[float, float | None, float | None], None]

_LARGEST_NUMBER = 2.0**20


@dataclass(frozen=True)
class MipOptions:
    """Settings that mean the same to every solver; the gaps are always exactly 0.

    Attributes
    ----------
    time_limit
        Wall time of the search [s], or ``None``.
    threads, seed
        For solvers that have such settings; :data:`qkdopt.mip.solvers.MIP_SOLVERS` lists them
        do not.
    relax
        Solve the linear relaxation instead (HiGHS only).
    presolve
        Let HiGHS simplify the model and look for symmetries first.
    """

    time_limit: float | None = None
    threads: int = 1
    seed: int = 0
    relax: bool = False
    presolve: bool = True


@dataclass(frozen=True, eq=False)
class MipResult:
    """How a solver ended, and what it left; objectives in the sense of the Pyomo model.

    Attributes
    ----------
    values
        Column values of the incumbent, shape ``(C,)``, or ``None``.
    objective, bound
        The solver's own floating-point figures, or ``None``.
    nodes
        Branch-and-bound nodes (0 for a relaxation), ``None`` where the solver does not say.
    hand_over_s, solve_s
        Wall time to give the solver the model and to read it back [s], and to search.
    message
        The solver's own name of its status; ``Infeasible`` when it proved that.
    """

    ended: Ended
    values: Floats | None
    objective: float | None
    bound: float | None
    nodes: int | None
    hand_over_s: float
    solve_s: float
    message: str

    @property
    def seconds(self) -> dict[str, float]:
        """Wall time of both phases [s], by name."""
        return {"hand_over": self.hand_over_s, "solve": self.solve_s}


@dataclass(frozen=True, eq=False)
class Scaled:
    """A form with moderate numbers, and the powers of two behind it.

    Attributes
    ----------
    exponent
        Costs were divided by two to this power.
    columns
        What a scaled column's value is multiplied by, shape ``(C,)``.
    """

    form: StandardForm
    exponent: int
    columns: Floats


def scaled(form: StandardForm) -> Scaled:
    """Return the form with moderate costs and rows.

    Weighted bits reach 2^40. Solvers' tolerances are absolute, and HiGHS' simplex method was
    seen to give up on such costs; dividing by a power of two changes no digit. Continuous
    columns that count bits (they are in rows with large numbers) are counted in larger units.
    """
    matrix = form.matrix.tocoo()
    large = np.zeros(matrix.shape[0])
    np.maximum.at(large, matrix.row, np.abs(matrix.data))
    powers = _powers(large)
    columns = np.ones(len(form.cost))
    counts = np.zeros(columns.size, bool)
    counts[matrix.col[powers[matrix.row] > 0]] = True
    columns[counts & ~form.integer] = 2.0 ** powers.max(initial=0)
    rows = 2.0**-powers
    cost = form.cost * columns
    exponent = int(_powers(np.abs(cost)).max(initial=0))
    small = matrix.copy()
    small.data = matrix.data * rows[matrix.row] * columns[matrix.col]
    factor = 2.0**-exponent
    moderate = replace(
        form,
        cost=cost * factor,
        offset=form.offset * factor,
        matrix=small.tocsc(),
        row_lower=form.row_lower * rows,
        row_upper=form.row_upper * rows,
        column_lower=form.column_lower / columns,
        column_upper=form.column_upper / columns,
    )
    return Scaled(moderate, exponent, columns)


def _powers(numbers: Floats) -> Floats:
    """Return the least powers of two that make numbers moderate, at least 0, of each."""
    ratio = np.maximum(np.abs(numbers) / _LARGEST_NUMBER, 1.0)
    return np.asarray(np.ceil(np.log2(ratio)))


def empty_result(form: StandardForm) -> MipResult:
    """Return the optimum of a model without columns, which several solvers cannot read."""
    value = form.original_value(0.0)
    return MipResult(Ended.FINISHED, np.zeros(0), value, value, 0, 0.0, 0.0, "Empty")


def result_of_values(
    form: StandardForm,
    *,
    ended: Ended,
    values: Floats | None,
    least: float | None,
    nodes: int | None,
    seconds: tuple[float, float],
    message: str,
) -> MipResult:
    """Return the result of a solver that minimised ``form.cost @ x``.

    The objective is recomputed from the values. A solver that ended by itself claims that it
    is the bound, too; solvers print that figure with too few digits.

    Parameters
    ----------
    least
        The solver's lower bound without the offset, or ``None``; used when it was stopped.
    seconds
        Hand-over and search [s].
    """
    objective = None if values is None else form.original_value(float(form.cost @ values))
    bound = None if least is None else form.original_value(least)
    if ended is Ended.FINISHED:
        bound = objective
    return MipResult(ended, values, objective, bound, nodes, *seconds, message)
