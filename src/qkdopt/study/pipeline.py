"""A complete run of a scenario: keys, schedules by two solvers, verdicts, a folder.

S-GD and S-PD are solved by dynamic programming and as a mixed-integer programme; S-TD with a KL
mismatch of at most 0.01 is searched for ten seconds. Every certificate is verified. Different
optima are a failed claim. Results are written at once, so that nothing is lost when a later step
fails or the user interrupts; the next run into the folder reuses them
(:mod:`qkdopt.study.resume`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from qkdopt.certificates import Ended
from qkdopt.errors import LimitError, SolverError
from qkdopt.files import make_folder, write_text
from qkdopt.library import PROBLEM
from qkdopt.optimize.problem_file import write_problem
from qkdopt.optimize.solvers import solve
from qkdopt.optimize.strategy import is_linear
from qkdopt.study.assumed_totals import assumptions
from qkdopt.study.evaluation import evaluate_verdict
from qkdopt.study.folder import check_earlier_run, remove_earlier_run
from qkdopt.study.operations import problem_of
from qkdopt.study.results import StrategyResult, StudyResult, solvers_of
from qkdopt.study.resume import KEYS, ReusableRun, Task, file_digest, inputs_of, reusable_run
from qkdopt.study.schedule_file import write_certified
from qkdopt.study.session_table import session_table
from qkdopt.study.solving import check_size
from qkdopt.study.station_use import station_table
from qkdopt.study.usual import run_strategies
from qkdopt.study.verification import naming, verify

if TYPE_CHECKING:
    from qkdopt.certificates import Outcome
    from qkdopt.optimize.problem import SchedulingProblem
    from qkdopt.physics import Scenario
    from qkdopt.tensor import KeyTensor
    from qkdopt.verifier import Verdict

__all__ = ["run_study"]

SEARCH_S = 10.0
"""For strategies whose optimum is no longest path [s]."""

Notify = Callable[[str, float], None]
"""Called with the current step and its completed part, from 0 to 1."""


def run_study(
    scenario: Scenario,
    folder: Path,
    *,
    workers: int | None = None,
    time_limit: float | None = None,
    traffic: Mapping[str, Mapping[str, object]] | None = None,
    fresh: bool = False,
    force: bool = False,
    effects: bool = False,
    notify: Notify = lambda step, done: None,
) -> StudyResult:
    """Compute the keys, solve and verify every strategy, and write the folder.

    The folder then holds ``keys.nc`` (of several satellites ``problem.json.gz``), a certificate
    ``<strategy>.json`` and a table ``schedule-<strategy>.csv`` for each strategy (and, of several
    satellites, ``stations-<strategy>.csv``: who shares what; of finite keys
    ``sessions-<strategy>.csv``: the bits of each session), the certificates
    ``<strategy>-milp.json`` of the second solver, which several satellites do not have, and
    ``summary.json``. S-PD and S-TD are left out when the scenario has no weights. With ``traffic``
    the evaluations include pairwise keys. Results of an earlier run for the same inputs are
    verified again and reused, unless ``fresh``; its other files are removed.
    Files of these names that no run wrote are overwritten only with ``force``. With ``effects``
    the summary says what each assumption moves.

    Raises
    ------
    QkdoptError
        For input that cannot be computed and output that cannot be written.
    LimitError
        For a problem too large for certificates; for a certificate that would take too long to
        verify, once all the others are written.
    """
    make_folder(folder)
    if not force:
        check_earlier_run(folder)
    began = time.perf_counter()
    inputs = inputs_of(scenario)
    reusable = ReusableRun(folder) if fresh else reusable_run(folder, inputs)
    keys = _keys(scenario, reusable, workers, notify)
    problem = problem_of(scenario, *keys).having(traffic=traffic)
    check_size(problem)
    study = StudyResult(scenario.title, folder, keys, problem, inputs=inputs)
    study.assumed = assumptions(scenario)
    study.seconds["keys"] = time.perf_counter() - began
    tasks = _tasks(problem, time_limit)
    answers = [reusable.answer(problem, task) for task in tasks]
    remove_earlier_run(folder, reusable.reused)
    _reuse(study, reusable)
    if len(keys) > 1:
        write_problem(problem, study.new_file(PROBLEM))
    elif KEYS not in reusable.reused:
        keys[0].save(study.new_file(KEYS))
        _remember(study, KEYS, None)
    _solve_all(study, tasks, answers, notify)
    if effects and not study.interrupted:
        began = time.perf_counter()
        study.assumed = assumptions(
            scenario, effects=True, time_limit=time_limit,
            progress=lambda done: notify("assumptions", done),
        )  # fmt: skip
        study.seconds["assumptions"] = time.perf_counter() - began
        _summarise(study)
    return study


def _keys(
    scenario: Scenario, reusable: ReusableRun, workers: int | None, notify: Notify
) -> tuple[KeyTensor, ...]:
    """Return the key tensor of each satellite; that of a single one may be an earlier run's."""
    from qkdopt.physics import compute_keys, compute_keys_by_satellite

    if len(scenario.satellites) > 1:
        found = compute_keys_by_satellite(
            scenario, workers=workers, progress=lambda done: notify("keys", done)
        )
        return tuple(found.values())
    earlier = reusable.keys(scenario)
    if earlier is not None:
        return (earlier,)
    return (compute_keys(scenario, workers=workers, progress=lambda done: notify("keys", done)),)


