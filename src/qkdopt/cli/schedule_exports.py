"""A certificate's schedule for other programs: table, calendar, CZML."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from qkdopt.cli.groups import setting
from qkdopt.errors import Described, InputError
from qkdopt.numerals import read_whole

if TYPE_CHECKING:
    from qkdopt.certificates import Certificate
    from qkdopt.optimize.problem import SchedulingProblem

_MOST_EPOCH_DIGITS = 10


@dataclass(frozen=True)
class Dated:
    """For a certificate: when interval 0 begins, and which services are wanted."""

    scenario: str | None = setting(
        "SCENARIO", "Scenario of the certificate's problem: for --ical, --czml."
    )
    satellite: str | None = setting(
        "NAME", "For --ical, --czml: only the services of this satellite."
    )
    station: str | None = setting("NAME", "For --ical, --czml: only the services of this station.")


def export_schedule(source: str, path: Path, kind: str, dated: Dated) -> int:
    """Write a certificate's schedule of this kind; return the exit code.

    Raises
    ------
    InputError
        For a calendar or CZML without a scenario that fits, and unknown names.
    """
    from qkdopt.certificates import Certificate
    from qkdopt.cli.exits import CLAIM_FAILED, FINE
    from qkdopt.cli.verbosity import LOGGER
    from qkdopt.optimize.problem_file import problem_from_document
    from qkdopt.study import verify
    from qkdopt.study.schedule_file import write_certified

    certificate = Certificate.load(source)
    verdict = verify(certificate)
    if not verdict:
        LOGGER.error(f"{source}: {verdict.statement} (see qkdopt verify)")
        return CLAIM_FAILED
    problem = problem_from_document(certificate.document["problem"], source)
    if kind == "csv":
        write_certified(problem, certificate, path)
    else:
        _export_dated(source, certificate, problem, path, kind, dated)
    return FINE


def _revised_utc(source: str) -> datetime:
    """Return when the certificate's file was written: its schedule is as old as that.

    Unlike the clock it gives the same calendar from the same file. Where files are copied
    without their times, ``SOURCE_DATE_EPOCH`` states the instant (reproducible-builds.org).

    Raises
    ------
    InputError
        When that variable is no whole number of seconds since 1970.
    """
    stated = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not stated:
        return datetime.fromtimestamp(int(Path(source).stat().st_mtime), UTC)
    if not (stated.isascii() and stated.isdigit() and len(stated) <= _MOST_EPOCH_DIGITS):
        raise InputError("SOURCE_DATE_EPOCH", stated, "whole seconds since 1970")
    return datetime.fromtimestamp(read_whole(stated), UTC)


def _export_dated(
    source: str,
    certificate: Certificate,
    problem: SchedulingProblem,
    path: Path,
    kind: str,
    dated: Dated,
) -> None:
    """Write what needs to know when interval 0 begins."""
    from qkdopt.cli.inputs import scenario_of
    from qkdopt.files import write_text
    from qkdopt.interop.calendar import calendar_text
    from qkdopt.interop.czml import czml_text
    from qkdopt.interop.services import services_of

    if dated.scenario is None:
        came = Described("no --scenario")
        raise InputError(f"export --{kind}", came, "the scenario of the certificate")
    given = scenario_of(dated.scenario, problem)
    services = services_of(
        problem, _wanted_paths(problem, certificate.paths, dated), given.grid.start_utc
    )
    if kind == "ical":
        chosen = [name for name in (dated.satellite, dated.station) if name is not None]
        identity = f"{problem.sha256}/{certificate.strategy}"
        skies = len(problem.probabilities or ())
        mean = [f"mean of {skies:,} skies"] if skies else []
        title = ", ".join([given.title, certificate.strategy, *mean, *chosen])
        text = calendar_text(services, title, identity, _revised_utc(source))
    else:
        text = czml_text(given, services)
    write_text(path, text)


def _wanted_paths(
    problem: SchedulingProblem, paths: Sequence[Sequence[Sequence[int]]], dated: Dated
) -> list[list[Sequence[int]]]:
    """Return the runs of the satellite and the station that were asked for."""
    satellites = [item.name for item in problem.satellites]
    stations = [item.name for item in problem.stations]
    for flag, name, known in (
        ("--satellite", dated.satellite, satellites), ("--station", dated.station, stations),
    ):  # fmt: skip
        if name is not None and name not in known:
            raise InputError(flag, name, f"one of {', '.join(known)}")
    return [
        [
            run
            for run in runs
            if dated.station is None
            or dated.station in [stations[end] for end in problem.links[run[0]].stations]
        ]
        if dated.satellite in (None, satellite)
        else []
        for satellite, runs in zip(satellites, paths, strict=True)
    ]
