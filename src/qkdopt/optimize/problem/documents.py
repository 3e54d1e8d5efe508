"""The canonical documents of a problem, in version 1 and in version 2.

Version 1 has one satellite and a dense table ``K``. Version 2 has lists of satellites and
stations, and contacts: the runs of intervals in which a link has bits. Whatever is off is absent,
so one problem has one document in each version, and one hash.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from qkdopt.optimize.problem.parts import Link, Satellite
from qkdopt.timegrid import plain_decimal

if TYPE_CHECKING:
    from qkdopt.optimize.problem.model import SchedulingProblem

FORMAT = "qkdopt-problem"

OF_TARGETS = MappingProxyType({"weight": "weights", "stock": "stock", "demand": "demand"})
"""Members of a target in version 2, and what holds all of them in version 1."""

PAIRS = ("forbidden", "locked")
"""Rules about a link and an interval; version 2 puts the satellite before them."""

PER_SATELLITE = (
    "minimum_dwell_s", "max_handovers_per_pass", "max_handovers", "max_service_s_per_pass",
    "switch_matrix_s", "slew",
)  # fmt: skip
"""Rules of which version 2 lists ``[satellite, value]``."""


def _version_1(problem: SchedulingProblem) -> dict[str, object]:
    document: dict[str, object] = {
        "format": FORMAT,
        "version": 1,
        "interval_s": plain_decimal(problem.interval_s),
        "switch_s": plain_decimal(problem.switch_s),
        "targets": list(problem.targets),
        "links": [{"name": link.name, "target": link.target} for link in problem.links],
        "interval": problem.interval.tolist(),
        "K": problem.bits.tolist(),
    }
    if problem.operations:
        document["options"] = problem.operations.document()
    for member in OF_TARGETS.values():
        if (numbers := getattr(problem, member)) is not None:
            document[member] = list(numbers)
    return document | _beside_targets(problem)


def _version_2(problem: SchedulingProblem) -> dict[str, object]:
    document: dict[str, object] = {
        "format": FORMAT,
        "version": 2,
        "interval_s": plain_decimal(problem.interval_s),
        "satellites": [_satellite(item) for item in problem.satellites],
        "stations": [
            {
                "name": station.name,
                "receivers": station.receivers,
                "switch_s": plain_decimal(station.switch_s),
            }
            for station in problem.stations
        ],
        "targets": _targets(problem),
        "links": [_link(link) for link in problem.links],
        "contacts": _contacts(problem),
    }
    if problem.probabilities is not None:
        shares = [f"{p.numerator}/{p.denominator}" for p in problem.probabilities]
        document["scenarios"] = {"probabilities": shares}
    if problem.in_sessions:
        document["sessions"] = _sessions(problem)
    if options := _options(problem):
        document["options"] = options
    return document | _beside_targets(problem)


WRITERS: Mapping[int, Callable[[SchedulingProblem], dict[str, object]]] = MappingProxyType(
    {1: _version_1, 2: _version_2}
)
"""What writes the document of each version."""


def _beside_targets(problem: SchedulingProblem) -> dict[str, object]:
    """Return what both versions write alike."""
    document: dict[str, object] = {}
    if problem.information:
        document["information"] = dict(problem.information)
    if problem.traffic is not None:
        document["traffic"] = [list(row) for row in problem.traffic]
    return document


def _satellite(satellite: Satellite) -> Mapping[str, object]:
    document = {"name": satellite.name, "switch_s": plain_decimal(satellite.switch_s)}
    runs = satellite.active_runs()
    return document if runs is None else {**document, "active": runs}


def _targets(problem: SchedulingProblem) -> list[dict[str, object]]:
    targets: list[dict[str, object]] = [{"name": name} for name in problem.targets]
    for member, held in OF_TARGETS.items():
        for target, number in zip(targets, getattr(problem, held) or (), strict=False):
            target[member] = number
    return targets


def _link(link: Link) -> dict[str, object]:
    return {
        "name": link.name,
        "satellite": link.satellite,
        "stations": list(link.stations),
        "target": link.target,
    }


def _contacts(problem: SchedulingProblem) -> list[dict[str, object]]:
    rows = [iter(satellite.contacts_by_link()) for satellite in problem.satellites]
    seen = [0] * len(problem.satellites)
    contacts = []
    for n, link in enumerate(problem.links):
        satellite, row = problem.satellites[link.satellite], seen[link.satellite]
        seen[link.satellite] += 1
        for first, bits in next(rows[link.satellite]):
            stated: object = bits
            if satellite.scenarios is not None:
                begin = int(np.searchsorted(satellite.interval, first))
                stated = satellite.scenarios.bits[:, row, begin : begin + len(bits)].tolist()
            contacts.append({"link": n, "first": first, "bits": stated})
    return contacts


def _sessions(problem: SchedulingProblem) -> list[list[object]]:
    """Return the key lengths of the sessions of each contact, in the order of the contacts."""
    rows = [
        iter(() if own.sessions is None else own.sessions.triangles()) for own in problem.satellites
    ]
    counts = [iter(map(len, own.contacts_by_link())) for own in problem.satellites]
    every = [
        next(rows[link.satellite])
        for link in problem.links
        for _ in range(next(counts[link.satellite]))
    ]
    return [[c, triangle] for c, triangle in enumerate(every)]


def _options(problem: SchedulingProblem) -> dict[str, list[object]]:
    """Return the rules of every satellite, each entry beginning with its index."""
    options: dict[str, list[object]] = {}
    for s, satellite in enumerate(problem.satellites):
        links = problem.links_of(s) if satellite.operations else ()
        for rule, value in satellite.operations.document().items():
            entries = (
                [[s, n if n < 0 else links[n], t] for n, t in value]
                if rule in PAIRS
                else [[s, value]]
            )
            options.setdefault(rule, []).extend(entries)
    return options
