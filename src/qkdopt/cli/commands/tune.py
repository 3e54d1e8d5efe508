"""``qkdopt tune``: the settings of the source that give the greatest value."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from qkdopt.cli.bounded import seconds, whole
from qkdopt.cli.console import new_table, output, print_json, print_line, shown_warnings
from qkdopt.cli.exits import CLAIM_FAILED, FINE
from qkdopt.cli.finite_key import finite_key_scenario
from qkdopt.cli.groups import setting, with_groups
from qkdopt.cli.options import JsonOption, ScenarioArgument, option
from qkdopt.cli.progress import progress_bars
from qkdopt.cli.solve_options import Goal, SeedOption
from qkdopt.errors import InputError
from qkdopt.files import write_text
from qkdopt.numerals import NumeralError, read_float

if TYPE_CHECKING:
    from qkdopt.study.sensitivity_result import SensitivityRow
    from qkdopt.study.tuning import Tuning

EXAMPLES = (
    "qkdopt tune micius-china-2016",
    "qkdopt tune micius-china-2016 --finite-key block=pass --trials 120",
    "qkdopt tune micius-china-2016 --finite-key block=session --trials 60",
    "qkdopt tune two.toml --strategy pd --vary source.signal_intensity=0.3:0.9 --trials 40 "
    "-o qkdopt-results/tune.json",
)
_SHOWN = 5


@dataclass(frozen=True)
class Search:
    """What is varied, and how long."""

    vary: list[str] | None = setting(
        "KEY=LOW:HIGH",
        "A key of the scenario and its range; may be repeated. By default the intensities, of "
        "pairs the brightness, and the shares and the basis bias that [source] states. With "
        "--finite-key one of signal_intensity, decoy_ratio (decoy over signal), signal_share, "
        "decoy_part (decoys of all other pulses), basis_bias; all by default.",
    )
    finite_key: str | None = setting(
        "KEY=VALUE,...",
        "Tune [finite_key], with these keys of it changed, such as block=pass: with "
        "block=session its settings and the schedule together, otherwise for the secret bits of "
        "all finite blocks of one schedule, the best by asymptotic bits. So is a scenario tuned "
        "that has this table.",
    )
    trials: int = setting("N", "Scenarios that are tried.", whole(5, 999), default=80)
    time_limit: float = setting(
        "S", "Wall-clock limit of each search for a schedule.", seconds, default=10.0
    )
    seed: SeedOption = 0


@with_groups
def tune_command(
    scenario: ScenarioArgument,
    goal: Goal,
    search: Search,
    path: Annotated[
        Path | None,
        option("-o --output", "FILE", "Write all trials: .json as qkdopt what-if does, or .csv."),
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Search the settings of the source that maximise the certified value, or finite keys.

    Each trial is the scenario with other settings, solved, its certificate verified; with finite
    blocks other than sessions one schedule is, and its blocks are counted in each trial. The best
    settings are printed as lines for the scenario file. Exit code 1 when a certificate is not
    verified.
    """
    from qkdopt.study.tuning import tune

    if path is not None and path.suffix.lower() not in (".json", ".csv"):
        raise InputError(str(path), path.suffix or "no ending", "a file that ends in .json or .csv")
    strategy, bounds = goal.strategy_of(), None if search.vary is None else _bounds(search.vary)
    keys = search.finite_key
    given = finite_key_scenario(scenario, keys)
    with progress_bars() as bars, shown_warnings():
        found = tune(
            given, bounds, strategy=strategy, trials=search.trials,
            seconds=search.time_limit, seed=search.seed, notify=bars.step,
        )  # fmt: skip
    document = found.study.document()
    if path is not None:
        table = path.suffix.lower() == ".csv"
        text = found.study.table() if table else json.dumps(document, indent=2) + "\n"
        write_text(path, text)
    if as_json:
        print_json({"best": dict(found.best.settings), **document})
    else:
        _print(found)
        if path is not None:
            print_line(f"Written: {path}")
    return FINE if found.study.holds else CLAIM_FAILED


def _bounds(texts: list[str]) -> dict[str, tuple[float, float]]:
    """Return least and greatest value by path."""
    found: dict[str, tuple[float, float]] = {}
    for text in texts:
        path, _, span = text.rpartition("=")
        low, _, high = span.partition(":")
        try:
            found[path.strip()] = read_float(low.strip()), read_float(high.strip())
        except NumeralError:
            expected = "KEY=LOW:HIGH such as source.signal_intensity=0.3:0.9"
            raise InputError("--vary", text, expected) from None
    return found


def _print(found: Tuning) -> None:
    from qkdopt.cli.table import number_words

    study, console = found.study, output()
    finite = study.base.finite_bits is not None
    known = [row for row in study.rows if row.most is not None]
    known.sort(key=lambda row: row.most or 0, reverse=True)
    title = f"{study.scenario}: {study.strategy}, best of {len(known)} trials"
    what = "finite bits" if finite else "certified"
    paths = [path.removeprefix("finite_key.") for path in study.paths]
    table = new_table(console, title, numbers=[*paths, what, "against the base"])

    def bits(row: SensitivityRow) -> str:
        return number_words(row.optimum.value if row.finite_bits is None else row.finite_bits)

    for row in known[:_SHOWN]:
        share = found.share(row)
        value = bits(row) + ("" if row.optimum.optimal else " (no optimum)")
        cells = [_short(row.settings[path]) for path in study.paths]
        table.add_row(*cells, value, "" if share is None else f"{share:+.2%}")
    table.add_section()
    table.add_row("as it is", *[""] * (len(study.paths) - 1), bits(study.base))
    console.print(table)
    if finite:
        one = study.base.optimum
        verdict = "verified" if one.verified else "NOT verified"
        print_line(f"One schedule, best by asymptotic bits: {number_words(one.value)} ({verdict})")
    print_line(found.toml or "No trial exceeds the scenario as it is.")


def _short(value: object) -> str:
    """Return a value, or several, with four digits."""
    return ", ".join(f"{x:.4g}" for x in value) if isinstance(value, list) else f"{value:.4g}"
