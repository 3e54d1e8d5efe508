"""``qkdopt what-if``: certified totals of a scenario with other settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qkdopt.cli.bounded import whole
from qkdopt.cli.commands.sharing import interval_words, optimum_words
from qkdopt.cli.console import new_table, output, print_json, print_line, shown_warnings
from qkdopt.cli.exits import CLAIM_FAILED, FINE
from qkdopt.cli.folder_options import Output
from qkdopt.cli.groups import setting, switch, with_groups
from qkdopt.cli.inputs import given_scenario
from qkdopt.cli.options import ScenarioArgument, SearchLimitOption
from qkdopt.cli.progress import progress_bars
from qkdopt.cli.set_values import read_settings
from qkdopt.cli.solve_options import Goal, SeedOption
from qkdopt.effort import MOST_THREADS

if TYPE_CHECKING:
    from qkdopt.study.sensitivity_result import Sensitivity, SensitivityRow

EXAMPLES = (
    "qkdopt what-if micius-china-2016 --set station.Lhasa.alt_m=0,3650 --set switch_s=10,30",
    "qkdopt what-if two.toml --set optics.receiver_diameter_m=0.4,0.8,1.2 --set switch_s=0,30 "
    "--grid -o qkdopt-results/what-if",
    "qkdopt what-if micius-china-2016 --strategy pd --set minimum_elevation_deg=5,20 --json",
)


@dataclass(frozen=True)
class Trials:
    """What is tried, and how long."""

    chosen: list[str] | None = setting(
        "KEY=V1,V2,...",
        "Values to try of a key of the scenario, by its dotted path, such as switch_s, "
        "optics.receiver_diameter_m, station.NAME.alt_m; may be repeated.",
        flags="--set",
    )
    grid: bool = switch("--grid", "Try all combinations; otherwise each value alone.")
    time_limit: SearchLimitOption = 10.0
    seed: SeedOption = 0
    processes: int = setting("N", "Settings side by side.", whole(1, MOST_THREADS), default=1)


@with_groups
def what_if_command(scenario: ScenarioArgument, goal: Goal, trials: Trials, output: Output) -> int:
    """Report the certified totals of a scenario, and of it with other settings.

    Any key of the scenario can be set. Every row is solved anew, its certificate verified, and
    compared with the scenario as it is. The folder holds what-if.json, what-if.csv, what-if.png
    and the certificates; each row is written as it is found, and the same command resumes an
    interrupted run. Exit code 1 when a certificate is not verified.
    """
    from qkdopt.study.folder import locked_folder

    settings = read_settings(trials.chosen or ())
    reused: list[str] = []
    if output.folder is None:
        found = _found(scenario, settings, goal, trials, output, reused)
    else:
        with locked_folder(output.folder):
            found = _found(scenario, settings, goal, trials, output, reused)
            _save(output.folder, found)
    if output.as_json:
        print_json(found.document())
    else:
        if reused:
            print_line(f"Reused from an earlier run: {len(reused)} certificates")
        _print(found)
        if output.folder is not None:
            print_line(f"Written to {output.folder}: what-if.csv, .json, .png, certificates")
    return FINE if found.holds else CLAIM_FAILED


def _found(
    scenario: str, settings: Mapping[str, list[object]], goal: Goal, trials: Trials,
    output: Output, reused: list[str],
) -> Sensitivity:  # fmt: skip
    """Return the study; ``reused`` gets the names of certificates of an earlier run."""
    from qkdopt.study.folder import check_own
    from qkdopt.study.result_folder import ResultFolder
    from qkdopt.study.resume import program_inputs
    from qkdopt.study.sensitivity_document import FILES, WHAT_IF, SensitivityDocument
    from qkdopt.study.sensitivity_run import sensitivity

    strategy, keeper = goal.strategy_of(), None
    if output.folder is not None:
        if not output.force:
            check_own(output.folder, FILES, SensitivityDocument.read)
        limits = {"time_limit_s": str(trials.time_limit), "seed": str(trials.seed)}
        inputs = {"strategy": str(strategy.document()), **limits, **program_inputs()}
        keeper = ResultFolder(output.folder, WHAT_IF, inputs, {}, fresh=output.fresh)
        keeper.reused = reused
    with progress_bars() as bars, shown_warnings():
        return sensitivity(
            given_scenario(scenario), settings, grid=trials.grid, strategy=strategy,
            seconds=trials.time_limit, seed=trials.seed, processes=trials.processes,
            keeper=keeper, notify=bars.step,
        )  # fmt: skip


def _save(folder: Path, found: Sensitivity) -> None:
    from qkdopt.plots.sensitivity import save_sensitivity

    found.to_csv(folder / "what-if.csv")
    save_sensitivity(folder / "what-if.png", found)


def _print(found: Sensitivity) -> None:
    console = output()
    title = f"{found.scenario}: {found.strategy} with other settings"
    numbers = ("certified", "against\nthe base", "", "gains most", "loses most")
    table = new_table(console, title, ["setting"], numbers)
    for row in (found.base, *found.rows):
        value, share = optimum_words(row.optimum), found.share(row)
        if row is found.base:
            table.add_row("as it is", value, "", "", "", "")
            table.add_section()
            continue
        table.add_row(
            row.words, value, interval_words(found.difference(row)),
            "" if share is None else f"{share:+.2%}", *_ends(found, row),
        )  # fmt: skip
    console.print(table)


def _ends(found: Sensitivity, row: SensitivityRow) -> tuple[str, str]:
    """Return the stations that gain and that lose most, with what."""
    changes = row.differences(found.base)
    ends = []
    for pick, sign in ((max, 1), (min, -1)):
        name = pick(changes, key=changes.__getitem__)
        ends.append(f"{name} {changes[name]:+,}" if sign * changes[name] > 0 else "-")
    return ends[0], ends[1]
