"""``qkdopt reproduce`` as a function: compute, write figures, rows and page."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

from qkdopt.documents import read_json
from qkdopt.errors import InputError
from qkdopt.files import make_folder, write_text
from qkdopt.reproduce.papers import Paper, Results
from qkdopt.reproduce.rows import Row
from qkdopt.study.folder import check_own

_FORMAT = "qkdopt-reproduction"
_HEAD = "| quantity | paper | ours | deviation | note |\n|---|---:|---:|---:|---|"


def reproduce(
    paper: Paper[Any],
    folder: Path,
    *,
    page_path: Path | None = None,
    seconds_per_schedule: float = 20.0,
    processes: int | None = None,
    force: bool = False,
    notify: Callable[[float], None] = lambda done: None,
) -> tuple[Results, list[Row]]:
    """Compute everything and write ``rows.json``, figures and the page; return results and rows.

    Parameters
    ----------
    paper
        One of :data:`qkdopt.reproduce.papers.PAPERS`.
    folder
        Created when absent.
    page_path
        Where the page goes; by default ``README.md`` in the folder.
    force
        Write over files in the folder that no reproduction wrote.
    seconds_per_schedule, processes, notify
        As in :func:`qkdopt.reproduce.micius.compute_micius`.
    """
    from qkdopt.reproduce.drawing import save

    make_folder(folder)
    if not force:
        _check_earlier(folder, page_path)
    results = paper.compute(
        seconds_per_schedule=seconds_per_schedule, processes=processes, notify=notify
    )
    rows = paper.rows(results)
    save(results, paper.figures(), folder)
    _write_rows(paper, rows, results, folder)
    command = _command(paper.name, folder, page_path, seconds_per_schedule)
    _write_page(paper, rows, results, folder, page_path or folder / "README.md", command)
    return results, rows


def _check_earlier(folder: Path, page_path: Path | None) -> None:
    """Refuse to write over rows and a page that are not of an earlier reproduction."""
    names = ["rows.json"] if page_path else ["README.md", "rows.json"]
    path, expected = folder / "rows.json", "the rows of qkdopt reproduce"

    def read(_: Path) -> None:
        document = read_json(path, expected)
        if not isinstance(document, dict) or document.get("format") != _FORMAT:
            raise InputError(str(path), "another document", expected)

    check_own(folder, names, read)


def _command(paper: str, folder: Path, page_path: Path | None, seconds: float) -> str:
    """Return the command that writes the same again; of absolute paths only the last part."""
    out, page_at = (
        None if path is None else path.name if path.is_absolute() else path.as_posix()
        for path in (folder, page_path)
    )
    to_page = f" --page {page_at}" if page_at else ""
    return f"qkdopt reproduce {paper} -o {out}{to_page} --seconds {seconds:g}"


def _write_rows(paper: Paper[Any], rows: Sequence[Row], results: Results, folder: Path) -> None:
    document = {
        "format": _FORMAT,
        "version": 1,
        "paper": paper.about,
        "qkdopt": version("qkdopt"),
        "verified": not results.unverified,
        "rows": [row.document() for row in rows],
    }
    write_text(folder / "rows.json", json.dumps(document, indent=1) + "\n")


def _write_page(
    paper: Paper[Any],
    rows: Sequence[Row],
    results: Results,
    folder: Path,
    target: Path,
    command: str,
) -> None:
    relative = Path(os.path.relpath(folder, target.parent)).as_posix()
    pictures: dict[str, list[tuple[str, str]]] = {}
    for name, (_, _, figure, seen) in paper.figures().items():
        pictures.setdefault(figure, []).append((f"{relative}/{name}.png", seen))
    false = results.unverified
    verdict = f"FALSE claims: {', '.join(false)}." if false else "Every claim is verified."
    introduction = [
        text.format(
            command=command,
            minutes=max(1.0, results.seconds / 60),
            rows=f"{relative}/rows.json",
            verdict=verdict,
        )
        for text in (*paper.introduction, *paper.findings(results))
    ]
    write_text(target, page(paper.title, introduction, rows, pictures))


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
        lines += [
            "| " + " | ".join(cell.replace("|", r"\|") for cell in row.cells()) + " |"
            for row in own
        ]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"
