"""``milp``: a formulation of the contact problem through Pyomo to HiGHS, gaps exactly 0."""

from dataclasses import dataclass
from functools import partial

from qkdopt.certificates import Ended
from qkdopt.contact.formulations import build_formulation
from qkdopt.contact.problem import ContactProblem
from qkdopt.contact.schedule import ContactSchedule
from qkdopt.deadline import Deadline
from qkdopt.errors import SolverError
from qkdopt.mip.exchange import MipOptions, Progress
from qkdopt.mip.highs import solve_form
from qkdopt.mip.standard_form import compile_model, compiled_in_time, search_s

_GIVEN = 0.5


@dataclass(frozen=True)
class MilpContacts:
    """What HiGHS left; its own bound is floating point and proves nothing here.

    Attributes
    ----------
    solver_bound
        In the unit of values, or ``None``.
    """

    ended: Ended
    schedule: ContactSchedule | None
    solver_bound: float | None
    nodes: int
    seconds: dict[str, float]
    message: str


def solve_by_milp(
    problem: ContactProblem,
    formulation: str,
    deadline: Deadline | None = None,
    seed: int = 0,
    threads: int = 1,
    progress: Progress | None = None,
) -> MilpContacts:
    """Build, compile, hand over and solve; read the pairs back.

    Raises
    ------
    DeadlinePassedError
        When the time is up before everything is built.
    SolverError
        When HiGHS returns pairs that break a rule.
    """
    deadline = deadline or Deadline()
    form, seconds = compiled_in_time(partial(build_formulation, problem, formulation), deadline)
    options = MipOptions(search_s(deadline), threads, seed)
    result = solve_form(form, options, progress=progress)
    schedule = None
    if result.values is not None:
        given = zip(form.columns, result.values.tolist(), strict=True)
        pairs = [column.index() for column, value in given if value > _GIVEN]
        start = problem.start
        schedule = ContactSchedule(tuple(sorted(pairs, key=lambda pair: start[pair[0]])))
        if why := schedule.broken_rule(problem):
            raise SolverError(f"HiGHS returned pairs that break a rule: {why}")
    nodes = result.nodes or 0  # HiGHS always says
    seconds |= result.seconds
    return MilpContacts(result.ended, schedule, result.bound, nodes, seconds, result.message)


def relaxed_value(problem: ContactProblem, formulation: str) -> float:
    """Return the optimum of a formulation's relaxation, in the unit of values.

    Raises
    ------
    SolverError
        When HiGHS does not finish.
    """
    form = compile_model(build_formulation(problem, formulation))
    result = solve_form(form, MipOptions(relax=True))
    if result.objective is None:
        raise SolverError(f"HiGHS did not solve the relaxation: {result.message}")
    return result.objective
