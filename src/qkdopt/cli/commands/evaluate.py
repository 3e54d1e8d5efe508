"""``qkdopt evaluate``: how good a finished schedule from elsewhere is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from qkdopt.cli.exits import CLAIM_FAILED, FINE
from qkdopt.cli.options import (
    JsonOption,
    OptionsOption,
    ProblemArgument,
    SwitchOption,
    TrafficOption,
    WeightsOption,
)

if TYPE_CHECKING:
    from qkdopt.study import ExternalEvaluation
    from qkdopt.study.external import OptimalityGap

__all__ = ["EXAMPLES", "evaluate_command"]

EXAMPLES = (
    "qkdopt evaluate micius-china-2016 my_schedule.csv",
    "qkdopt evaluate keys.csv my_schedule.csv --weights A=25,B=12 --json",
    "qkdopt evaluate scenario.toml last_week.csv --forecast",
)


def evaluate_command(
    problem: ProblemArgument,
    schedule: Annotated[
        str,
        typer.Argument(
            metavar="SCHEDULE.csv",
            help="Rows interval,link; an empty link or idle serves nobody, as do missing rows.",
            show_default=False,
        ),
    ],
    weights: WeightsOption = None,
    switch_seconds: SwitchOption = None,
    options: OptionsOption = None,
    traffic: TrafficOption = None,
    forecast: Annotated[
        bool,
        typer.Option(
            "--forecast",
            help="The schedule was made for other keys, say from older elements: intervals in "
            "which its link has no bits count as idle, and their number is printed.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Say which rules a schedule breaks, what it delivers, and its gap to the optimum.

    With traffic, also what its keys pair up to: the largest set of pairwise keys, and those in
    proportion to the traffic. Exit code 1 when it breaks a rule.
    """
    from qkdopt.cli.console import print_json, print_line
    from qkdopt.cli.inputs import given_problem
    from qkdopt.cli.progress import progress_bars
    from qkdopt.study import evaluate_schedule, read_schedule

    with progress_bars() as bars:
        named = given_problem(
            problem,
            bars,
            weights=weights,
            switch_seconds=switch_seconds,
            options=options,
            traffic=traffic,
        )
        given = named.problem
        rows = read_schedule(schedule, given)
        found = evaluate_schedule(given, rows, forecast=forecast)
    if as_json:
        print_json(_document(found) | ({"notes": list(named.notes)} if named.notes else {}))
    else:
        _print(found)
        for note in named.notes:
            print_line(note)
    return FINE if found.legal and found.verified else CLAIM_FAILED


def _document(found: ExternalEvaluation) -> dict[str, Any]:
    return {
        "legal": found.legal,
        "verified": found.verified,
        "findings": list(found.findings),
        **_forecast(found),
        **found.evaluation.document(),
        "strategies": {
            name: {
                "value": standing.value,
                "bound": standing.optimum,
                "gap": standing.gap,
                "ended": str(standing.ended),
                "verified": standing.verified,
            }
            for name, standing in found.standings.items()
        },
    }


def _forecast(found: ExternalEvaluation) -> dict[str, Any]:
    if (told := found.forecast) is None:
        return {}
    counted = {"without_bits": told.without_bits, "not_active": told.not_active}
    return {"forecast": {"services": told.services, "empty": told.empty, **counted}}


def _print(found: ExternalEvaluation) -> None:
    from qkdopt.cli.console import output, print_line
    from qkdopt.cli.table import Column, delivery_table

    rows = tuple(row for name, standing in found.standings.items() for row in _rows(name, standing))
    console = output()
    console.print(delivery_table(console, [Column("schedule", found.evaluation, rows)]))
    if (told := found.forecast) is not None:
        print_line(
            f"forecast: {told.empty:,} of {told.services:,} served intervals deliver nothing and "
            f"count as idle ({told.without_bits:,} without bits for their link, "
            f"{told.not_active:,} without bits for anybody)"
        )
    print_line("legal: every rule is kept" if found.legal else "NOT legal:")
    for finding in found.findings:
        print_line(f"    {finding}")


def _rows(name: str, standing: OptimalityGap) -> tuple[tuple[str, str], ...]:
    label = f"S-{name.upper()}"
    proved = "" if standing.verified else " (NOT proved)"
    return (
        (f"{label} value", f"{standing.value:,}"),
        (f"{label} optimum", f"{standing.optimum:,}{proved}"),
        (f"{label} gap", f"{100 * standing.gap:.3g} %"),
    )
