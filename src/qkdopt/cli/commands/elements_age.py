"""``qkdopt elements-age``: what plans made with older elements lose."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from qkdopt.cli.console import new_table, output, print_json, print_line, shown_warnings
from qkdopt.cli.exits import CLAIM_FAILED, FINE
from qkdopt.cli.inputs import given_scenario
from qkdopt.cli.options import JsonOption, ScenarioArgument, argument, option
from qkdopt.cli.progress import progress_bars
from qkdopt.errors import InputError

if TYPE_CHECKING:
    from qkdopt.study.aged_plans import ElementsAge

EXAMPLES = (
    "qkdopt elements-age scenario.toml elements.txt",
    "qkdopt elements-age scenario.toml elements.txt --strategy pd -o age.csv",
)


def elements_age_command(
    scenario: ScenarioArgument,
    elements: Annotated[
        Path, argument("ELEMENTS.txt", "Two-line element sets of the scenario's satellite.")
    ],
    strategy: Annotated[
        str | None, option("--strategy", "NAME", "The most bits by default, or weighted (pd).")
    ] = None,
    path: Annotated[
        Path | None, option("-o --output", "FILE.csv", "Write the rows as CSV.")
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Report what schedules planned with older elements lose under later ones.

    The set with the epoch nearest the middle of the horizon is taken for the truth. Each older
    set makes a certified plan; services without bits under the truth count as idle. What is left
    is compared with the certified optimum under the truth. Exit code 1 when a certificate is not
    verified.
    """
    from qkdopt.optimize.strategy_names import strategy_named
    from qkdopt.study.aged_plans import elements_age

    if path is not None and path.suffix.lower() != ".csv":
        raise InputError(str(path), path.suffix or "no ending", "a file that ends in .csv")
    goal = strategy_named(strategy)
    with progress_bars() as bars, shown_warnings():
        found = elements_age(given_scenario(scenario), elements, strategy=goal, notify=bars.step)
    if path is not None:
        found.to_csv(path)
    if as_json:
        print_json(found.document())
    else:
        _print(found)
        if path is not None:
            print_line(f"Written: {path}")
    return FINE if found.verified else CLAIM_FAILED


def _print(found: ElementsAge) -> None:
    console = output()
    title = f"{found.scenario}: {found.strategy} planned with older elements"
    numbers = ("epoch", "age [days]", "planned", "delivered", "optimum", "lost", "empty")
    table = new_table(console, title, numbers=numbers)
    for plan in found.plans:
        table.add_row(
            f"{plan.epoch_utc:%Y-%m-%d %H:%M}", f"{plan.age_days:.1f}", f"{plan.planned:,}",
            f"{plan.delivered:,}", f"{found.optimum:,}",
            "-" if plan.lost is None else f"{plan.lost:.2%}",
            f"{plan.forecast.empty:,} of {plan.forecast.services:,}",
        )  # fmt: skip
    console.print(table)
    for plan in found.plans:
        if plan.broken:
            print_line(f"NOT legal under the truth: the plan of {plan.epoch_utc:%Y-%m-%d %H:%M}:")
            print_line(f"    {plan.broken[0]}")
    for epoch, reason in found.left_out:
        print_line(f"left out: {epoch:%Y-%m-%d %H:%M}: {reason}")
    proof = "proved" if found.verified else "NOT proved"
    print_line(f"Truth: elements of {found.truth_utc:%Y-%m-%d %H:%M} UTC. Optima: {proof}.")
