"""The generated Markdown page: command, figures, tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from qkdopt.reproduce.rows import Row

__all__ = ["page"]

_HEAD = "| quantity | paper | ours | deviation | note |\n|---|---:|---:|---:|---|"


def page(
    title: str,
    introduction: Sequence[str],
    rows: Sequence[Row],
    pictures: Mapping[str, Sequence[tuple[str, str]]],
) -> str:
    """Return the page.

    Parameters
    ----------
    introduction
        Paragraphs.
    rows
        Grouped by figure, in order.
    pictures
        By figure: path relative to the page, and what one sees.
    """
    lines = [f"# {title}", ""]
    for paragraph in introduction:
        lines += [paragraph, ""]
    for figure, own in groupby(rows, key=lambda row: row.figure):
        lines += [f"## {figure}", ""]
        for path, alternative in pictures.get(figure, ()):
            lines += [f"![{alternative}]({path})", ""]
        lines.append(_HEAD)
        lines += ["| " + " | ".join(_escaped(cell) for cell in row.cells()) + " |" for row in own]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _escaped(text: str) -> str:
    return text.replace("|", r"\|")
