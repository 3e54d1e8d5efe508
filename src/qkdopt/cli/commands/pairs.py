"""``qkdopt pairs``: pairwise keys of each strategy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from qkdopt.cli import options
from qkdopt.cli.changes import Changes
from qkdopt.cli.console import new_table, output, print_json
from qkdopt.cli.exits import CLAIM_FAILED, FINE
from qkdopt.cli.inputs import given_problem
from qkdopt.cli.progress import progress_bars
from qkdopt.cli.solve_options import SeedOption
from qkdopt.cli.traffic import read_traffic_option

if TYPE_CHECKING:
    from qkdopt.study import PairComparison

EXAMPLES = (
    "qkdopt pairs micius-china-2016 --traffic gravity=20000000",
    "qkdopt pairs micius-china-2016 --traffic this_year.csv --traffic next_year.csv --json",
)

_KBIT = 1000


def pairs_command(
    problem: options.ProblemArgument,
    traffic: Annotated[
        list[str],
        options.option(
            "--traffic",
            "FILE.csv | gravity=BITS",
            "Demand in shared bits of each pair of cities: a square table, or in proportion "
            "to products of weights; may be given several times.",
        ),
    ],
    weights: options.WeightsOption = None,
    stock: options.StockOption = None,
    time_limit: options.SearchLimitOption = 10.0,
    seed: SeedOption = 0,
    as_json: options.JsonOption = False,
) -> int:
    """Compare S-GD, S-PD, S-TD(0.01), balanced and paired delivery by the keys that cities share.

    A relay announces the XOR of two delivered bits, and their cities share one: every shared bit
    consumes two. For each traffic the table shows the largest set of pairwise keys that the
    delivered bits allow, and how many bits can be shared in exact proportion to the traffic.
    """
    from qkdopt.study import compare_pairs

    with progress_bars() as bars:
        given = given_problem(problem, bars, Changes(weights=weights, stock=stock)).problem
        traffics = [read_traffic_option(text, given.targets, given.weights) for text in traffic]
        found = compare_pairs(given, traffics, seconds=time_limit, seed=seed, notify=bars.step)
    if as_json:
        print_json({"problem_sha256": given.sha256, "traffic": traffic, **found.document()})
    else:
        _print(found, traffic)
    return FINE if found.holds else CLAIM_FAILED


def _print(found: PairComparison, traffic: list[str]) -> None:
    from qkdopt.cli.table import percent

    console = output()
    for number, (text, wanted, bound) in enumerate(
        zip(traffic, found.wanted, found.bounds, strict=True)
    ):
        title = f"traffic {text}: {wanted / _KBIT:,.0f} kbit of shared keys demanded"
        table = new_table(console, title)
        table.add_column("strategy", no_wrap=True)
        for heading in (
            "delivered\nkbit",
            "shared keys\nkbit",
            "of demand\n",
            "bits used\n(2 each)",
            "in proportion\nkbit",
            "bits used\n(2 each)",
        ):
            table.add_column(heading, justify="right", no_wrap=True)
        for paired in found.strategies:
            evaluation, use = paired.evaluations[number], paired.uses[number]
            table.add_row(
                paired.name,
                f"{evaluation.total / _KBIT:,.0f}",
                f"{use.shared / _KBIT:,.0f}",
                percent(use.shared / wanted),
                percent(use.utilisation),
                f"{use.proportional / _KBIT:,.0f}",
                percent(use.proportional_utilisation),
            )
        table.add_section()
        table.add_row("proved bound", "", f"{bound / _KBIT:,.0f}", percent(bound / wanted))
        console.print(table)
