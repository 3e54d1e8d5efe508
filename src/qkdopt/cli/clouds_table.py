"""Tables of what a schedule for uncertain clouds claims, and what it keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from qkdopt.cli.console import new_table, output, print_line
from qkdopt.cli.table import percent
from qkdopt.study.estimates import Estimate

if TYPE_CHECKING:
    from qkdopt.study.under_clouds import HonestValue


def print_honest(found: HonestValue, strategy: str = "") -> None:
    """Print the claimed value beside that in fresh scenarios, then each target, then notes.

    ``strategy`` is the title of one of several, whose targets are left out.
    """
    console = output()
    console.print(_values(console, found, strategy))
    if not strategy:
        console.print(_targets(console, found))
    for note in found.notes():
        print_line(note)


def _values(console: Console, found: HonestValue, strategy: str) -> Table:
    claimed, fresh, vss = found.claimed, found.fresh, found.vss
    words = "claimed, and kept in fresh scenarios (± standard error)"
    title = f"{strategy}: {words}" if strategy else words.capitalize()
    made_for = f"made for {len(claimed.probability):,}"
    table = new_table(console, title, [""], [made_for, f"{len(fresh.probability):,} fresh"])
    table.add_row("value", _plain(claimed.value), fresh.value.words)
    if not claimed.risk.is_linear:
        table.add_row("expectation", _plain(claimed.expectation), fresh.expectation.words)
        heading = f"mean of the worst {100 * float(claimed.risk.alpha):.3g} %"
        table.add_row(heading, _plain(claimed.cvar), fresh.cvar.words)
    table.add_row(
        "more than for mean clouds (VSS)",
        "-"
        if found.mean_claimed is None
        else _plain(found.claimed.value, found.mean_claimed.value),
        "-" if vss is None else vss.words,
    )
    evpi = found.evpi
    known = "-" if evpi is None else evpi.words
    table.add_row("at most more, clouds known (EVPI)", known, "")
    return table


def _plain(value: Estimate, less: Estimate | None = None) -> str:
    """Return a number that has no standard error: the schedule was chosen by it."""
    return Estimate(value.value - (0.0 if less is None else less.value), None).words


def _targets(console: Console, found: HonestValue) -> Table:
    by_target = found.fresh.by_target
    asked = {
        "meets demand": [target.meets_demand for target in by_target.values()],
        "meets minimum": [target.meets_min_bits for target in by_target.values()],
    }
    asked = {heading: shares for heading, shares in asked.items() if any(shares)}
    numbers = ("mean", "fewest", "most", *asked)
    table = new_table(console, "Bits in fresh scenarios", ["target"], numbers, unbroken=True)
    for n, (name, target) in enumerate(by_target.items()):
        shares = [_share(column[n]) for column in asked.values()]
        table.add_row(name, target.mean.words, f"{target.fewest:,}", f"{target.most:,}", *shares)
    table.add_section()
    total = found.fresh.total
    table.add_row("total", total.mean.words, f"{total.fewest:,}", f"{total.most:,}")
    return table


def _share(share: Estimate | None) -> str:
    if share is None:
        return "-"
    beside = "" if share.error is None else f" ± {percent(share.error)}"
    return f"{percent(share.value)}{beside}"
