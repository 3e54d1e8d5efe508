"""How large a model's whole numbers are, counted in their common unit, and who can be trusted.

Solvers compute in doubles with absolute tolerances. A model whose bits reach far has numbers that
are all within a solver's range and still an optimum that the solver cannot tell from its
neighbours: bounds come out below what a schedule reaches, searches do not end, and HiGHS was seen
to crash. So every model is measured before a solver gets it; see
``benchmarks/decisions/trusted_numbers.py``.
"""

from __future__ import annotations

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.errors import SolverError
from qkdopt.mip.standard_form import StandardForm

__all__ = ["TRUSTED_BITS", "bits_of_numbers", "check_numbers", "common_unit"]

TRUSTED_BITS = {
    "highs": 36,
    "scip": 36,
    "cbc": 36,
    "glpk": 36,
    "gurobi": 36,
    "cplex": 36,
    "cp_sat": 36,
}
"""Binary digits of whole numbers up to which a solver's answers were never wrong."""

_BY_PYOMO = 24  # whatever solver Pyomo hands the model to, unscaled
_LARGEST = 2.0**62


def check_numbers(solver: str, form: StandardForm) -> None:
    """Refuse a model whose costs or rows have larger whole numbers than a solver is trusted with.

    Raises
    ------
    SolverError
        With the range that the solver is trusted for.
    """
    bits, trusted = bits_of_numbers(form), TRUSTED_BITS.get(solver, _BY_PYOMO)
    if bits > trusted:
        raise SolverError(
            f"mip_solver {solver} is trusted for whole numbers up to 2^{trusted} (in their common unit), this "
            f"model has some of 2^{bits}: take a solver that counts in integers (dynamic or "
            "decomposition), or larger units"
        )


def bits_of_numbers(form: StandardForm) -> int:
    """Return the binary digits of the largest whole cost or coefficient, in its common unit.

    A row's unit is the greatest common divisor of its whole coefficients; numbers with a
    fractional part (cuts, shares) are accurate to a tolerance by nature and are not counted.
    """
    largest = _largest_in_units(np.asarray(form.cost))
    matrix = form.matrix.tocsr()
    if float(np.abs(matrix.data).max(initial=0.0)) > largest:
        begin = matrix.indptr[:-1][np.diff(matrix.indptr) > 0]
        rows = np.maximum.reduceat(np.abs(matrix.data), begin)
        ends = np.append(begin[1:], matrix.data.size)
        for row in np.flatnonzero(rows > largest).tolist():
            largest = max(largest, _largest_in_units(matrix.data[begin[row] : ends[row]]))
    return int(largest).bit_length()


def _largest_in_units(numbers: Floats) -> int:
    whole = _whole(numbers)
    return int(np.abs(whole).max(initial=0)) // common_unit(whole)


def common_unit(whole: Integers) -> int:
    """Return the greatest common divisor, 1 where there is nothing but zeros."""
    return int(np.gcd.reduce(np.abs(whole), initial=0)) or 1


def _whole(numbers: Floats) -> Integers:
    """Return the whole ones among some numbers; those beyond 2^62 count as that."""
    finite = numbers[np.isfinite(numbers)]
    return np.clip(finite[finite == np.round(finite)], -_LARGEST, _LARGEST).astype(np.int64)
