"""``qkdopt reproduce``: a published paper, number by number and figure by figure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from qkdopt.cli.bounded import seconds as read_seconds
from qkdopt.cli.bounded import whole
from qkdopt.cli.console import new_table, output, print_json, print_line
from qkdopt.cli.exits import CLAIM_FAILED, FINE
from qkdopt.cli.groups import setting, with_groups
from qkdopt.cli.options import ForceOption, JsonOption, argument
from qkdopt.cli.progress import progress_bars
from qkdopt.effort import MOST_THREADS
from qkdopt.errors import InputError

if TYPE_CHECKING:
    from qkdopt.reproduce import Row

EXAMPLES = (
    "qkdopt reproduce micius",
    "qkdopt reproduce iberia",
    "qkdopt reproduce micius -o results --seconds 5 --json",
)


@dataclass(frozen=True)
class _Effort:
    """What is written, and how long is searched."""

    folder: Path | None = setting(
        "DIR",
        "Folder for figures and rows.json; by default qkdopt-reproduction/PAPER.",
        flags="-o --output",
    )
    page: Path | None = setting("FILE", "Markdown page; by default README.md in the folder.")
    seconds: float = setting("S", "Wall-clock limit of each search.", read_seconds, default=20.0)
    processes: int | None = setting(
        "N", "Parallel processes; all cores by default.", whole(1, MOST_THREADS)
    )
    force: ForceOption = False


@with_groups
def reproduce_command(
    paper: Annotated[str, argument("PAPER", "micius or iberia.")],
    effort: _Effort,
    as_json: JsonOption = False,
) -> int:
    """Recompute a paper: its values, ours, deviations, reasons; figures and a page.

    No parameter is fitted to the paper. Every schedule is certified and verified.
    """
    if paper not in _PAPERS:
        raise InputError("reproduce", paper, " or ".join(_PAPERS))
    if not effort.seconds > 0:
        raise InputError("--seconds", effort.seconds, "a number of seconds > 0")
    from qkdopt.reproduce.papers import PAPERS
    from qkdopt.reproduce.report import reproduce

    target = effort.folder or Path("qkdopt-reproduction") / paper
    with progress_bars() as bars:
        results, rows = reproduce(
            PAPERS[paper],
            target,
            page_path=effort.page,
            seconds_per_schedule=effort.seconds,
            processes=effort.processes,
            force=effort.force,
            notify=lambda done: bars.step(f"reproduce {paper}", done),
        )
    if as_json:
        print_json({"rows": [row.document() for row in rows], "false": results.unverified})
    else:
        _print_table(rows)
        for name in results.unverified:
            print_line(f"FALSE: {name}")
        page = effort.page or target / "README.md"
        print_line(f"Written to {target}, page {page}; {results.seconds:.0f} s")
    return CLAIM_FAILED if results.unverified else FINE


def _print_table(rows: list[Row]) -> None:
    console = output()
    table = new_table(console, words=("figure", "quantity"), numbers=("paper", "ours", "deviation"))
    for row in rows:
        table.add_row(row.figure, *row.cells()[:4])
    console.print(table)


_PAPERS = ("micius", "iberia")
