"""The sessions of a schedule: link, begin, end, and bits of both kinds."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from qkdopt.certificates.paths import path_of
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.problem.served_runs import served_runs
from qkdopt.plain_text import csv_line
from qkdopt.study.evaluation import evaluate, evaluate_in
from qkdopt.study.finite_keys import FiniteBlock, FiniteEvaluation

_HEADER = "link,first,last,intervals,asymptotic_bits,bits"


def sessions_of(
    problem: SchedulingProblem, paths: Sequence[Sequence[Sequence[int]]]
) -> tuple[FiniteBlock, ...]:
    """Return the sessions of a schedule, one satellite after another, each in order of time.

    Parameters
    ----------
    paths
        The runs ``[link, first, last]`` of each satellite, as ``Certificate.paths`` has them.
    """
    return tuple(
        FiniteBlock(
            problem.links[run.link].name, run.first, run.last, run.each.size,
            run.asymptotic_bits, run.bits,
        )
        for run in served_runs(problem, paths)
    )  # fmt: skip


def blocks_document(
    problem: SchedulingProblem, paths: Sequence[Sequence[Sequence[int]]]
) -> dict[str, object]:
    """Return the sessions for a JSON file, nothing where they do not count."""
    if not problem.in_sessions:
        return {}
    return {"blocks": [session.document() for session in sessions_of(problem, paths)]}


def evaluate_sessions(problem: SchedulingProblem, service: Sequence[int]) -> FiniteEvaluation:
    """Return what a schedule of one satellite delivers, where the problem has key lengths.

    Parameters
    ----------
    service
        Link or -1 for each active interval.
    """
    paths = [path_of(service, problem.interval.tolist())]
    delivered = [0] * len(problem.targets)
    for run in served_runs(problem, paths):
        delivered[problem.link_target[run.link]] += run.bits
    asymptotic = evaluate_in(problem, delivered, paths).asymptotic or delivered
    return FiniteEvaluation(
        "as the problem states them",
        "session",
        sessions_of(problem, paths),
        evaluate_in(problem, delivered),
        evaluate(problem.targets, problem.weights, asymptotic),
    )


def session_table(
    problem: SchedulingProblem,
    paths: Sequence[Sequence[Sequence[int]]],
    start_utc: datetime | None = None,
) -> str:
    """Return the sessions as CSV text: intervals by global index, both ends included.

    The columns ``begin_utc`` and ``end_utc``, the first instant after the session, are there only
    when the start of interval 0 is known.
    """

    def instant(index: int) -> list[str]:
        if start_utc is None:
            return []
        begins = start_utc + timedelta(seconds=float(index * problem.interval_s))
        return [begins.isoformat().replace("+00:00", "Z")]

    lines = [_HEADER if start_utc is None else f"{_HEADER},begin_utc,end_utc"]
    for session in sessions_of(problem, paths):
        facts = session.document().values()
        lines.append(csv_line([*facts, *instant(session.first), *instant(session.last + 1)]))
    return "\n".join(lines) + "\n"
