"""``qkdopt sharing``: what sharing receivers costs, and what one more of each is worth."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from qkdopt.cli.bounded import whole
from qkdopt.cli.changes import Changes
from qkdopt.cli.console import new_table, output, print_json, print_line
from qkdopt.cli.exits import CLAIM_FAILED, FINE
from qkdopt.cli.groups import setting, with_groups
from qkdopt.cli.inputs import given_problem
from qkdopt.cli.options import JsonOption, ProblemArgument, SearchLimitOption, option
from qkdopt.cli.progress import progress_bars
from qkdopt.cli.solve_options import Goal, SeedOption
from qkdopt.effort import MOST_THREADS
from qkdopt.files import write_text

if TYPE_CHECKING:
    from rich.console import Console

    from qkdopt.study.sharing_result import Difference, Optimum, SharingStudy

EXAMPLES = (
    "qkdopt sharing hand-two-satellites",
    "qkdopt sharing micius-pair-2016 --station Urumqi --station Lhasa --json",
    "qkdopt sharing two.toml -o qkdopt-results/two/sharing.json",
    "qkdopt sharing two.toml --more three.toml --strategy pd --time-limit 30",
)


@dataclass(frozen=True)
class Trials:
    """What is tried, and how long."""

    station: list[str] | None = setting(
        "NAME",
        "Try one more receiver at this station only; may be repeated. By default at all where "
        "receivers may not suffice.",
    )
    more: str | None = setting(
        "PROBLEM", "The same problem with further satellites: what they add is stated, too."
    )
    time_limit: SearchLimitOption = 10.0
    seed: SeedOption = 0
    processes: int = setting(
        "N",
        "Searches side by side; their limits are wall time, so no more than there are cores.",
        whole(1, MOST_THREADS),
        default=1,
    )


@with_groups
def sharing_command(
    problem: ProblemArgument,
    goal: Goal,
    trials: Trials,
    changes: Changes,
    path: Annotated[
        Path | None,
        option("-o --output", "FILE", "Also write what --json prints, for qkdopt report."),
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Report what sharing receivers costs, and what one more receiver or satellite is worth.

    Every satellite is solved alone and left out once, and each contested station gets one more
    receiver. Differences are proved: where an optimum is not, they are intervals, from the
    certified values and bounds of both. Exit code 1 when a certificate is not verified.
    """
    from qkdopt.study import study_sharing

    strategy = goal.strategy_of()
    with progress_bars() as bars:
        given = given_problem(problem, bars, changes).problem
        more = trials.more
        larger = None if more is None else given_problem(more, bars, changes).problem
        found = study_sharing(
            given, strategy, seconds=trials.time_limit, seed=trials.seed,
            stations=trials.station, more=larger, processes=trials.processes, notify=bars.step,
        )  # fmt: skip
    document = {"problem_sha256": given.sha256, "strategy": strategy.name, **found.document()}
    if path is not None:
        write_text(path, json.dumps(document, indent=2) + "\n")
    if as_json:
        print_json(document)
    else:
        _print(output(), found)
        if path is not None:
            print_line(f"Written: {path}")
    return FINE if found.holds else CLAIM_FAILED


def _print(console: Console, found: SharingStudy) -> None:
    table = new_table(console, words=["satellite"], numbers=("alone", "without it", "adds"))
    for name, rest in found.without.items():
        alone = found.alone.get(name)
        own = "-" if alone is None else optimum_words(alone)
        table.add_row(name, own, optimum_words(rest), interval_words(found.worth[name]))
    table.add_section()
    table.add_row("all together", "", optimum_words(found.joint), "")
    console.print(table)
    if found.receivers:
        numbers = ("contested\nintervals", "with one\nmore receiver", "adds")
        table = new_table(console, words=["station"], numbers=numbers)
        for name, one in found.receivers.items():
            contested = f"{found.contested[name]:,}"
            table.add_row(name, contested, optimum_words(one), interval_words(found.gain[name]))
        console.print(table)
    else:
        print_line("No station is contested: satellites never want the same receiver.")
    if found.cost is not None:
        print_line(f"Sharing costs {interval_words(found.cost)} against each satellite alone.")
    if found.more is not None:
        words = interval_words(found.further)
        print_line(f"With further satellites: {optimum_words(found.more)}, which adds {words}.")


def optimum_words(one: Optimum) -> str:
    """Return a proved optimum as one number, others as value and bound."""
    from qkdopt.cli.table import number_words

    if one.value is None:
        return "no schedule"
    value = number_words(one.value)
    words = value if one.optimal else f"{value} of at most {number_words(one.bound)}"
    return words if one.verified else f"{words} (NOT verified)"


def interval_words(difference: Difference) -> str:
    """Return a difference as one number where it is known, else as least and most."""
    if difference is None:
        return "-"
    least, most = (f"{int(x):,}" if x.denominator == 1 else f"{float(x):,.6g}" for x in difference)
    return least if least == most else f"{least} to {most}"
