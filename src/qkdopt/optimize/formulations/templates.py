"""Rows from templates: Pyomo runs a rule once instead of once for each row.

Building and compiling the week takes less than half the time that way; see
``benchmarks/decisions/templatised_constraints.py``. A template cannot look into Python
lists or choose between forms of a row, so index sets are Pyomo sets and each form has rows of
its own.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from typing import TypeAlias

import pyomo.environ as pyo
from pyomo.core.base import constraint
from pyomo.core.expr.numeric_expr import LinearExpression, NumericExpression
from pyomo.core.expr.relational_expr import RelationalExpression

from qkdopt.optimize.formulations.servable import Servable

Row: TypeAlias = RelationalExpression
"""What the rule of a constraint returns, unless that is ``Constraint.Skip``."""

Term: TypeAlias = tuple[int | float | Fraction, pyo.Var]
"""A coefficient and its variable."""

Terms: TypeAlias = list[Term]

_templates: ContextVar[bool] = ContextVar("templates", default=True)


def linear_sum(terms: Terms) -> LinearExpression:
    """Return the sum of terms, each variable once."""
    numbers = [float(x) if isinstance(x, Fraction) else x for x, _ in terms]
    return LinearExpression(linear_coefs=numbers, linear_vars=[variable for _, variable in terms])


@contextmanager
def without_templates() -> Iterator[None]:
    """Build models row by row inside: most of Pyomo's own interfaces read no templates."""
    token = _templates.set(False)
    try:
        yield
    finally:
        _templates.reset(token)


def add_rows(
    model: pyo.ConcreteModel, name: str, rows: Collection[object], rule: Callable[..., Row]
) -> None:
    """Add the constraint ``name`` over ``rows`` from one template of ``rule``; none for no row."""
    if not rows:
        return  # Pyomo cannot tell how many indices the rule takes
    before = constraint.TEMPLATIZE_CONSTRAINTS
    constraint.TEMPLATIZE_CONSTRAINTS = _templates.get()
    try:
        setattr(model, name, pyo.Constraint(rows, rule=rule))
    finally:
        constraint.TEMPLATIZE_CONSTRAINTS = before


def add_limits(
    model: pyo.ConcreteModel,
    name: str,
    most: Mapping[int, int],
    terms: Callable[[pyo.ConcreteModel, int], NumericExpression],
) -> None:
    """Add the rows ``terms(model, a) <= most[a]``, from a template for each limit."""
    for limit in sorted(set(most.values())):
        rows = [a for a, number in most.items() if number == limit]
        _add_limit(model, f"{name}_{limit}" if limit > 1 else name, rows, terms, limit)


def _add_limit(
    model: pyo.ConcreteModel,
    name: str,
    rows: Collection[int],
    terms: Callable[[pyo.ConcreteModel, int], NumericExpression],
    limit: int,
) -> None:
    def rule(model: pyo.ConcreteModel, a: int) -> Row:
        return terms(model, a) <= limit

    add_rows(model, name, rows, rule)


def add_assignment(model: pyo.ConcreteModel, sets: Servable) -> None:
    """Add ``x``, ``idle`` and ``assign``, with ``links[a]`` as Pyomo sets."""
    intervals = range(len(sets.links))
    model.links = pyo.Set(intervals, initialize=dict(enumerate(sets.links)))
    model.x = pyo.Var(sets.pairs, domain=pyo.Binary)
    model.idle = pyo.Var(intervals, bounds=(0, 1))

    def assign(model: pyo.ConcreteModel, a: int) -> Row:
        return sum(model.x[n, a] for n in model.links[a]) + model.idle[a] == 1

    add_rows(model, "assign", intervals, assign)