def _solve_all(
    study: StudyResult,
    tasks: list[Task],
    answers: list[tuple[Outcome, Verdict] | None],
    notify: Notify,
) -> None:
    """Solve the tasks until one is interrupted; certificates too long to verify raise last."""
    unverified: list[LimitError] = []
    for task, answer in zip(tasks, answers, strict=True):
        try:
            _solve_task(study, task, answer, notify)
        except LimitError as limit:
            unverified.append(limit)
        _summarise(study)
        if study.interrupted:
            return
    if unverified:
        raise unverified[0]
    study.complete = True
    _summarise(study)


def _tasks(problem: SchedulingProblem, time_limit: float | None) -> list[Task]:
    """Return which solver is run on which strategy, in order."""
    return [
        Task(
            strategy,
            solver,
            time_limit if is_linear(strategy) else min(time_limit or SEARCH_S, SEARCH_S),
            first=place == 0,
        )
        for strategy in run_strategies(problem)
        for place, solver in enumerate(solvers_of(strategy.name, problem))
    ]


def _reuse(study: StudyResult, reusable: ReusableRun) -> None:
    study.reused, study.rejected = reusable.reused, reusable.rejected
    for name in reusable.reused:
        study.new_file(name)
        study.kept[name] = dict(reusable.files[name])
    _summarise(study)


def _remember(study: StudyResult, name: str, time_limit: float | None) -> None:
    """Record what the next run needs to reuse a file."""
    study.kept[name] = {"sha256": file_digest(study.folder / name), "time_limit": time_limit}
    _summarise(study)


def _summarise(study: StudyResult) -> None:
    write_text(study.new_file("summary.json"), json.dumps(study.document(), indent=2) + "\n")


def _solve_task(
    study: StudyResult, task: Task, earlier: tuple[Outcome, Verdict] | None, notify: Notify
) -> None:
    """Add one solver's outcome and its verdict; write the files."""
    strategy, solver = task.strategy, task.solver
    result = study.strategies.setdefault(strategy.name, StrategyResult(strategy.name))
    step, began = task.step, time.perf_counter()
    notify(step, 0.0)
    if earlier is None:
        try:
            outcome = solve(study.problem, strategy, solver=solver, time_limit=task.time_limit)
        except SolverError as refusal:
            if task.first:
                raise
            result.refusals[solver] = str(refusal)
            return
    else:
        outcome, result.verdicts[solver] = earlier
    result.outcomes[solver] = outcome
    study.interrupted |= outcome.ended is Ended.INTERRUPTED
    if outcome.certificate is not None:
        if earlier is None:
            outcome.certificate.save(study.new_file(task.file))
            with naming(f"{study.folder / task.file} (written)"):
                result.verdicts[solver] = verify(outcome.certificate, study.problem)
            _remember(study, task.file, task.time_limit)
        if task.first:
            path = study.new_file(f"schedule-{strategy.name}.csv")
            write_certified(study.problem, outcome.certificate, path, study.keys[0].start_utc)
            if len(study.keys) > 1:
                table = station_table(study.problem, outcome.certificate.paths)
                write_text(study.new_file(f"stations-{strategy.name}.csv"), table)
            if study.problem.in_sessions:
                start_utc = study.keys[0].start_utc
                table = session_table(study.problem, outcome.certificate.paths, start_utc)
                write_text(study.new_file(f"sessions-{strategy.name}.csv"), table)
            result.evaluation = evaluate_verdict(
                study.problem, result.verdicts[solver], outcome.certificate.paths
            )
    study.seconds[step] = time.perf_counter() - began
    notify(step, 1.0)
