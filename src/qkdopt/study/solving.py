"""One door for both kinds of problems: intervals and contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from qkdopt.claims import Outcome
from qkdopt.errors import InputError

if TYPE_CHECKING:
    from qkdopt.contact import ContactProblem
    from qkdopt.optimize.problem import SchedulingProblem
    from qkdopt.optimize.strategies import Strategy

__all__ = ["solve"]


@overload
def solve(problem: SchedulingProblem, strategy: Strategy, **options: Any) -> Outcome: ...


@overload
def solve(problem: ContactProblem, strategy: None = None, **options: Any) -> Outcome: ...


def solve(
    problem: SchedulingProblem | ContactProblem, strategy: Strategy | None = None, **options: Any
) -> Outcome:
    """Return the best schedule that a solver finds, with its certificate.

    Parameters
    ----------
    problem
        What to schedule.
    strategy
        What for; contact problems have one objective of their own, so none is given.
    options
        As in :func:`qkdopt.optimize.solvers.solve`, or for contact problems
        :func:`qkdopt.contact.solve.solve_contacts`.

    Raises
    ------
    InputError
        For a strategy that is missing or too much, and what the solvers refuse.
    """
    from qkdopt.contact import ContactProblem

    if isinstance(problem, ContactProblem):
        from qkdopt.contact.solve import solve_contacts

        if strategy is not None:
            raise InputError("strategy", strategy, "none with a contact problem")
        return solve_contacts(problem, **options)
    from qkdopt.optimize.solvers import solve as solve_intervals

    if strategy is None:
        raise InputError("strategy", "none", "a strategy such as GeneralDelivery()")
    return solve_intervals(problem, strategy, **options)
