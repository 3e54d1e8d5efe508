"""``milp`` in detail: phases, nodes, relaxation, and a claim even for a wrong result."""

from __future__ import annotations

import time
from importlib.metadata import version

from qkdopt.bench.configuration import SolverConfiguration
from qkdopt.bench.jobs import Job
from qkdopt.bench.status import JobOutcome, Status
from qkdopt.bench.tracing import Trace
from qkdopt.certificates import Certificate
from qkdopt.mip.exchange import MipOptions
from qkdopt.mip.solvers import check_mip_solver
from qkdopt.optimize.certified import certificate_of
from qkdopt.optimize.exchange.options import SolverOptions
from qkdopt.optimize.exchange.result import SolverResult
from qkdopt.optimize.formulations import formulation_named
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.solvers.formulation_run import chosen_formulation, solve_formulation
from qkdopt.optimize.strategies import LinearStrategy

__all__ = ["run_milp", "run_relaxation"]


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
    solution = solve_formulation(problem, strategy, options)
    facts: dict[str, object] = {
        "nodes": solution.details["nodes"],
        "formulation": solution.details["formulation"],
        "options": {
            "mip_solver": mip_solver,
            "mip_solver_version": check_mip_solver(mip_solver),
            "relative_gap": "0",
            "absolute_gap": "0",
        },
    }
    return JobOutcome(
        str(solution.ended),
        _claim(problem, strategy, solution),
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
    from qkdopt.mip.highs import solve_form
    from qkdopt.mip.standard_form import compile_model

    began = time.perf_counter()
    name = chosen_formulation(problem, configuration.formulation)
    model = formulation_named(name).build(problem, strategy)
    built = time.perf_counter()
    form = compile_model(model)
    compiled = time.perf_counter()
    result = solve_form(form, MipOptions(job.time_limit_s, job.threads, job.seed, relax=True))
    seconds = {
        "build": built - began,
        "compile": compiled - built,
        "hand_over": result.hand_over_s,
        "solve": result.solve_s,
    }
    rows, columns = form.matrix.shape
    facts = {
        "relaxation": result.bound,
        "formulation": name,
        "rows": rows,
        "columns": columns,
        "entries": int(form.matrix.nnz),
    }
    status = Status(str(result.ended))
    return JobOutcome(status, reason=result.message, seconds=seconds, facts=facts)


def _claim(
    problem: SchedulingProblem, strategy: LinearStrategy, solution: SolverResult
) -> Certificate | None:
    if solution.schedule is None:
        return None
    coefficients = strategy.coefficients(problem)
    value = solution.schedule.value(problem, coefficients)
    bound = solution.bound
    if bound is None:  # the solver states none: what could be had if hand-overs took no time
        from qkdopt.optimize.domain.longest_path import sum_of_best

        bound = sum_of_best(problem, coefficients)
    return certificate_of(
        problem,
        strategy.document(),
        solution.schedule,
        value=value,
        bound=bound,
        proof={"kind": "path"},
        made_by={"solver": "milp", "ended": str(solution.ended), "qkdopt": version("qkdopt")},
    )
