"""Solve one job, time its phases, verify; whatever goes wrong becomes part of the record."""

import os
import time
from dataclasses import replace
from typing import Any

from qkdopt.bench.by_milp import run_milp, run_relaxation
from qkdopt.bench.configuration import SolverConfiguration
from qkdopt.bench.jobs import Job
from qkdopt.bench.status import NO_CLAIM, JobOutcome, Status
from qkdopt.bench.tracing import Trace
from qkdopt.errors import LicenceError, LimitError, QkdoptError
from qkdopt.optimize.exchange.genetic_settings import GeneticSettings
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.solvers import solve
from qkdopt.optimize.strategies import LinearStrategy
from qkdopt.optimize.strategy_names import strategy_written
from qkdopt.study import verify

_WARM_UP_INTERVALS = 40
_WARM_UP_S = 1.0
_WARM_UP_EVALUATIONS = 400


def run_job(job: Job, problem: SchedulingProblem) -> dict[str, Any]:
    """Return the part of a record that the solver's process knows.

    Every solver first solves a piece of the problem, untimed: how long libraries and machine
    code take to load is no property of the method. The clock starts before a model is built.
    """
    configuration = SolverConfiguration.parse(job.solver)
    trace = Trace()
    began, cpu_before = time.perf_counter(), _cpu_s()
    try:
        _warm_up(job, configuration, problem)
        began, cpu_before = time.perf_counter(), _cpu_s()
        trace.start(began)
        attempt = _run(job, configuration, problem, trace)
    except LicenceError as error:
        attempt = JobOutcome(Status.LICENCE, reason=str(error))
    except QkdoptError as error:
        attempt = JobOutcome(Status.REFUSED, reason=str(error))
    took, cpu_s = time.perf_counter() - began, _cpu_s() - cpu_before
    try:
        verified = _verified(attempt, problem)
    except LimitError as limit:
        attempt = JobOutcome(
            Status.REFUSED, reason=f"too much to verify: {limit}", facts=attempt.facts
        )
        verified = _verified(attempt, problem)
    if verified["verified"]:
        trace.end(took, verified["value"], verified["bound"])
    seconds = {**attempt.seconds, "total": took, "cpu": cpu_s, "verify": verified.pop("verify_s")}
    return {
        "status": str(attempt.ended),
        "reason": attempt.reason,
        **verified,
        "seconds": seconds,
        "history": trace.lines(),
        **attempt.facts,
    }


def _run(
    job: Job, configuration: SolverConfiguration, problem: SchedulingProblem, trace: Trace
) -> JobOutcome:
    strategy = strategy_written(job.strategy)
    if isinstance(strategy, LinearStrategy):
        if configuration.solver == "milp":
            return run_milp(job, configuration, problem, strategy, trace)
        if configuration.solver == "relaxation":
            return run_relaxation(job, configuration, problem, strategy)
    genetic = configuration.genetic
    if job.evaluations is not None:
        genetic = replace(genetic or GeneticSettings(), evaluations=job.evaluations)
    outcome = solve(
        problem, strategy, solver=configuration.solver, time_limit=job.time_limit_s, seed=job.seed,
        threads=job.threads, progress=trace.note, genetic=genetic,
    )  # fmt: skip
    trace.generations(outcome.history)
    made_by = {} if outcome.certificate is None else outcome.certificate.document["made_by"]
    return JobOutcome(
        str(outcome.ended), outcome.certificate, outcome.reason, outcome.seconds,
        {"options": dict(made_by)},
    )  # fmt: skip


def _warm_up(job: Job, configuration: SolverConfiguration, problem: SchedulingProblem) -> None:
    pieces = tuple(one.beginning(_WARM_UP_INTERVALS) for one in problem.satellites)
    piece = replace(problem, satellites=pieces)
    few = None if job.evaluations is None else _WARM_UP_EVALUATIONS
    changed = {"time_limit_s": min(job.time_limit_s, _WARM_UP_S), "evaluations": few}
    _run(job.model_copy(update=changed), configuration, piece, Trace())


def _verified(attempt: JobOutcome, problem: SchedulingProblem) -> dict[str, object]:
    """Return value, bound and verdict; ``verified`` is ``None`` where there is no claim."""
    began = time.perf_counter()
    if attempt.certificate is None:
        return {**NO_CLAIM, "verify_s": 0.0}
    verdict = verify(attempt.certificate, problem)
    return {
        "value": attempt.certificate.value,
        "bound": attempt.certificate.bound,
        "verified": bool(verdict),
        "optimal": verdict.optimal,
        "findings": list(verdict.findings),
        "verify_s": time.perf_counter() - began,
    }


def _cpu_s() -> float:
    """Return the processor time of this process and its finished children [s]."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
