"""The whole run of a scenario on one page: keys, schedules found twice, verdicts, a folder.

For S-GD and S-PD the dynamic programme and the mixed-integer programme answer the same
question; S-TD at a divergence of 0.01 is searched for ten seconds. The judge checks every
certificate. Different answers are a failed claim. Whatever
is computed is written at once, so that nothing is lost when a later step fails or the user
interrupts.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from qkdopt.claims import Ended
from qkdopt.files import make_folder, write_text
from qkdopt.optimize.solvers import solve
from qkdopt.optimize.strategies import Strategy, TargetedDelivery
from qkdopt.study.evaluation import evaluate_in
from qkdopt.study.folder import remove_earlier_run
from qkdopt.study.foreign import strategies_of
from qkdopt.study.operations import problem_of
from qkdopt.study.results import SOLVERS, StrategyResult, StudyResult
from qkdopt.study.schedule_file import write_schedule
from qkdopt.study.verification import verify

if TYPE_CHECKING:
    from qkdopt.physics import Scenario

__all__ = ["run_study"]

TARGETED_KL_MAX = "0.01"
TARGETED_SEARCH_S = 10.0

Notify = Callable[[str, float], None]
"""Told the step at hand and the share of that step that is done, from 0 to 1."""


def run_study(
    scenario: Scenario,
    folder: Path,
    *,
    workers: int | None = None,
    time_limit: float | None = None,
    traffic: Mapping[str, Mapping[str, object]] | None = None,
    notify: Notify = lambda step, done: None,
) -> StudyResult:
    """Compute the keys, solve every strategy, ask the judge, and write the folder.

    The folder then holds ``keys.nc``, a certificate ``<strategy>.json`` and a table
    ``schedule-<strategy>.csv`` for each strategy, and ``summary.json``. S-PD and S-TD are left
    out when the scenario has no weights, S-TD also when it has operations. With ``traffic``
    the evaluations say what the keys pair up to.

    Raises
    ------
    QkdoptError
        For input that cannot be computed and output that cannot be written.
    """
    from qkdopt.physics import compute_keys

    make_folder(folder)
    began = time.perf_counter()
    keys = compute_keys(scenario, workers=workers, progress=lambda done: notify("keys", done))
    problem = problem_of(scenario, keys).having(traffic=traffic)
    study = StudyResult(scenario.title, folder, keys, problem)
    study.seconds["keys"] = time.perf_counter() - began
    remove_earlier_run(folder)
    _summarise(study)
    keys.save(study.new_file("keys.nc"))
    strategies: list[Strategy] = list(strategies_of(study.problem))
    if study.problem.weights is not None and not study.problem.operations:
        strategies.append(TargetedDelivery(TARGETED_KL_MAX))
    for strategy in strategies:
        result = study.strategies[strategy.name] = StrategyResult(strategy.name)
        for solver in SOLVERS[strategy.name]:
            _solve(study, strategy, result, solver, time_limit, notify)
            _summarise(study)
            if study.interrupted:
                return study
    study.complete = True
    _summarise(study)
    return study


def _summarise(study: StudyResult) -> None:
    write_text(study.new_file("summary.json"), json.dumps(study.document(), indent=2) + "\n")


def _solve(
    study: StudyResult,
    strategy: Strategy,
    result: StrategyResult,
    solver: str,
    time_limit: float | None,
    notify: Notify,
) -> None:
    """Add one solver's outcome and the judge's verdict on it; write what it leaves."""
    step = f"{strategy.name} by {solver}"
    notify(step, 0.0)
    began = time.perf_counter()
    if isinstance(strategy, TargetedDelivery):
        time_limit = min(time_limit or TARGETED_SEARCH_S, TARGETED_SEARCH_S)
    outcome = result.outcomes[solver] = solve(
        study.problem, strategy, solver=solver, time_limit=time_limit
    )
    study.interrupted |= outcome.ended is Ended.INTERRUPTED
    if outcome.certificate is not None:
        verdict = result.verdicts[solver] = verify(outcome.certificate, study.problem)
        if solver == SOLVERS[strategy.name][0]:
            outcome.certificate.save(study.new_file(f"{strategy.name}.json"))
            write_schedule(
                study.problem,
                outcome.certificate.schedule,
                study.new_file(f"schedule-{strategy.name}.csv"),
                study.keys.start_utc,
            )
            result.evaluation = evaluate_in(study.problem, verdict.delivered)
    study.seconds[step] = time.perf_counter() - began
    notify(step, 1.0)
