"""Formulation ``pointing`` in arrays, without Pyomo, which takes seconds to load.

The rows are those of :mod:`qkdopt.optimize.formulations.pointing`, without operations and without
shared receivers; an objective follows (see :class:`StandardForm`).
"""

import numpy as np
from scipy.sparse import csc_array

from qkdopt.arrays import Bools, Floats
from qkdopt.mip.standard_form import StandardForm
from qkdopt.optimize.formulations.directions import directions
from qkdopt.optimize.formulations.servable import servable
from qkdopt.optimize.problem import SchedulingProblem


def pointing_form(problem: SchedulingProblem) -> tuple[list[tuple[int, int]], StandardForm]:
    """Return the services ``(n, a)`` of the first columns, and rows without an objective."""
    pairs, time = servable(problem).pairs, problem.interval
    where = directions(pairs, time, np.full(time.size, problem.tau))
    columns: dict[object, int] = {pair: j for j, pair in enumerate(pairs)}
    rows = _Rows()

    def column(kind: str, *index: int) -> int:
        return columns.setdefault((kind, *index), len(columns))

    for n, a in pairs:
        rows.add({columns[n, a]: 1.0, column("point", n, a): -1.0}, upper=0.0)
    for a, (staying, ending) in enumerate(zip(where.staying, where.ending, strict=True)):
        for n in staying:
            here, there = column("point", n, a), column("point", n, a + 1)
            rows.add({column("leave", n, a): -1.0, here: 1.0, there: -1.0}, upper=0.0)
        if staying or ending:
            left = {column("leave", n, a): 1.0 for n in staying}
            left |= {column("point", n, a): 1.0 for n in ending}
            rows.add({**left, column("gone", a): -1.0}, upper=0.0)
    for a, (cells, earlier) in enumerate(zip(where.cells, where.earlier, strict=True)):
        if cells:
            used = {column("point", n, a): 1.0 for n in cells}
            rows.add({**used, **{column("gone", b): 1.0 for b in earlier}}, upper=1.0)
    whole = np.arange(len(columns)) < len(pairs)
    top = np.array([np.inf if key[0] == "gone" else 1.0 for key in columns])  # type: ignore[index]
    return pairs, rows.form(whole, top)


class _Rows:
    """Rows with upper limits, one after the other."""

    def __init__(self) -> None:
        self._row: list[int] = []
        self._column: list[int] = []
        self._value: list[float] = []
        self._upper: list[float] = []

    def add(self, terms: dict[int, float], upper: float) -> None:
        self._row += [len(self._upper)] * len(terms)
        self._column += terms.keys()
        self._value += terms.values()
        self._upper.append(upper)

    def form(self, whole: Bools, top: Floats) -> StandardForm:
        """Return all rows over columns from 0 to ``top``, those of ``whole`` integer."""
        shape = len(self._upper), top.size
        where = np.array(self._row, np.int64), np.array(self._column, np.int64)
        return StandardForm(
            cost=np.zeros(top.size),
            offset=0.0,
            matrix=csc_array((np.array(self._value, float), where), shape=shape),
            row_lower=np.full(shape[0], -np.inf),
            row_upper=np.array(self._upper),
            column_lower=np.zeros(top.size),
            column_upper=top,
            integer=whole,
            maximise=True,
            columns=[None] * top.size,
            rows=[None] * shape[0],
            model=None,
        )
