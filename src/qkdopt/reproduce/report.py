"""``qkdopt reproduce`` as functions: compute, write figures, rows and page."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from qkdopt.files import make_folder, write_text
from qkdopt.reproduce.iberia import IberiaResults, compute_iberia
from qkdopt.reproduce.iberia_findings import findings
from qkdopt.reproduce.iberia_rows import iberia_rows
from qkdopt.reproduce.micius import MiciusResults, compute_micius
from qkdopt.reproduce.micius_rows import micius_rows
from qkdopt.reproduce.page import page
from qkdopt.reproduce.rows import Row

__all__ = ["PAPERS", "reproduce_iberia", "reproduce_micius", "write_iberia", "write_micius"]

_INTRODUCTION = (
    "Generated; do not edit. Anew: `{command}` (about {minutes:.0f} min on two cores). Every "
    "row also stands in `{rows}`.",
    "The scheduling paper lets the Micius satellite deliver keys to 11 Chinese cities in the "
    "week from 2016-09-19. *Paper*: what its text prints; *not printed*: its text has no value, "
    "only a picture or nothing. *Ours*: the published problems `micius-china-2016` (clear sky) "
    "and `micius-china-2016-clouds`, whose clouds are **synthetic**: a seeded random series "
    "forced to the paper's facts, no measurement. **Nothing is tuned**; where devices, weights "
    "and clouds of the paper are unknown, ours are assumptions named in each `scenario.toml`, "
    "and the absolute numbers differ accordingly.",
    "S-GD and S-PD schedules are proved optimal. Each S-TD schedule carries a bound; *gap* is "
    "how far at most it lies below the optimum. {verdict}",
)

IBERIA_COMMAND = (
    "qkdopt reproduce iberia -o docs/reproduction-iberia --page docs/reproduction-iberia.md "
    "--seconds 12"
)
_IBERIA_INTRODUCTION = (
    "Generated; do not edit. Anew: `{command}` (about {minutes:.0f} min on two cores). Every "
    "row also stands in `{rows}`.",
    "The entanglement paper lets one satellite share entangled photon pairs between Madrid and "
    "each of Bilbao, Barcelona and Lisbon in June 2025. *Paper*: what its text prints; *not "
    "printed*: its text has no value, only a picture or nothing. *Ours*: the published problem "
    "`iberia-2025`. **Nothing is tuned.** The paper prints neither wavelength, dark counts, "
    "window, detectors, elevation mask nor the position of its orbit, and its weather is not "
    "available: ours are assumptions named in `scenario.toml`. In particular the orbit is "
    "**constructed**, links work only while both stations are dark, and the paper's shares of "
    "successful passes are **applied as they stand** where a row says so, although they hold "
    "more than weather.",
    "A bit of a pair is one bit that its two stations share; a key is 256 bits. *Attempts* and "
    "*pairs* are two readings of the paper's source rate: windows in which the source is pumped, "
    "at the best brightness, or pairs emitted per second into windows of 1 ns. Schedules for one "
    "satellite are certified; *bound* is what no schedule exceeds. {verdict}",
)


def reproduce_micius(
    folder: Path,
    *,
    page_path: Path | None = None,
    seconds_per_schedule: float = 20.0,
    processes: int | None = None,
    notify: Callable[[float], None] = lambda done: None,
) -> tuple[MiciusResults, list[Row]]:
    """Compute everything and write ``rows.json``, figures and the page.

    Parameters
    ----------
    folder
        Created when absent.
    page_path
        Where the page goes; by default ``README.md`` in the folder.
    seconds_per_schedule, processes, notify
        As in :func:`qkdopt.reproduce.micius.compute_micius`.
    """
    make_folder(folder)
    results = compute_micius(
        seconds_per_schedule=seconds_per_schedule, processes=processes, notify=notify
    )
    return results, write_micius(results, folder, page_path, seconds_per_schedule)


def _command(folder: Path, page_path: Path | None, seconds: float) -> str:
    """Return the command that writes the same again; of absolute paths only the last part."""
    out, page_at = (
        None if path is None else path.name if path.is_absolute() else path.as_posix()
        for path in (folder, page_path)
    )
    to_page = f" --page {page_at}" if page_at else ""
    return f"qkdopt reproduce micius -o {out}{to_page} --seconds {seconds:g}"


def write_micius(
    results: MiciusResults, folder: Path, page_path: Path | None, seconds_per_schedule: float
) -> list[Row]:
    """Write what was computed; return the rows."""
    from qkdopt.reproduce.micius_figures import FIGURES, save_figures

    rows = micius_rows(results)
    save_figures(results, folder)
    written = _Paper(
        "scheduling of the Micius satellite over 11 Chinese cities, September 2016",
        "The scheduling paper, reproduced",
        _command(folder, page_path, seconds_per_schedule),
        _INTRODUCTION,
        {name: (figure, seen) for name, (_, _, figure, seen) in FIGURES.items()},
    )
    _write(written, rows, results, folder, page_path)
    return rows


def reproduce_iberia(
    folder: Path,
    *,
    page_path: Path | None = None,
    seconds_per_schedule: float = 20.0,
    processes: int | None = None,
    notify: Callable[[float], None] = lambda done: None,
) -> tuple[IberiaResults, list[Row]]:
    """Do for the entanglement paper what :func:`reproduce_micius` does; same arguments."""
    make_folder(folder)
    results = compute_iberia(
        seconds_per_schedule=seconds_per_schedule, processes=processes, notify=notify
    )
    return results, write_iberia(results, folder, page_path)


def write_iberia(results: IberiaResults, folder: Path, page_path: Path | None = None) -> list[Row]:
    """Write what was computed; return the rows."""
    from qkdopt.reproduce.iberia_figures import FIGURES, save_figures

    rows = iberia_rows(results)
    save_figures(results, folder)
    written = _Paper(
        "entanglement between Madrid and three Iberian cities, June 2025",
        "The entanglement paper, reproduced",
        IBERIA_COMMAND,
        (*_IBERIA_INTRODUCTION, *findings(results)),
        {name: (figure, seen) for name, (_, _, figure, seen) in FIGURES.items()},
    )
    _write(written, rows, results, folder, page_path)
    return rows


PAPERS: Mapping[str, Callable[..., tuple[Any, list[Row]]]] = {
    "micius": reproduce_micius,
    "iberia": reproduce_iberia,
}
"""The papers by the name that the command takes."""


@dataclass(frozen=True)
class _Paper:
    """What a page says of a paper; pictures as (figure, what one sees) by file name."""

    about: str
    title: str
    command: str
    introduction: Sequence[str]
    pictures: Mapping[str, tuple[str, str]]


def _write(
    paper: _Paper,
    rows: Sequence[Row],
    results: MiciusResults | IberiaResults,
    folder: Path,
    page_path: Path | None,
) -> None:
    """Write ``rows.json`` and the page."""
    false = results.unverified
    document = {
        "format": "qkdopt-reproduction",
        "version": 1,
        "paper": paper.about,
        "qkdopt": version("qkdopt"),
        "verified": not false,
        "rows": [row.document() for row in rows],
    }
    write_text(folder / "rows.json", json.dumps(document, indent=1) + "\n")
    target = page_path or folder / "README.md"
    relative = Path(os.path.relpath(folder, target.parent)).as_posix()
    pictures: dict[str, list[tuple[str, str]]] = {}
    for name, (figure, seen) in paper.pictures.items():
        pictures.setdefault(figure, []).append((f"{relative}/{name}.png", seen))
    verdict = f"FALSE claims: {', '.join(false)}." if false else "The judge confirms every claim."
    introduction = [
        text.format(
            command=paper.command,
            minutes=max(1.0, results.seconds / 60),
            rows=f"{relative}/rows.json",
            verdict=verdict,
        )
        for text in paper.introduction
    ]
    write_text(target, page(paper.title, introduction, rows, pictures))
