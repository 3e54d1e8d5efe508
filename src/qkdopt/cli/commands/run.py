"""``qkdopt run``: from a scenario to certified schedules, a table and a folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from qkdopt.cli import options
from qkdopt.cli.console import output, print_json, print_line, shown_warnings
from qkdopt.cli.exits import CLAIM_FAILED, FINE, INTERRUPTED
from qkdopt.cli.finite_key import finite_key_scenario
from qkdopt.cli.groups import setting, with_groups
from qkdopt.cli.notes import notes_of_keys, notes_of_problem
from qkdopt.cli.options import flag
from qkdopt.cli.progress import progress_bars
from qkdopt.cli.skies import SkiesOfRun
from qkdopt.cli.traffic import read_traffic_option
from qkdopt.cli.verbosity import LOGGER
from qkdopt.errors import InputError
from qkdopt.files import write_text

if TYPE_CHECKING:
    from qkdopt.physics import Scenario
    from qkdopt.study import StrategyResult, StudyResult

EXAMPLES = (
    "qkdopt run micius-china-2016",
    "qkdopt run micius-china-2016 --finite-key block=session -o finite",
    "qkdopt run micius-china-2016 --clouds 50 --fresh-clouds 500 --alpha 0.2 --risk-share 0.5",
    "qkdopt run my/scenario.toml -o results --json",
)


@dataclass(frozen=True)
class _Folder:
    """Where results go, and what becomes of those that are there."""

    path: Path | None = setting(
        "DIR",
        "Folder for the results; by default qkdopt-results/<name of the scenario>.",
        flags="-o --output",
    )
    fresh: options.NothingReusedOption = False
    force: options.ForceOption = False


@with_groups
def run_command(
    scenario: options.ScenarioArgument,
    folder: _Folder,
    time_limit: options.TimeLimitOption = None,
    traffic: options.TrafficOption = None,
    *,
    effects: Annotated[
        bool,
        flag(
            "--assumptions",
            "Solve S-GD again with each assumption changed alone; table, summary and report say "
            "what each one moves.",
        ),
    ] = False,
    finite_key: options.FiniteKeyOption = None,
    skies: SkiesOfRun,
    as_json: options.JsonOption = False,
) -> int:
    """Compute keys, solve S-GD, S-PD and S-TD(0.01), verify, print a table, write a folder.

    S-GD and S-PD are solved twice, by dynamic programming and as a mixed-integer programme; S-TD
    is searched for at most ten seconds; every certificate is verified. The folder holds keys.nc,
    certificates (gd.json, pd.json, td.json), schedules as CSV, summary.json, timeline.png and
    report.html, which explains the run and opens offline in any browser. S-PD and S-TD need
    weights. With traffic, the table also shows the pairwise keys of each strategy.

    Several satellites are solved by decomposition alone; the folder holds problem.json.gz in place
    of keys.nc, and of each strategy a timeline and who shares what: timeline-gd.png,
    stations-gd.csv and so on.

    With a table [finite_key] in the scenario, or --finite-key, schedules are made for the keys of
    whole sessions, and asymptotic bits stand beside them.

    With --clouds there is one schedule for many possible skies, of S-GD, S-PD and balanced
    delivery; --fresh-clouds puts each beside the schedule for mean clouds in skies that it was not
    made for: in the table, in clouds.json, and in the report.

    Summary and report list what the totals assume; --assumptions adds what each assumption moves.

    An interrupted run can be resumed by the same command: files of the same scenario, version
    and time limit are reused when they are complete and verified.
    """
    from qkdopt.study import run_study
    from qkdopt.study.folder import locked_folder

    given, uncertain = skies.over(finite_key_scenario(scenario, finite_key))
    if effects and skies.clouds:
        raise InputError("--assumptions", "given", "none with --clouds")
    wanted = None if traffic is None else _traffic(given, traffic)  # before the long computation
    own_name = re.sub(r"[^\w.-]+", "-", given.name).strip("-.") or "scenario"
    target = folder.path or Path("qkdopt-results") / own_name
    with locked_folder(target), progress_bars() as bars, shown_warnings():
        study = run_study(
            given, target, time_limit=time_limit, traffic=wanted, fresh=folder.fresh,
            force=folder.force,
            effects=effects, uncertain=uncertain, notify=bars.step,
        )  # fmt: skip
        if not study.interrupted:
            bars.step("picture", 0.0)
            _draw(study)
            bars.step("report", 0.0)
            _report(study, given)
    if as_json:
        print_json(study.document())
    else:
        _print(study)
    if study.interrupted:
        return INTERRUPTED
    return FINE if study.holds else CLAIM_FAILED


def _traffic(scenario: Scenario, text: str) -> Mapping[str, Mapping[str, object]]:
    from qkdopt.tensor import exact_weights

    names = list(dict.fromkeys(link.target_name for link in scenario.links))
    weights = None
    if scenario.target_weights is not None:
        weights = exact_weights(scenario.target_weights, names, "weights")
    return read_traffic_option(text, names, weights)


def _title(name: str) -> str:
    from qkdopt.study.usual import run_strategies

    return next(strategy.title for strategy in run_strategies() if strategy.name == name)


def _draw(study: StudyResult) -> None:
    """Draw one timeline of all strategies; of several satellites, one for each strategy."""
    from qkdopt.plots.satellites_timeline import satellites_timeline
    from qkdopt.plots.style import font_fallback, save_as_drawn
    from qkdopt.plots.timeline import save_timeline
    from qkdopt.study.mean_clouds import keys_in_mean_clouds

    held = {
        name: result.best.certificate
        for name, result in study.strategies.items()
        if result.best.certificate is not None
    }
    if len(study.problem.satellites) == 1:
        schedules = {_title(name): certificate.schedule for name, certificate in held.items()}
        keys = keys_in_mean_clouds(study.keys[0])
        save_timeline(study.new_file("timeline.png"), keys, schedules, title=study.name)
        return
    start_utc = study.keys[0].start_utc
    for name, certificate in held.items():
        title = f"{study.name}, {_title(name)}"
        with font_fallback():
            ax = satellites_timeline(
                study.problem, certificate.paths, start_utc=start_utc, title=title
            )
            save_as_drawn(study.new_file(f"timeline-{name}.png"), ax)


def _report(study: StudyResult, scenario: Scenario) -> None:
    import json

    from qkdopt.report import ReportParts, report_document, write_report
    from qkdopt.report.further import add_folder

    certificates = {
        f"{name}.json": result.best.certificate
        for name, result in study.strategies.items()
        if result.best.certificate is not None
    }
    document = report_document(
        ReportParts(
            title=study.name,
            problem=study.problem,
            certificates=certificates,
            start_utc=study.keys[0].start_utc,
            scenario=scenario,
            provenance=study.common_provenance,
            assumed=study.assumed,
        )
    )
    for reason in add_folder(document, study.folder):
        LOGGER.warning(f"not in the report: {reason}")
    write_text(study.new_file("report.json"), json.dumps(document, ensure_ascii=False) + "\n")
    write_report(study.new_file("report.html"), document)


def _print(study: StudyResult) -> None:
    from qkdopt.cli.assumptions_table import assumptions_table
    from qkdopt.cli.clouds_table import print_honest
    from qkdopt.cli.table import Column, delivery_tables

    columns = [
        Column(_title(name), result.evaluation, _rows(result))
        for name, result in study.strategies.items()
        if result.evaluation is not None
    ]
    console = output()
    if columns:
        console.print(delivery_tables(console, columns, study.name))
    if study.assumed is not None and study.assumed.total is not None:
        console.print(assumptions_table(console, study.assumed))
    for result in study.strategies.values():
        if result.honest is not None:
            print_line()
            print_honest(result.honest, _title(result.strategy))
    for note in (*notes_of_keys(study.provenance), *notes_of_problem(study.problem)):
        print_line(note)
    for result in study.strategies.values():
        for finding in result.findings:
            print_line(f"FALSE: {finding}")
        for words in result.refusals.values():
            print_line(f"Second solver of {_title(result.strategy)}: {words}")
    if study.interrupted:
        print_line("Interrupted: the results so far are written.")
    if study.reused:
        print_line(
            f"Reused from the previous run, verified again: {', '.join(study.reused)} "
            "(--fresh: start again)"
        )
    if study.rejected:
        print_line(f"Not reused from the previous run: {'; '.join(study.rejected)}")
    console.print(f"Written to {study.folder}: {', '.join(sorted(study.files))}")


def _rows(result: StrategyResult) -> tuple[tuple[str, str], ...]:
    from qkdopt.cli.table import number_words, sessions_row, verdict_words

    best = result.best
    verdict = "FALSE" if result.findings else verdict_words(result.verdict)
    return (
        ("value", number_words(best.value)),
        ("bound", number_words(best.bound)),
        ("verdict", verdict),
        ("second solver", _agreement(result)),
        *sessions_row(result.evaluation),
    )


def _agreement(result: StrategyResult) -> str:
    """Return the comparison with the mixed-integer programme in a few words."""
    if "milp" in result.refusals:
        return "milp refuses"
    second = result.outcomes.get("milp")
    if second is None:
        return "-"
    if second.optimal:
        return "milp agrees" if second.value == result.best.value else "milp DIFFERS"
    if second.ended == "finished" and second.value == result.best.value:
        return "milp: same value"
    return f"milp: {str(second.ended).replace('_', ' ')}"
