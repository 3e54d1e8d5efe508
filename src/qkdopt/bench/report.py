"""Tables and pictures of a file of records."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qkdopt.bench.measures import best_known, runs_of
from qkdopt.bench.pictures import save_pictures
from qkdopt.bench.records import read_records
from qkdopt.bench.summary import summary_tables
from qkdopt.bench.tables import Table
from qkdopt.errors import InputError
from qkdopt.files import write_text
from qkdopt.plain_text import printable

_STYLE = (
    "body{font-family:sans-serif;margin:2em;max-width:90em}table{border-collapse:collapse;"
    "font-size:85%}td,th{padding:.2em .6em;border-bottom:1px solid #ddd;text-align:left}"
    ".n{text-align:right}img{max-width:100%}"
)


@dataclass(frozen=True)
class Report:
    """Contents of a report; ``wrong`` counts the claims that fail verification."""

    tables: list[Table]
    remarks: list[str]
    wrong: int


def write_report(folder: Path, records_path: Path, title: str) -> Report:
    """Write ``report.md``, ``report.html``, a CSV file for each table, and the pictures.

    Raises
    ------
    InputError
        Without any record.
    OutputError
        When the folder cannot be written.
    """
    records, warnings = read_records(records_path)
    if not records:
        raise (
            warnings[0]
            if warnings
            else InputError(str(records_path), "no record", "records of finished jobs")
        )
    runs = runs_of(records)
    best = best_known(runs)
    tables = [table for table in summary_tables(runs, best, records) if table.rows]
    captions = save_pictures(folder, runs, best)
    for table in tables:
        write_text(folder / f"{table.name}.csv", table.csv())
    where = _circumstances(records)
    remarks = [f"Left out: {warning}" for warning in warnings] + _remarks(records)
    write_text(folder / "report.md", _markdown(title, where, remarks, tables, captions))
    write_text(folder / "report.html", _html(title, where, remarks, tables, captions))
    return Report(tables, remarks, sum(run.wrong for run in runs))


def _circumstances(records: Sequence[Mapping[str, Any]]) -> str:
    """Return machines, versions, commits and limits in one paragraph."""

    def all_of(values: Sequence[str]) -> str:
        return "; ".join(sorted(set(values)))

    machines = all_of([_machine_words(record["machine"]) for record in records])
    versions = all_of([
        ", ".join(f"{name} {version}" for name, version in record["versions"].items())
        for record in records
    ])  # fmt: skip
    limits = all_of([f"{record['job']['time_limit_s']:g} s" for record in records])
    at_once = all_of([str(record["processes"]) for record in records])
    commits = all_of([record["commit"][:12] or "unknown" for record in records])
    return (
        f"{len(records)} records. Machine: {machines}. Versions: {versions}. Time limits: "
        f"{limits}; jobs at once: {at_once}; gaps exactly 0. Commit: {commits}."
    )


def _machine_words(machine: Mapping[str, object]) -> str:
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_mb']:,} MiB, "
        f"{machine['system']}, Python {machine['python']}"
    )


def _remarks(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a sentence for each claim that the verifier finds false, and each broken process."""
    sentences = []
    for record in records:
        job = record["job"]
        name = f"{job['instance']} {job['strategy']} {job['solver']} seed {job['seed']}"
        if record["verified"] is False:
            sentences.append(f"WRONG: {name}: {record['findings'][0]}")
        elif record["status"] in ("crashed", "failed", "killed_time", "killed_memory"):
            sentences.append(f"{name}: {record['status'].replace('_', ' ')}: {record['reason']}")
    skipped: dict[str, list[str]] = {}
    for record in records:
        if record["status"] in ("licence", "refused"):
            job = record["job"]
            names = skipped.setdefault(f"{job['solver']}: {record['reason']}", [])
            names.append(f"{job['instance']} {job['strategy']}")
    sentences += [f"Skipped: {why} ({', '.join(sorted(set(n)))})" for why, n in skipped.items()]
    return sentences


def _markdown(
    title: str,
    where: str,
    remarks: Sequence[str],
    tables: Sequence[Table],
    captions: dict[str, str],
) -> str:
    parts = [f"# {title}\n", f"{printable(where).replace('<', '&lt;')}\n"]
    if remarks:
        lines = (f"- {printable(sentence).replace('<', '&lt;')}" for sentence in remarks)
        parts.append("\n".join(lines) + "\n")
    parts += [table.markdown() for table in tables]
    parts += [f"![{caption}]({name})\n\n{caption}\n" for name, caption in captions.items()]
    return "\n".join(parts)


def _html(
    title: str,
    where: str,
    remarks: Sequence[str],
    tables: Sequence[Table],
    captions: dict[str, str],
) -> str:
    def safe(text: str) -> str:
        return html.escape(printable(text))

    items = "".join(f"<li>{safe(sentence)}</li>\n" for sentence in remarks)
    pictures = "".join(
        f'<figure><img src="{name}" alt="{safe(caption)}"><figcaption>{safe(caption)}'
        "</figcaption></figure>\n"
        for name, caption in captions.items()
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{safe(title)}</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>{safe(title)}</h1>\n<p>{safe(where)}</p>\n<ul>{items}</ul>\n"
        + "".join(table.html() for table in tables)
        + pictures
        + "</body></html>\n"
    )
