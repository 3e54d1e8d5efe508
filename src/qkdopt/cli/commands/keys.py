"""``qkdopt keys``: from a scenario to the key tensor."""

from __future__ import annotations

from typing import Annotated

import typer

from qkdopt.cli.bounded import whole
from qkdopt.cli.options import RequiredOutput, ScenarioArgument
from qkdopt.effort import MOST_THREADS

__all__ = ["EXAMPLES", "keys_command"]

EXAMPLES = (
    "qkdopt keys micius-china-2016 -o keys.nc",
    "qkdopt keys my/scenario.toml -o keys.csv",
)


def keys_command(
    scenario: ScenarioArgument,
    path: RequiredOutput,
    threads: Annotated[
        int | None,
        typer.Option(
            "--threads",
            metavar="N",
            parser=whole(1, MOST_THREADS),
            help="Threads; all cores by default.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Compute the secret bits of every link and interval; write .nc or .csv."""
    from qkdopt.cli.console import print_line
    from qkdopt.cli.inputs import given_scenario, keys_of
    from qkdopt.cli.progress import progress_bars
    from qkdopt.errors import InputError

    if path.suffix.lower() not in (".nc", ".csv"):
        raise InputError(str(path), path.suffix or "no ending", "a file that ends in .nc or .csv")
    with progress_bars() as bars:
        keys = keys_of(given_scenario(scenario), bars, threads)
    keys.save(path)
    print_line(f"{path}: {keys!r}")
