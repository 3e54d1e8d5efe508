"""A complete run of a scenario: keys, schedules by two solvers, verdicts, a folder.

S-GD and S-PD are solved by dynamic programming and as a mixed-integer programme; S-TD with a KL
mismatch of at most 0.01 is searched for ten seconds. Every certificate is verified. Different
optima are a failed claim. Results are written at once, so that nothing is lost when a later step
fails or the user interrupts; the next run into the folder reuses them
(:mod:`qkdopt.study.resume`).
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from qkdopt.certificates import Certificate, Ended, Outcome
from qkdopt.errors import LimitError, SolverError
from qkdopt.files import make_folder, write_text
from qkdopt.library import PROBLEM
from qkdopt.optimize.problem_file import write_problem
from qkdopt.optimize.risk import EXPECTATION, Risk
from qkdopt.optimize.solvers import solve
from qkdopt.optimize.strategy import Strategy, is_linear
from qkdopt.optimize.strategy_names import with_risk
from qkdopt.physics import Scenario
from qkdopt.study.assumed_totals import assumptions
from qkdopt.study.clouds_document import clouds_document
from qkdopt.study.evaluation import evaluate_verdict
from qkdopt.study.folder import CLOUDS, check_earlier_run, remove_earlier_run
from qkdopt.study.operations import problem_of
from qkdopt.study.results import MEAN_CLOUDS, StrategyResult, StudyResult
from qkdopt.study.resume import KEYS, ReusableRun, Task, file_digest, inputs_of, reusable_run
from qkdopt.study.schedule_file import write_certified
from qkdopt.study.session_table import session_table
from qkdopt.study.solving import check_size
from qkdopt.study.station_use import station_table
from qkdopt.study.under_clouds import honest_value
from qkdopt.study.usual import run_strategies, solvers_of
from qkdopt.study.verification import naming, verify
from qkdopt.tensor import KeyTensor
from qkdopt.verifier import Verdict

SEARCH_S = 10.0
"""For strategies whose optimum is no longest path [s]."""

Notify = Callable[[str, float], None]
"""Called with the current step and its completed part, from 0 to 1."""


@dataclass(frozen=True)
class Uncertain:
    """How several skies count, and which ones schedules meet that they were not made for."""

    risk: Risk = EXPECTATION
    fresh: Scenario | None = None


CERTAIN = Uncertain()
"""Skies count by their probabilities; none come as a surprise."""


def run_study(
    scenario: Scenario,
    folder: Path,
    *,
    uncertain: Uncertain = CERTAIN,
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
    Of a scenario under several skies (:meth:`~qkdopt.physics.Scenario.with_clouds`) it is balanced
    delivery instead of S-TD; with fresh skies the summary has what each schedule keeps in them,
    ``clouds.json`` also the rewards by scenario, and ``<strategy>-mean-clouds.json`` are the
    certificates for mean bits.
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
    keys = _keys(scenario, reusable, notify)
    problem = problem_of(scenario, *keys).having(traffic=traffic)
    check_size(problem)
    study = StudyResult(scenario.title, folder, keys, problem, inputs=inputs)
    study.assumed, study.risk = assumptions(scenario), uncertain.risk
    if uncertain.fresh is not None:
        fresh_keys = _keys(uncertain.fresh, ReusableRun(folder), notify)
        study.fresh = problem_of(uncertain.fresh, *fresh_keys)
    study.seconds["keys"] = time.perf_counter() - began
    tasks = _tasks(study, uncertain.risk, time_limit)
    answers = [reusable.answer(study.problem_for(task.kind), task) for task in tasks]
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


def _keys(scenario: Scenario, reusable: ReusableRun, notify: Notify) -> tuple[KeyTensor, ...]:
    """Return the key tensor of each satellite; that of a single one may be an earlier run's."""
    from qkdopt.physics import compute_keys, compute_keys_by_satellite

    if len(scenario.satellites) > 1:
        found = compute_keys_by_satellite(scenario, progress=lambda done: notify("keys", done))
        return tuple(found.values())
    earlier = reusable.keys(scenario)
    if earlier is not None:
        return (earlier,)
    return (compute_keys(scenario, progress=lambda done: notify("keys", done)),)


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


