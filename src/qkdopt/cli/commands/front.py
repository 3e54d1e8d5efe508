"""``qkdopt front``: total against divergence, certified from both sides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qkdopt.cli.bounded import seconds, whole
from qkdopt.cli.exits import FINE
from qkdopt.cli.options import ForceOption, JsonOption, ProblemArgument, StockOption, WeightsOption
from qkdopt.cli.solve_options import SeedOption
from qkdopt.effort import MOST_POINTS

if TYPE_CHECKING:
    from qkdopt.study.front import Front

__all__ = ["EXAMPLES", "front_command"]

EXAMPLES = (
    "qkdopt front micius-china-2016",
    "qkdopt front problem.json.gz --points 40 --time-limit 300 -o results",
)

_PUBLISHED_GA = {"micius-china-2016": 0.097}


def front_command(
    problem: ProblemArgument,
    folder: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="DIR", help="Folder for the results."),
    ] = Path("qkdopt-front"),
    points: Annotated[
        int,
        typer.Option(
            "--points",
            metavar="N",
            parser=whole(3, MOST_POINTS),
            help="How many divergences, at least 3.",
        ),
    ] = 25,
    time_limit: Annotated[
        float,
        typer.Option("--time-limit", metavar="S", parser=seconds, help="Wall time for everything."),
    ] = 150.0,
    seed: SeedOption = 0,
    weights: WeightsOption = None,
    stock: StockOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> int:
    """Trade the total against the divergence from the weights; every point is judged.

    The folder holds front.json, front.csv and front.png: what schedules reach and what is
    proved impossible, with the knees and the points of S-GD, S-PD, S-TD and balanced delivery;
    and the certificate of every point and mark.
    """
    from qkdopt.cli.console import print_json, say, shown_warnings
    from qkdopt.cli.inputs import given_problem
    from qkdopt.cli.progress import progress_bars
    from qkdopt.study.folder import locked_folder
    from qkdopt.study.front import compute_front
    from qkdopt.study.front_document import check_earlier_front

    with locked_folder(folder), progress_bars() as bars, shown_warnings():
        if not force:
            check_earlier_front(folder)
        named = given_problem(problem, bars, weights=weights, stock=stock)
        given = named.problem
        front = compute_front(given, points=points, seconds=time_limit, seed=seed, notify=bars.step)
        document = {"problem_sha256": given.sha256, **front.document()}
        if named.notes:
            document["notes"] = list(named.notes)
        _save(folder, front, document, Path(problem).name)
    if as_json:
        print_json(document)
    else:
        _print(front)
        for note in named.notes:
            say(note)
        say(f"Written to {folder}: front.csv, front.json, front.png, certificates")
    return FINE


def _save(folder: Path, front: Front, document: dict[str, Any], name: str) -> None:
    from qkdopt.files import make_folder, write_text
    from qkdopt.plots.front import save_front

    make_folder(folder)
    write_text(folder / "front.json", json.dumps(document, indent=1) + "\n")
    write_text(folder / "front.csv", front.table())
    save_front(folder / "front.png", front, title=name, reference=_PUBLISHED_GA.get(name))
    certificates = make_folder(folder / "certificates")
    for point in front.points:
        point.certificate.save(certificates / f"td-{point.kl_max}.json.gz")
    for mark in front.marks:
        kind = str(mark.certificate.strategy)
        mark.certificate.save(certificates / f"mark-{kind}.json.gz")


def _print(front: Front) -> None:
    from qkdopt.cli.console import new_table, output
    from qkdopt.cli.table import percent

    console = output()
    table = new_table(console, "total against divergence")
    for heading in ("KL at most [nats]", "bits", "of S-GD", "proved bound", "gap", ""):
        table.add_column(heading, justify="right", no_wrap=True)
    for number, point in enumerate(front.points):
        share = point.value / front.most if front.most else None
        gap = f"{(point.bound - point.value) / max(1, point.value):.1e}"
        knee = "knee" if number in front.knees else ""
        bits, bound = f"{point.value:,}", f"{point.bound:,}"
        table.add_row(point.kl_max, bits, percent(share), bound, gap, knee)
    table.add_section()
    for mark in front.marks:
        share = mark.value / front.most if front.most else None
        divergence = "-" if mark.divergence is None else f"{mark.divergence:.4f}"
        table.add_row(divergence, f"{mark.value:,}", percent(share), "", "", mark.name)
    console.print(table)
