"""Finished schedules as CSV: ``interval,link`` and, for the reader's comfort, more columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from os import PathLike

from qkdopt.certificates import Certificate
from qkdopt.certificates.paths import path_of
from qkdopt.comma_separated import table_rows
from qkdopt.errors import InputError
from qkdopt.files import write_text
from qkdopt.numerals import read_whole
from qkdopt.opening import TABLE, read_text
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.problem.served_runs import served_runs
from qkdopt.plain_text import csv_line, csv_text
from qkdopt.study.mean_clouds import in_mean_clouds

IDLE = -1
_IDLE_WORDS = ("", "idle")
_LONGEST_INDEX = 18
_INTERVAL_AND_LINK = 2
_Row = tuple[int, tuple[str, ...], int, int]


@dataclass(frozen=True)
class ScheduleRows:
    """A schedule from a file.

    Attributes
    ----------
    service
        Link index or -1 for each active interval of the problem; intervals that the file
        leaves out are idle.
    strays
        (interval, link name) of services in intervals that are not active: the problem has
        no key on any link there.
    """

    service: tuple[int, ...]
    strays: tuple[tuple[int, str], ...]


def write_certified(
    problem: SchedulingProblem,
    certificate: Certificate,
    path: str | PathLike[str],
    start_utc: datetime | None = None,
) -> None:
    """Write a certificate's schedule, of one satellite or of several."""
    if len(problem.satellites) > 1:
        write_paths(problem, certificate.paths, path, start_utc)
    else:
        write_schedule(problem, certificate.schedule, path, start_utc)


def write_schedule(
    problem: SchedulingProblem,
    service: Sequence[int],
    path: str | PathLike[str],
    start_utc: datetime | None = None,
) -> None:
    """Write one row per active interval: index, link's name (empty: idle), bits, start.

    In cloud scenarios the bits are their mean, rounded up, in a column ``mean_bits``.

    The column ``session_bits`` is there only where these count: in the last interval of a session
    it has the bits of all of it. The column ``start_utc`` is there only when the start of interval
    0 is known.
    """
    mean = in_mean_clouds(problem)
    index_of = problem.interval.tolist()
    runs = path_of(service, index_of) if problem.in_sessions else []
    ended = {run.last: run.bits for run in served_runs(problem, [runs])}
    rows: list[_Row] = []
    for a, (index, n) in enumerate(zip(index_of, service, strict=True)):
        name, bits = ("", 0) if n == IDLE else (problem.links[n].name, int(mean.bits[n, a]))
        rows.append((index, (name,), bits, ended.get(index, 0)))
    _write(problem, path, ("link",), rows, start_utc)


def write_paths(
    problem: SchedulingProblem,
    paths: Sequence[Sequence[Sequence[int]]],
    path: str | PathLike[str],
    start_utc: datetime | None = None,
) -> None:
    """Write one row per served interval of each satellite: index, satellite, link's name, bits.

    The columns ``mean_bits`` and ``session_bits`` are those of :func:`write_schedule`.

    Parameters
    ----------
    paths
        The runs ``[link, first, last]`` of each satellite, as certificates of version 2 have them.
    start_utc
        Start of interval 0; the column ``start_utc`` is there only when it is known.
    """
    rows: list[_Row] = []
    for run in served_runs(problem, paths):
        names = problem.satellites[run.satellite].name, problem.links[run.link].name
        for index, bits in zip(range(run.first, run.last + 1), run.each.tolist(), strict=True):
            rows.append((index, names, bits, run.bits if index == run.last else 0))
    _write(problem, path, ("satellite", "link"), rows, start_utc)


def _write(
    problem: SchedulingProblem,
    path: str | PathLike[str],
    names: Sequence[str],
    rows: Sequence[_Row],
    start_utc: datetime | None,
) -> None:
    """Write rows of interval, names, bits, and the bits of the session that ends there."""
    counted = problem.in_sessions
    header = ["interval", *names, "mean_bits" if problem.in_scenarios else "bits"]
    header += ["session_bits"] * counted + ["start_utc"] * (start_utc is not None)
    lines = [csv_line(header)]
    for index, called, bits, session_bits in rows:
        row = [index, *called, bits, *([session_bits] if counted else [])]
        if start_utc is not None:
            begins = start_utc + timedelta(seconds=float(index * problem.interval_s))
            row.append(begins.isoformat().replace("+00:00", "Z"))
        lines.append(csv_line(row))
    write_text(path, "\n".join(lines) + "\n")


def read_schedule(path: str | PathLike[str], problem: SchedulingProblem) -> ScheduleRows:
    """Read a schedule for ``problem``; columns after ``interval,link`` are not looked at.

    Raises
    ------
    InputError
        Naming file and line: no such header, an index that is not a whole number or not
        above the one before it, an unknown link.
    """
    where = str(path)
    text = read_text(path, TABLE, "a CSV schedule")
    position = {index: a for a, index in enumerate(problem.interval.tolist())}
    link_of = {link.name: n for n, link in enumerate(problem.links)}
    service = [IDLE] * len(position)
    strays: list[tuple[int, str]] = []
    before = -1
    for line, index_text, name in _rows(text, where):
        index = _index(index_text, before, f"{where}:{line}: column interval")
        before = index
        if name not in link_of:
            if name.lower() in _IDLE_WORDS:
                continue
            expected = f"empty, idle, or one of {', '.join(link_of)}"
            raise InputError(f"{where}:{line}: column link", name, expected)
        if index in position:
            service[position[index]] = link_of[name]
        else:
            strays.append((index, name))
    return ScheduleRows(tuple(service), tuple(strays))


def _rows(text: str, where: str) -> Iterator[tuple[int, str, str]]:
    """Yield (line, interval, link) of every row below the header."""
    header = False
    for line, cells in table_rows(text, where, "interval,link"):
        if header:
            if len(cells) < _INTERVAL_AND_LINK:
                raise InputError(f"{where}:{line}", ",".join(cells), "interval,link")
            yield line, cells[0], csv_text(cells[1])
        elif cells[:_INTERVAL_AND_LINK] == ["interval", "link"]:
            header = True
        else:
            raise InputError(f"{where}:{line}", ",".join(cells), "a header interval,link")
    if not header:
        raise InputError(where, "an empty file", "a header interval,link")


def _index(text: str, before: int, where: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_INDEX):
        raise InputError(where, text or "nothing", "a whole index >= 0")
    index = read_whole(text)
    if index <= before:
        raise InputError(where, index, f"an index above the one before it ({before})")
    return index
