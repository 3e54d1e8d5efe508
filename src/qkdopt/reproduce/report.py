"""``qkdopt reproduce micius`` as a function: compute, write figures, rows and page."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from qkdopt.files import make_folder, write_text
from qkdopt.reproduce.micius import MiciusResults, compute_micius
from qkdopt.reproduce.micius_rows import micius_rows
from qkdopt.reproduce.page import page
from qkdopt.reproduce.rows import Row

__all__ = ["reproduce_micius", "write_micius"]

COMMAND = (
    "qkdopt reproduce micius -o docs/reproduction-micius --page docs/reproduction-micius.md "
    "--seconds 12"
)
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
    return results, write_micius(results, folder, page_path)


def write_micius(results: MiciusResults, folder: Path, page_path: Path | None = None) -> list[Row]:
    """Write what was computed; return the rows."""
    from qkdopt.reproduce.micius_figures import FIGURES, save_figures

    rows = micius_rows(results)
    false = results.unverified
    document = {
        "format": "qkdopt-reproduction",
        "version": 1,
        "paper": "scheduling of the Micius satellite over 11 Chinese cities, September 2016",
        "qkdopt": version("qkdopt"),
        "verified": not false,
        "rows": [row.document() for row in rows],
    }
    write_text(folder / "rows.json", json.dumps(document, indent=1) + "\n")
    save_figures(results, folder)
    target = page_path or folder / "README.md"
    relative = Path(os.path.relpath(folder, target.parent)).as_posix()
    pictures: dict[str, list[tuple[str, str]]] = {}
    for name, (_, _, figure, alternative) in FIGURES.items():
        pictures.setdefault(figure, []).append((f"{relative}/{name}.png", alternative))
    verdict = f"FALSE claims: {', '.join(false)}." if false else "The judge confirms every claim."
    introduction = [
        text.format(
            command=COMMAND,
            minutes=max(1.0, results.seconds / 60),
            rows=f"{relative}/rows.json",
            verdict=verdict,
        )
        for text in _INTRODUCTION
    ]
    write_text(target, page("The scheduling paper, reproduced", introduction, rows, pictures))
    return rows
