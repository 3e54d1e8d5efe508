"""Rows for who points at whom: a satellite at its links, the receivers of a station at satellites.

What can point keeps at most ``most`` directions at a time, and needs ``tau`` intervals to change
one. ``point[n, a]`` says that ``n`` is pointed at in ``a``, ``leave[n, a]`` that it is not in
``a + 1`` any more, ``gone[a]`` how many are left after ``a``:

    depart    leave[n, a] >= point[n, a] - point[n, a + 1]
    count     gone[a] >= sum_n leave[n, a]
    turn      sum_n point[n, a] + sum of gone[b] with t[a] - tau <= t[b] < t[a]  <= most[a]

(``point[n, a + 1]`` is 0 where it is no cell; ``leave[n, a]`` is written ``point[n, a]`` there.)
"""

from collections.abc import Sequence

import pyomo.environ as pyo
from pyomo.core.expr.numeric_expr import NumericExpression

from qkdopt.optimize.formulations.directions import Directions
from qkdopt.optimize.formulations.templates import Row, add_limits, add_rows


def add_turns(
    model: pyo.ConcreteModel, where: Directions, most: Sequence[int], prefix: str = ""
) -> pyo.Var:
    """Add ``point``, ``leave``, ``gone`` and their rows; return ``point``."""
    intervals = range(len(where.cells))
    left = [a for a in intervals if where.staying[a] or where.ending[a]]
    links = pyo.Set(intervals, initialize=dict(enumerate(where.cells)))
    staying = pyo.Set(left, initialize={a: where.staying[a] for a in left})
    ending = pyo.Set(left, initialize={a: where.ending[a] for a in left})
    earlier = pyo.Set(intervals, initialize=dict(enumerate(where.earlier)))
    stays = [(n, a, a + 1) for a in left for n in where.staying[a]]
    point = pyo.Var([(n, a) for a in intervals for n in where.cells[a]], bounds=(0, 1))
    leave = pyo.Var([row[:2] for row in stays], bounds=(0, 1))
    gone = pyo.Var(left, bounds=(0, None))
    added = {"links": links, "staying": staying, "ending": ending, "earlier": earlier}
    for name, part in (added | {"point": point, "leave": leave, "gone": gone}).items():
        setattr(model, prefix + name, part)

    def depart(model: pyo.ConcreteModel, n: int, a: int, b: int) -> Row:
        return leave[n, a] - point[n, a] + point[n, b] >= 0

    def count(model: pyo.ConcreteModel, a: int) -> Row:
        leaving = sum(leave[n, a] for n in staying[a])
        return leaving + sum(point[n, a] for n in ending[a]) - gone[a] <= 0

    def turn(model: pyo.ConcreteModel, a: int) -> NumericExpression:
        return sum(point[n, a] for n in links[a]) + sum(gone[b] for b in earlier[a])

    add_rows(model, f"{prefix}depart", stays, depart)
    add_rows(model, f"{prefix}count", left, count)
    limits = {a: most[a] for a in intervals if where.cells[a]}
    add_limits(model, f"{prefix}turn", limits, turn)
    return point
