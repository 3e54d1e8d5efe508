"""``solve`` for both problem classes: intervals and contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np

from qkdopt.certificates import Ended, Outcome
from qkdopt.certificates.certificate import MOST_VALUES
from qkdopt.errors import Described, InputError, LimitError

if TYPE_CHECKING:
    from qkdopt.contact import ContactProblem
    from qkdopt.optimize.problem import SchedulingProblem
    from qkdopt.optimize.solvers.external import IllegalScheduleError
    from qkdopt.optimize.strategies import Strategy


@overload
def solve(problem: SchedulingProblem, strategy: Strategy, **options: object) -> Outcome: ...


@overload
def solve(problem: ContactProblem, strategy: None = None, **options: object) -> Outcome: ...


def solve(
    problem: SchedulingProblem | ContactProblem, strategy: Strategy | None = None, **options: Any
) -> Outcome:
    """Return the best schedule that a solver finds, a proved bound, and their certificate.

    The default solver is the first that supports the strategy: the dynamic programme for
    ``GeneralDelivery`` and ``PrioritisedDelivery``, which proves the optimum at once, and
    ``decomposition`` (column generation inside branch and bound) for the others and for
    contacts, which runs until value and bound meet or ``time_limit`` is over. An infeasible
    problem does not raise: the outcome has no certificate, but a reason.

    Parameters
    ----------
    problem
        A problem of links and intervals, or of contacts.
    strategy
        The objective; none for contact problems, which have their own.
    options
        Keyword arguments; for contacts only those marked as such.

        ``solver`` (contacts too)
            A name from the table in :func:`qkdopt.optimize.solvers.solve`, which lists what each
            solver supports and proves (for contacts ``decomposition`` or ``milp``), the name of
            a plug-in, or a callable ``(problem, strategy, options)`` that returns a schedule.
        ``time_limit`` (contacts too)
            Wall-clock limit [s] > 0 of solvers that search; the incumbent is returned.
        ``seed``, ``threads`` (contacts too)
            Whole numbers, for solvers with such settings; 0 and 1 by default.
        ``formulation`` (contacts too), ``mip_solver``
            For ``milp``: the model, and the program that solves it (HiGHS by default).
        ``start``
            A legal :class:`~qkdopt.Schedule` that ``decomposition`` and ``milp`` may begin with,
            or the paths ``[[link, first, last], ...]`` of each satellite of one.
        ``prices``
            A file of prices of targets and receivers that the bound begins with.
        ``genetic``
            Settings of the evolutionary solvers.
        ``parameters``
            Tuning constants by group and name that are to differ from the usual ones, such as
            ``{"branch_and_bound": {"candidates": 80}}``; the certificate states them.
        ``progress`` (contacts too)
            Called from time to time with (seconds, incumbent or ``None``, bound or ``None``).

    Returns
    -------
    How the solver ended, value and bound (in the strategy's unit; bits for ``gd``), and the
    certificate, which :func:`qkdopt.verify` checks independently; all three are
    ``None`` where there is no schedule. ``optimal``: value and bound are equal.

    Raises
    ------
    InputError
        For a missing or superfluous strategy, an option that the solver does not have, and
        weights that the strategy needs and the problem lacks.
    LimitError
        For a problem so large that :func:`qkdopt.verify` would refuse its certificate.
    SolverError
        For a solver that does not support the problem, is not installed, not licensed for it,
        or fails.

    Examples
    --------
    >>> import qkdopt as qo
    >>> keys = qo.KeyTensor.create([[5, 4, 0, 0], [0, 6, 7, 9]], [51, 52, 53, 54], ["A", "B"])
    >>> outcome = qo.solve(qo.SchedulingProblem.from_keys(keys), qo.GeneralDelivery())
    >>> outcome.value, outcome.bound, outcome.optimal
    (22, 22, True)
    """
    from qkdopt.contact import ContactProblem

    if isinstance(problem, ContactProblem):
        from qkdopt.contact.solve import solve_contacts

        if strategy is not None:
            raise InputError("strategy", strategy, "none with a contact problem")
        return solve_contacts(problem, **options)
    from qkdopt.optimize.solvers import solve as solve_intervals
    from qkdopt.optimize.solvers.external import IllegalScheduleError

    check_size(problem)
    if strategy is None:
        raise InputError("strategy", "none", "a strategy such as GeneralDelivery()")
    try:
        return solve_intervals(problem, strategy, **options)
    except IllegalScheduleError as illegal:
        return Outcome(Ended.FAILED, None, None, None, reason=_findings(problem, illegal))


def check_size(problem: SchedulingProblem) -> None:
    """Refuse a problem whose certificates would be too long, before any work is done.

    Raises
    ------
    LimitError
        When schedule and keys alone have more values than the verifier reads.
    """
    intervals = sum(satellite.interval.size for satellite in problem.satellites)
    cells = sum(  # version 2 writes no zeros
        satellite.bits.size if problem.version == 1 else np.count_nonzero(satellite.bits)
        for satellite in problem.satellites
    )
    sessions = sum(
        0 if satellite.sessions is None else satellite.sessions.bits.size
        for satellite in problem.satellites
    )
    if cells + sessions + 2 * intervals > MOST_VALUES:
        possible = f" with {sessions:,} possible sessions" if sessions else ""
        came = Described(f"{len(problem.links):,} links in {intervals:,} intervals{possible}")
        expected = f"at most {MOST_VALUES:,} values in a certificate (fewer links or intervals)"
        raise LimitError("problem", came, expected)


def _findings(problem: SchedulingProblem, illegal: IllegalScheduleError) -> str:
    """Return the verifier's findings on a schedule that breaks the rules."""
    from qkdopt.verifier.model import NONE
    from qkdopt.verifier.problem import read_problem
    from qkdopt.verifier.rules import violations

    read = read_problem(problem.document(), "problem")
    served = [(a, n) for a, n in enumerate(illegal.schedule.to_list()) if n != NONE]
    found = list(violations(read, [read.satellites[0].path(served)]))
    more = f" (and {len(found) - 1:,} more)" if len(found) > 1 else ""
    return f"the schedule of solver {illegal.solver} is illegal: {found[0]}{more}"