def _tasks(study: StudyResult, risk: Risk, time_limit: float | None) -> list[Task]:
    """Return which solver is run on which strategy; with fresh skies on mean bits, too."""
    tasks, problem = [], study.problem
    shorter = min(time_limit or SEARCH_S, SEARCH_S)
    for strategy in run_strategies(problem, risk):
        limit = time_limit if is_linear(strategy) else shorter
        for place, solver in enumerate(solvers_of(strategy, problem)):
            tasks.append(Task(strategy, solver, limit, first=place == 0))
        if study.fresh is not None:
            plain = with_risk(strategy, EXPECTATION)
            solver = solvers_of(plain, problem)[0]
            tasks.append(Task(plain, solver, limit, first=False, kind=MEAN_CLOUDS))
    return tasks


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
    strategy = task.strategy
    result = study.strategies.setdefault(strategy.name, StrategyResult(strategy.name))
    step, began = task.step, time.perf_counter()
    notify(step, 0.0)
    try:
        outcome, verdict = earlier or (_outcome(study, task), None)
    except SolverError as refusal:
        if task.first:
            raise
        result.refusals[task.solver] = str(refusal)
        return
    study.interrupted |= outcome.ended is Ended.INTERRUPTED
    if not task.kind:
        result.outcomes[task.solver] = outcome  # also where it cannot be verified
    if earlier is None:
        verdict = _verdict(study, task, outcome)
    if task.kind:
        _compare(study, result, strategy, outcome, notify)
    elif verdict is not None:
        result.verdicts[task.solver] = verdict
    if earlier is None and verdict is not None:
        _remember(study, task.file, task.time_limit)
    if task.first and outcome.certificate is not None and verdict is not None:
        _write_schedule(study, strategy.name, outcome.certificate)
        paths = outcome.certificate.paths
        result.evaluation = evaluate_verdict(study.problem, verdict, paths)
    study.seconds[step] = time.perf_counter() - began
    notify(step, 1.0)


def _outcome(study: StudyResult, task: Task) -> Outcome:
    """Solve, write the certificate."""
    problem = study.problem_for(task.kind)
    outcome = solve(problem, task.strategy, solver=task.solver, time_limit=task.time_limit)
    if outcome.certificate is not None:
        outcome.certificate.save(study.new_file(task.file))
    return outcome


def _verdict(study: StudyResult, task: Task, outcome: Outcome) -> Verdict | None:
    """Verify a certificate that was written."""
    if outcome.certificate is None:
        return None
    with naming(f"{study.folder / task.file} (written)"):
        return verify(outcome.certificate, study.problem_for(task.kind))


def _write_schedule(study: StudyResult, name: str, certificate: Certificate) -> None:
    """Write the tables of a strategy's schedule."""
    problem, paths, start_utc = study.problem, certificate.paths, study.keys[0].start_utc
    path = study.new_file(f"schedule-{name}.csv")
    write_certified(problem, certificate, path, start_utc)
    if len(study.keys) > 1:
        write_text(study.new_file(f"stations-{name}.csv"), station_table(problem, paths))
    if problem.in_sessions:
        table = session_table(problem, paths, start_utc)
        write_text(study.new_file(f"sessions-{name}.csv"), table)


def _compare(
    study: StudyResult, result: StrategyResult, plain: Strategy, mean: Outcome, notify: Notify
) -> None:
    """Put the schedule of a strategy into fresh skies, beside that for mean bits."""
    best, fresh = result.best.certificate, study.fresh
    if best is None or mean.certificate is None or fresh is None or study.interrupted:
        return
    strategy = with_risk(plain, study.risk)
    result.honest = honest_value(
        study.problem, strategy, best.paths, fresh, mean=mean.certificate.paths, notify=notify
    )
    found = {name: one.honest for name, one in study.strategies.items() if one.honest is not None}
    document = clouds_document(study.problem.sha256, found)
    write_text(study.new_file(CLOUDS), json.dumps(document, indent=1) + "\n")
