"""One door for both kinds of problems: intervals and contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from qkdopt.claims import Ended, Outcome
from qkdopt.errors import InputError

if TYPE_CHECKING:
    from qkdopt.contact import ContactProblem
    from qkdopt.optimize.problem import SchedulingProblem
    from qkdopt.optimize.solvers.foreign import IllegalScheduleError
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
    from qkdopt.optimize.solvers.foreign import IllegalScheduleError

    if strategy is None:
        raise InputError("strategy", "none", "a strategy such as GeneralDelivery()")
    try:
        return solve_intervals(problem, strategy, **options)
    except IllegalScheduleError as illegal:
        return Outcome(Ended.FAILED, None, None, None, reason=_judged(problem, illegal))


def _judged(problem: SchedulingProblem, illegal: IllegalScheduleError) -> str:
    """Return the judge's words on a schedule that breaks the rules."""
    from qkdopt.judge.problem import read_problem
    from qkdopt.judge.rules import violations

    found = list(
        violations(read_problem(problem.document(), "problem"), illegal.schedule.to_list())
    )
    more = f" (and {len(found) - 1:,} more)" if len(found) > 1 else ""
    return f"the schedule of solver {illegal.solver} is illegal: {found[0]}{more}"
