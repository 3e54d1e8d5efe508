"""``qkdopt solve``: one problem, one strategy, one solver, one certificate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from qkdopt import study
from qkdopt.cli.changes import Changes
from qkdopt.cli.cloud_options import FreshOption
from qkdopt.cli.console import output, print_json, print_line
from qkdopt.cli.contacts import contact_problem, kept_words, refuse_options, solve_and_print
from qkdopt.cli.exits import CLAIM_FAILED, FINE, INTERRUPTED
from qkdopt.cli.groups import with_groups
from qkdopt.cli.inputs import GivenProblem, fresh_problem, given_problem
from qkdopt.cli.options import ProblemArgument
from qkdopt.cli.progress import Bars, progress_bars
from qkdopt.cli.solve_options import GoalInClouds, Output, Search
from qkdopt.cli.verbosity import LOGGER
from qkdopt.errors import InputError, SolverError

if TYPE_CHECKING:
    from qkdopt.certificates import Certificate, Outcome
    from qkdopt.optimize.problem import SchedulingProblem
    from qkdopt.optimize.strategies import Strategy
    from qkdopt.study import Evaluation, HonestValue
    from qkdopt.verifier import Verdict

EXAMPLES = (
    "qkdopt solve micius-china-2016 --strategy pd",
    "qkdopt solve micius-china-2016 --strategy td --kl-max 0.01 --time-limit 10",
    "qkdopt solve micius-china-2016 --strategy balanced --stock stock.csv --time-limit 60",
    "qkdopt solve micius-china-2016 --strategy gd --min-bits Lhasa=1000000",
    "qkdopt solve micius-china-2016 --strategy paired --traffic traffic.csv --time-limit 10",
    "qkdopt solve keys.csv --strategy pd --weights A=25,B=12 --switch-seconds 20",
    "qkdopt solve micius-china-2016 --strategy balanced --clouds 50 --fresh 500 --time-limit 10",
    "qkdopt solve micius-china-2016 --clouds era5.nc --alpha 0.2 --risk-share 0.5 --fresh next.nc",
    "qkdopt solve micius-china-2016 --options rules.toml",
    "qkdopt solve micius-china-2016 --solver milp --mip-solver scip --formulation startup",
    "qkdopt solve micius-china-2016 --solver genetic --set population=100 --set run=15",
    "qkdopt solve micius-china-2016 --solver genetic --time-limit 10 --history gd.history.json",
    "qkdopt solve micius-china-2016 --strategy td --parameters tuning.toml --time-limit 10",
    "qkdopt solve contacts.json.gz -o certificate.json.gz",
    "qkdopt solve problem.json.gz --strategy gd --solver milp -o certificate.json.gz --json",
)


@with_groups
def solve_command(
    problem: ProblemArgument,
    goal: GoalInClouds,
    changes: Changes,
    fresh: FreshOption = None,
    *,
    search: Search,
    output: Output,
) -> int:
    """Find the best schedule for one strategy; it is verified before it is printed.

    With --clouds there is one schedule for many possible skies. --fresh says what it keeps of its
    value in skies that it was not made for, what it brings more than a schedule for mean clouds
    (value of the stochastic solution, VSS), and what knowing the clouds beforehand would bring
    (expected value of perfect information, EVPI).

    Exit code 1 when a claim is not verified, or when the solver stops without a schedule.
    """
    contacts = contact_problem(problem)
    if contacts is not None:
        refuse_options({**goal.given(), **search.not_for_contacts(), **changes.given()})
        refuse_options({"--history": output.history, "--fresh": fresh})
        _check_ending(output.path)
        return solve_and_print(contacts, search.for_contacts(), output.path, output.as_json)
    strategy = goal.strategy_of()
    _check_ending(output.path)
    given = _Given(problem, changes, fresh)
    return _solve_and_print(given, strategy, search.for_problems(), output)


@dataclass(frozen=True)
class _Given:
    """What is solved, and the skies that come as a surprise."""

    problem: str
    changes: Changes
    fresh: str | None

    def read(self, bars: Bars) -> tuple[GivenProblem, SchedulingProblem | None]:
        """Return the problem and, if they are asked for, its fresh scenarios."""
        named = given_problem(self.problem, bars, self.changes)
        if self.fresh is None:
            return named, None
        stated = named.problem
        return named, fresh_problem(self.problem, self.fresh, bars, stated, self.changes)


def _solve_and_print(
    problem: _Given, goal: Strategy, settings: dict[str, Any], output: Output
) -> int:
    """Solve, verify, write certificate and history, print; return the exit code."""
    from qkdopt.cli.clouds_table import print_honest
    from qkdopt.study.verification import naming

    honest = None
    with progress_bars() as bars:
        named, fresh = problem.read(bars)
        given, step = named.problem, f"strategy {goal.name}"
        report = bars.search(step, settings["time_limit"])
        began = perf_counter()
        outcome = study.solve(given, goal, **settings, progress=report)
        apart = {"prepare": perf_counter() - began - sum(outcome.seconds.values())}
        bars.step(step, 1.0)
    if outcome.ended == "failed":
        raise SolverError(outcome.reason or "the solver failed")
    verdict = evaluation = None
    path = output.path
    if outcome.certificate is not None and path is not None:
        outcome.certificate.save(path)  # before anything else can fail
    if output.history is not None:
        _save_history(output.history, given, goal, outcome, settings)
    if outcome.certificate is not None:
        began = perf_counter()
        with naming(kept_words(path)):
            verdict = study.verify(outcome.certificate, given)
        apart["verify"] = perf_counter() - began
        evaluation = study.evaluate_verdict(given, verdict, outcome.certificate.paths)
        if fresh is not None and verdict and outcome.ended != "interrupted":
            honest = _honest(given, goal, outcome.certificate, fresh, settings)
    if output.as_json:
        document = _document(goal, given, outcome, verdict, evaluation)
        document |= {} if honest is None else honest.document()
        document["seconds"] |= {phase: round(max(0.0, s), 6) for phase, s in apart.items()}
        print_json(document | ({"notes": list(named.notes)} if named.notes else {}))
    else:
        _print(goal.title, outcome, verdict, evaluation, path, apart)
        if honest is not None:
            print_honest(honest)
        for line in named.notes:
            print_line(line)
    if outcome.ended == "interrupted":
        return INTERRUPTED
    return FINE if verdict else CLAIM_FAILED


def _honest(
    problem: SchedulingProblem,
    goal: Strategy,
    certificate: Certificate,
    fresh: SchedulingProblem,
    settings: dict[str, Any],
) -> HonestValue:
    with progress_bars() as bars:
        return study.honest_value(
            problem, goal, certificate.paths, fresh,
            time_limit=settings["time_limit"], seed=settings["seed"], notify=bars.step,
        )  # fmt: skip


def _save_history(
    path: Path, problem: SchedulingProblem, goal: Strategy, outcome: Outcome, given: dict[str, Any]
) -> None:
    from qkdopt.study.history_file import write_history

    solver = given["solver"] or "by default"
    try:
        write_history(path, problem, goal, outcome, solver=solver, seed=given["seed"])
    except InputError as error:  # the result matters more than its history
        LOGGER.warning(f"--history: {error}")


def _check_ending(path: Path | None) -> None:
    if path is not None and not path.name.endswith((".json", ".json.gz")):
        expected = "a certificate that ends in .json or .json.gz"
        raise InputError(str(path), path.suffix or "no ending", expected)


def _document(
    strategy: Strategy,
    problem: SchedulingProblem,
    outcome: Outcome,
    verdict: Verdict | None,
    evaluation: Evaluation | None,
) -> dict[str, Any]:
    from qkdopt.study.session_table import blocks_document

    certificate = outcome.certificate
    return {
        "strategy": strategy.name,
        **{key: value for key, value in strategy.document(problem).items() if key != "name"},
        "problem_sha256": problem.sha256,
        "value": outcome.value,
        "bound": outcome.bound,
        "ended": str(outcome.ended),
        "verified": bool(verdict),
        "optimal": verdict is not None and verdict.optimal,
        **({"delivered": {}} if evaluation is None else evaluation.document()),
        **(
            {}
            if outcome.certificate is None
            else blocks_document(problem, outcome.certificate.paths)
        ),
        "findings": [] if verdict is None else list(verdict.findings),
        "reason": outcome.reason,
        "made_by": {} if certificate is None else certificate.document["made_by"],
        "seconds": {phase: round(s, 6) for phase, s in outcome.seconds.items()},
    }


def _print(
    title: str,
    outcome: Outcome,
    verdict: Verdict | None,
    evaluation: Evaluation | None,
    path: Path | None,
    apart: dict[str, float],
) -> None:
    from qkdopt.cli import table

    ended = str(outcome.ended).replace("_", " ")
    if evaluation is None or verdict is None:
        print_line(f"No schedule ({ended}): {outcome.reason}. Nothing was written.")
        return
    console = output()
    rows = (
        ("value", table.number_words(outcome.value)),
        ("bound", table.number_words(outcome.bound)),
        ("verdict", table.verdict_words(verdict)),
        ("solver", ended),
        ("wall time [s]", f"{sum(outcome.seconds.values()):.3g}"),
        ("compiling, verifying [s]", ", ".join(f"{max(0.0, s):.2g}" for s in apart.values())),
        *table.sessions_row(evaluation),
    )
    console.print(table.delivery_table(console, [table.Column(title, evaluation, rows)]))
    for finding in verdict.findings:
        print_line(f"FALSE: {finding}")
    if outcome.reason:
        print_line(f"Nothing delivered: {outcome.reason}.")
    if path is not None:
        print_line(f"Written: {path}")
