"""Read a problem of version 2: lists of satellites and stations, bits by contact."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from qkdopt.errors import Described, InputError
from qkdopt.names import first_repeated
from qkdopt.optimize.problem import fields
from qkdopt.optimize.problem.contacts import Keys, keys_by_satellite
from qkdopt.optimize.problem.documents import OF_TARGETS
from qkdopt.optimize.problem.model import SchedulingProblem
from qkdopt.optimize.problem.options_2 import read_options
from qkdopt.optimize.problem.parts import Link, Satellite, Station
from qkdopt.tensor.sessions import Sessions, check_number, triangle_size

_REQUIRED = (
    "format", "version", "interval_s", "satellites", "stations", "targets", "links", "contacts",
)  # fmt: skip
_OPTIONAL = ("traffic", "options", "information", "sessions", "scenarios")
_MOST_ENDS = 2


def read_version_2(document: dict[str, Any], where: str) -> SchedulingProblem:
    """Return the problem that a document states whose format and version are known.

    Raises
    ------
    InputError
        Naming the field, what stood there and what was expected.
    LimitError
        For more intervals than there is memory for.
    """
    fields.members(document, where, _REQUIRED, _OPTIONAL)
    targets, of_targets = _targets(document["targets"], f"{where}: targets")
    stations = _stations(document["stations"], f"{where}: stations")
    found = _objects(document, "satellites", ("name", "switch_s"), where, ("active",))
    if not found:
        raise InputError(f"{where}: satellites", found, "at least one satellite")
    counts = {"satellite": len(found), "target": len(targets), "station": len(stations)}
    links = _links(document, counts, where)
    probability = None
    if "scenarios" in document:
        if "sessions" in document:
            raise InputError(where, Described("sessions and scenarios"), "one of them, or none")
        probability = fields.probabilities(document["scenarios"], f"{where}: scenarios")
    keys = keys_by_satellite(document["contacts"], links, found, probability, where)
    sessions = _sessions_stated(document, links, keys, where)
    rules = read_options(document.get("options"), links, len(found), f"{where}: options")
    interval_s = fields.seconds(document["interval_s"], f"{where}: interval_s", positive=True)
    return SchedulingProblem(
        satellites=tuple(
            Satellite(
                name=item["name"],
                switch_s=fields.seconds(item["switch_s"], f"{where}: satellites[{s}].switch_s"),
                bits=own.bits,
                interval=own.interval,
                operations=rules[s],
                sessions=sessions[s],
                scenarios=own.scenarios,
            )
            for s, (item, own) in enumerate(zip(found, keys, strict=True))
        ),
        stations=stations,
        links=links,
        targets=targets,
        interval_s=interval_s,
        information=fields.information(document, where),
        traffic=fields.traffic(document, targets, where),
        version=2,
        **of_targets,
    )


def _objects(
    document: dict[str, Any],
    member: str,
    required: tuple[str, ...],
    where: str,
    optional: tuple[str, ...] = (),
) -> list[dict[str, Any]]:
    """Return a list of objects with names that are all different."""
    value, where = document[member], f"{where}: {member}"
    if not isinstance(value, list):
        raise InputError(where, value, "a list of objects")
    for position, item in enumerate(value):
        place = f"{where}[{position}]"
        fields.members(item, place, required, optional)
        fields.printable(item["name"], f"{place}.name")
    twice = first_repeated(item["name"] for item in value)
    if twice is not None:
        raise InputError(where, Described(f"the name {twice!r} twice"), "different names")
    return value


def _targets(value: object, where: str) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return the names of all targets, and what else is stated of every one."""
    place, member = where.rsplit(": ", 1)
    found = _objects({member: value}, member, ("name",), place, tuple(OF_TARGETS))
    if not found:
        raise InputError(where, value, "at least one target")
    of_targets: dict[str, Any] = {}
    for key, held in OF_TARGETS.items():
        without = [n for n, target in enumerate(found) if key not in target]
        if len(without) == len(found):
            continue
        if without:
            expected = f"a {key} of every target, or of none"
            raise InputError(f"{where}[{without[0]}]: {key}", Described("nothing"), expected)
        check = fields.weights if key == "weight" else fields.whole_bits_of
        numbers = [target[key] for target in found]
        of_targets[held] = check(numbers, len(found), f"{where}: {key}")
    return tuple(target["name"] for target in found), of_targets


def _stations(value: object, where: str) -> tuple[Station, ...]:
    place, member = where.rsplit(": ", 1)
    found = _objects({member: value}, member, ("name", "receivers", "switch_s"), place)
    stations = []
    for n, station in enumerate(found):
        receivers = fields.receivers(station["receivers"], f"{where}[{n}].receivers")
        switch_s = fields.seconds(station["switch_s"], f"{where}[{n}].switch_s")
        stations.append(Station(station["name"], receivers, switch_s))
    return tuple(stations)


def _sessions_stated(
    document: dict[str, Any], links: Sequence[Link], keys: Sequence[Keys], where: str
) -> Sequence[Sessions | None]:
    """Return the sessions of each satellite, ``None`` where keys are not of sessions."""
    if "sessions" not in document:
        return [None] * len(keys)
    contacts = [
        (links[contact["link"]].satellite, len(contact["bits"])) for contact in document["contacts"]
    ]
    return _sessions(document["sessions"], contacts, keys, f"{where}: sessions")


def _sessions(
    stated: object, contacts: Sequence[tuple[int, int]], keys: Sequence[Keys], where: str
) -> list[Sessions]:
    """Return the key lengths of each satellite's sessions.

    ``contacts`` are satellite and number of intervals of each.
    """
    if not isinstance(stated, list) or len(stated) != len(contacts):
        raise InputError(where, stated, f"a list of {len(contacts)}: one for each contact")
    check_number(np.array([size for _, size in contacts], np.int64), where)
    triangles: list[list[list[int]]] = [[] for _ in keys]
    for c, (entry, (satellite, size)) in enumerate(zip(stated, contacts, strict=True)):
        pair = isinstance(entry, list) and len(entry) == len(("contact", "key lengths"))
        if not pair or type(entry[0]) is not int or entry[0] != c:
            raise InputError(f"{where}[{c}]", entry, f"[{c}, [key lengths]]")
        bits, place = fields.integers(entry[1], f"{where}[{c}][1]"), f"{where}[{c}][1]"
        if len(bits) != (expected := triangle_size(size)):
            came = Described(f"{len(bits)} key lengths")
            raise InputError(place, came, f"{expected} for {size} intervals")
        if min(bits) < 0:
            raise InputError(place, min(bits), "whole numbers >= 0")
        triangles[satellite].append(bits)
    return [
        Sessions.create(of_satellite.bits, of_satellite.interval, own, where)
        for of_satellite, own in zip(keys, triangles, strict=True)
    ]


def _links(document: dict[str, Any], counts: dict[str, int], where: str) -> tuple[Link, ...]:
    found = _objects(document, "links", ("name", "satellite", "stations", "target"), where)
    links = []
    for n, link in enumerate(found):
        place = f"{where}: links[{n}]"
        satellite, target = (
            fields.index(link[key], counts[key], f"{place}.{key}")
            for key in ("satellite", "target")
        )
        ends = fields.integers(link["stations"], f"{place}.stations")
        if not 1 <= len(ends) <= _MOST_ENDS or any(b <= a for a, b in pairwise(ends)):
            raise InputError(f"{place}.stations", ends, "one station, or two in order")
        for end in ends:
            fields.index(end, counts["station"], f"{place}.stations")
        links.append(Link(link["name"], target, satellite, tuple(ends)))
    return tuple(links)
