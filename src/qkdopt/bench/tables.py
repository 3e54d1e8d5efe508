"""Tables as Markdown, CSV and HTML."""

import html
from collections.abc import Sequence
from dataclasses import dataclass, field

from qkdopt.plain_text import csv_line, printable


@dataclass
class Table:
    """A title, a note, headings and rows of text.

    Attributes
    ----------
    name
        Stem of the CSV file.
    words
        Number of leading text columns; the others are figures, aligned right.
    """

    name: str
    title: str
    headings: Sequence[str]
    words: int
    rows: list[Sequence[str]] = field(default_factory=list)
    note: str = ""

    def markdown(self) -> str:
        """Return a pipe table with its title and note."""
        rule = ["---"] * self.words + ["---:"] * (len(self.headings) - self.words)
        lines = [self.headings, rule, *self.rows]
        body = "\n".join("| " + " | ".join(map(_in_markdown, line)) + " |" for line in lines)
        return f"## {self.title}\n\n{body}\n" + (f"\n{self.note}\n" if self.note else "")

    def csv(self) -> str:
        """Return comma-separated values, headings first."""
        return "".join(f"{csv_line(row)}\n" for row in (self.headings, *self.rows))

    def html(self) -> str:
        """Return a section with the table."""
        head = "".join(f"<th>{html.escape(cell)}</th>" for cell in self.headings)
        rows = "\n".join(
            "<tr>"
            + "".join(
                f"<td{'' if place < self.words else ' class=n'}>{html.escape(printable(cell))}</td>"
                for place, cell in enumerate(row)
            )
            + "</tr>"
            for row in self.rows
        )
        note = f"<p>{html.escape(self.note)}</p>" if self.note else ""
        title = html.escape(self.title)
        return f"<h2>{title}</h2>\n<table>\n<tr>{head}</tr>\n{rows}\n</table>\n{note}\n"


def _in_markdown(cell: str) -> str:
    return printable(cell).replace("|", "\\|").replace("<", "&lt;")
