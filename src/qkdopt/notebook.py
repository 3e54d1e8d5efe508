"""Representation of objects in a notebook: a small table, everything escaped."""

import html
from collections.abc import Iterable


def as_table(title: str, rows: Iterable[tuple[str, object]]) -> str:
    """Return an HTML table of two columns; texts may hold anything, markup stays text."""
    lines = "".join(
        f'<tr><th scope="row" style="text-align:left">{html.escape(label)}</th>'
        f'<td style="text-align:left">{html.escape(_text(value))}</td></tr>'
        for label, value in rows
    )
    return f"<table><caption>{html.escape(title)}</caption><tbody>{lines}</tbody></table>"


def _text(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)
