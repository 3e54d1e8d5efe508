"""The table of what a total assumes, the assumptions that move it most first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from qkdopt.cli.console import new_table
from qkdopt.plain_text import printable

if TYPE_CHECKING:
    from qkdopt.study.assumption_rows import AssumedTotals

_LEAST_SHOWN = 5e-4
"""Smallest change of the total that the table shows; the summary and the report have all."""


def assumptions_table(console: Console, assumed: AssumedTotals) -> Table:
    """Return one row for each alternative that moves the total by a thousandth or so."""
    title = f"What {assumed.total:,} bits of {assumed.strategy} assume"
    table = new_table(console, title)
    for heading in ("assumption", "in use", "instead"):
        table.add_column(heading, overflow="fold")
    table.add_column("change", justify="right", no_wrap=True)
    found = [
        (effect.change, row, effect)
        for row in assumed.rows
        for effect in row.effects
        if effect.change is not None and abs(effect.change) >= _LEAST_SHOWN
    ]
    for change, row, effect in sorted(found, key=lambda item: -abs(item[0])):
        used = f"{row.value} {row.unit}".strip()
        cells = (row.words, used, effect.value, f"{change:+.1%}")
        table.add_row(*map(printable, cells))
    return table
