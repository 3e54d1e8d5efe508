"""``milp`` in detail: phases, nodes, relaxation, and a claim even for a wrong result."""

import time
from functools import partial

from qkdopt.bench.configuration import SolverConfiguration
from qkdopt.bench.jobs import Job
from qkdopt.bench.status import JobOutcome, Status
from qkdopt.bench.tracing import Trace
from qkdopt.certificates import Certificate
from qkdopt.deadline import Deadline, DeadlinePassedError, interruptible
from qkdopt.mip.exchange import MipOptions
from qkdopt.mip.highs import solve_form
from qkdopt.mip.solvers import check_mip_solver
from qkdopt.mip.standard_form import compiled_in_time, search_s
from qkdopt.optimize.certified import certificate_of
from qkdopt.optimize.domain.longest_path import longest_value, sum_of_best
from qkdopt.optimize.exchange.options import SolverOptions
from qkdopt.optimize.exchange.result import SolverResult
from qkdopt.optimize.formulations import chosen_formulation, formulation_named
from qkdopt.optimize.layout import Layout, laid_out
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.solvers.formulation_run import solve_formulation
from qkdopt.optimize.strategies import LinearStrategy
from qkdopt.versions import version


def run_milp(
    job: Job,
    configuration: SolverConfiguration,
    problem: SchedulingProblem,
    strategy: LinearStrategy,
    trace: Trace,
) -> JobOutcome:
    """Solve by a formulation; the solver's schedule and bound are claimed as they come.

    ``qkdopt.solve`` refuses an illegal schedule of a solver. Here it becomes a certificate all
    the same, and the verifier finds what is wrong with it.

    Raises
    ------
    QkdoptError
        As :func:`qkdopt.optimize.solvers.formulation_run.solve_formulation`.
    """
    mip_solver = configuration.mip_solver or "highs"
    options = SolverOptions(
        time_limit=job.time_limit_s, seed=job.seed, threads=job.threads,
        formulation=configuration.formulation, progress=trace.note, mip_solver=mip_solver,
    )  # fmt: skip
    with interruptible():  # so that the time limit ends building, too
        layout, one = _as_one(problem)
        solution = solve_formulation(one, strategy, options)
    facts: dict[str, object] = {
        "nodes": solution.details["nodes"],
        "formulation": solution.details["formulation"],
        "options": {
            "mip_solver": mip_solver,
            "mip_solver_version": check_mip_solver(mip_solver),
            "relative_gap": "0",
            "absolute_gap": "0",
            "milp_bound": solution.details["milp_bound"],
        },
    }
    return JobOutcome(
        str(solution.ended),
        _claim(one, strategy, solution, layout),
        "" if solution.schedule is not None else solution.reason,
        solution.seconds,
        facts,
    )


def run_relaxation(
    job: Job,
    configuration: SolverConfiguration,
    problem: SchedulingProblem,
    strategy: LinearStrategy,
) -> JobOutcome:
    """Solve a formulation's linear relaxation by HiGHS; its optimum is no claim.

    Raises
    ------
    QkdoptError
        When the formulation refuses the problem.
    """
    began, deadline = time.perf_counter(), Deadline(job.time_limit_s)
    _, problem = _as_one(problem)
    name = chosen_formulation(problem, configuration.formulation)
    build = partial(formulation_named(name).build, problem, strategy)
    try:
        with interruptible():
            form, seconds = compiled_in_time(build, deadline)
    except DeadlinePassedError:
        seconds = {"build": time.perf_counter() - began}
        return JobOutcome(Status.TIME_LIMIT, reason="Not built in time", seconds=seconds)
    result = solve_form(form, MipOptions(search_s(deadline), job.threads, job.seed, relax=True))
    rows, columns = form.matrix.shape
    facts = {
        "relaxation": result.bound,
        "formulation": name,
        "rows": rows,
        "columns": columns,
        "entries": int(form.matrix.nnz),
    }
    status = Status(str(result.ended))
    seconds |= result.seconds
    return JobOutcome(status, reason=result.message, seconds=seconds, facts=facts)


def _as_one(problem: SchedulingProblem) -> tuple[Layout | None, SchedulingProblem]:
    """Return how several satellites are laid out as one, and the problem of that one."""
    if len(problem.satellites) == 1:
        return None, problem
    layout = laid_out(problem)
    return layout, layout.problem


def _claim(
    problem: SchedulingProblem,
    strategy: LinearStrategy,
    solution: SolverResult,
    layout: Layout | None,
) -> Certificate | None:
    """Return a claim that can be verified.

    Nobody can recount a solver's own bound for satellites that share receivers: what each could
    have alone is claimed there.
    """
    if solution.schedule is None:
        return None
    coefficients = strategy.coefficients(problem)
    value = solution.schedule.value(problem, coefficients)
    shared = layout is not None
    bound = longest_value(problem, coefficients) if shared else solution.bound
    if bound is None:  # the solver states none: what could be had if hand-overs took no time
        bound = sum_of_best(problem, coefficients)
    return certificate_of(
        problem if layout is None else layout.stated,
        strategy.document(),
        solution.schedule,
        value=value,
        bound=bound,
        proof={"kind": "prices" if shared else "path"},
        made_by={"solver": "milp", "ended": str(solution.ended), "qkdopt": version("qkdopt")},
        layout=layout,
    )
