"""How large a model's whole numbers are, counted in their common unit, and who can be trusted.

Solvers compute in doubles with absolute tolerances. A model whose bits reach far has numbers that
are all within a solver's range and still an optimum that the solver cannot distinguish from its
neighbours: bounds come out below what a schedule reaches, searches do not end, and HiGHS was seen
to crash. So every model is measured before a solver gets it; the limits are those of
``benchmarks/decisions/trusted_numbers.py``.
"""

from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.errors import SolverError
from qkdopt.mip.standard_form import StandardForm


class Digits(NamedTuple):
    """Binary digits of the largest whole number among costs, and among the numbers of a row."""

    costs: int
    rows: int


TRUSTED = {
    "highs": Digits(44, 32),
    "highs_plain": Digits(36, 24),
    "scip": Digits(36, 24),
    "cbc": Digits(36, 24),
    "glpk": Digits(36, 24),
    "gurobi": Digits(36, 24),
    "cplex": Digits(36, 24),
    "cp_sat": Digits(40, 24),
}
"""Up to here a solver's results were correct in all measurements.

Those that could not be measured are trusted with less than HiGHS is.
"""

_BY_PYOMO = Digits(24, 20)  # whatever solver Pyomo hands the model to, unscaled
_LARGEST = 2.0**62


def check_numbers(solver: str, form: StandardForm) -> None:
    """Refuse a model whose costs or rows have larger whole numbers than a solver is trusted with.

    Raises
    ------
    SolverError
        With the range that the solver is trusted for.
    """
    found, trusted = digits_of(form), TRUSTED.get(solver, _BY_PYOMO)
    for what, some, most in zip(Digits._fields, found, trusted, strict=True):
        if some > most:
            raise SolverError(
                f"mip_solver {solver} is trusted for whole {what} below 2^{most} (in their common "
                f"unit), this model's reach 2^{some}: use solver dynamic or decomposition, which "
                "add in integers, or larger units"
            )


def digits_of(form: StandardForm) -> Digits:
    """Return the binary digits of the largest whole cost and coefficient, in their common units.

    A row's unit is the greatest common divisor of its whole coefficients; numbers with a
    fractional part (cuts, shares) are accurate to a tolerance by nature and are not counted.
    """
    matrix = form.matrix.tocsr()
    largest = 0
    begin = matrix.indptr[:-1][np.diff(matrix.indptr) > 0]
    if begin.size:
        ends = np.append(begin[1:], matrix.data.size)
        rows = np.maximum.reduceat(np.abs(matrix.data), begin)
        for row in np.argsort(-rows, kind="stable").tolist():
            if rows[row] <= largest:
                break
            largest = max(largest, _largest_in_units(matrix.data[begin[row] : ends[row]]))
    costs = _largest_in_units(np.asarray(form.cost))
    return Digits(costs.bit_length(), largest.bit_length())


def _largest_in_units(numbers: Floats) -> int:
    whole = _whole(numbers)
    return int(np.abs(whole).max(initial=0)) // common_unit(whole)


def common_unit(whole: Integers) -> int:
    """Return the greatest common divisor, 1 where there is nothing but zeros."""
    return int(np.gcd.reduce(np.abs(whole), initial=0)) or 1


def _whole(numbers: Floats) -> Integers:
    """Return the whole ones among some numbers; those beyond 2^62 count as that."""
    finite = numbers[np.isfinite(numbers)]
    whole = np.clip(finite[finite == np.round(finite)], -_LARGEST, _LARGEST)
    return np.asarray(whole, np.int64)
