"""``qkdopt export``: problems for other solvers, schedules for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qkdopt.cli.options import FormulationOption, RequiredOutput
from qkdopt.errors import InputError, NotBuiltYetError

__all__ = ["EXAMPLES", "export_command"]

EXAMPLES = (
    "qkdopt export micius-china-2016 --mps -o week.mps",
    "qkdopt export problem.json.gz --lp --strategy pd --formulation paper -o week.lp",
    "qkdopt export gd.json --csv -o schedule.csv",
)


def export_command(
    source: Annotated[
        str,
        typer.Argument(
            metavar="PROBLEM|CERTIFICATE",
            help="For --mps and --lp anything that solve takes; for --csv a certificate.",
            show_default=False,
        ),
    ],
    path: RequiredOutput,
    mps: Annotated[bool, typer.Option("--mps", help="The model, minimised, as MPS.")] = False,
    lp: Annotated[bool, typer.Option("--lp", help="The model, minimised, as CPLEX LP.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="The schedule as a table.")] = False,
    ical: Annotated[bool, typer.Option("--ical", help="Not built yet.", hidden=True)] = False,
    czml: Annotated[bool, typer.Option("--czml", help="Not built yet.", hidden=True)] = False,
    strategy: Annotated[
        str, typer.Option("--strategy", metavar="NAME", help="Objective of the model: gd or pd.")
    ] = "gd",
    formulation: FormulationOption = None,
) -> int:
    """Write a problem as a model for any solver, or a certificate's schedule as CSV."""
    from qkdopt.cli.console import say
    from qkdopt.cli.exits import FINE

    wanted = {"mps": mps, "lp": lp, "csv": csv, "ical": ical, "czml": czml}
    chosen = [name for name, given in wanted.items() if given]
    if len(chosen) != 1:
        came = " and ".join(f"--{name}" for name in chosen) or "none of them"
        raise InputError("export", came, "one of --mps, --lp, --csv")
    if chosen[0] in ("ical", "czml"):
        raise NotBuiltYetError(f"export --{chosen[0]} is not built yet")
    if path.suffix != f".{chosen[0]}":
        raise InputError(str(path), path.suffix or "no ending", f"a file that ends in .{chosen[0]}")
    if csv:
        if code := _export_schedule(source, path):
            return code
    else:
        _export_model(source, path, strategy, formulation)
    say(f"Written: {path}")
    return FINE


def _export_model(source: str, path: Path, strategy: str, formulation: str | None) -> None:
    from qkdopt.cli.inputs import given_problem
    from qkdopt.cli.progress import progress_bars
    from qkdopt.optimize.export import write_model
    from qkdopt.optimize.strategies import strategy_named

    goal = strategy_named(strategy)
    with progress_bars() as bars:
        problem = given_problem(source, bars).problem
        bars.step("model", 0.0)
        write_model(problem, goal, path, formulation)


def _export_schedule(source: str, path: Path) -> int:
    from qkdopt.claims import Certificate
    from qkdopt.cli.exits import CLAIM_FAILED, FINE, say_error
    from qkdopt.optimize.problem_file import problem_from_document
    from qkdopt.study import verify, write_schedule

    certificate = Certificate.load(source)
    verdict = verify(certificate)
    if not verdict:
        say_error(f"{source}: {verdict.statement} (see qkdopt verify)")
        return CLAIM_FAILED
    problem = problem_from_document(certificate.document["problem"], source)
    write_schedule(problem, certificate.schedule, path)
    return FINE
