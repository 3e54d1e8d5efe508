"""The problem document of either version, checked member by member: what is to be scheduled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import accumulate, chain, compress, cycle, pairwise
from math import ceil
from typing import Any

from qkdopt.errors import InputError
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.document import check_head, sha256_of
from qkdopt.verifier.fields import (
    LARGEST_INPUT,
    Described,
    count,
    counts,
    describe,
    list_of,
    members,
    names,
    seconds,
    text,
    whole,
    whole_numbers,
)
from qkdopt.verifier.model import Link, Options, Problem, Satellite, Station
from qkdopt.verifier.options import read_options
from qkdopt.verifier.problem_parts import check_information, read_traffic, read_weights

__all__ = ["read_problem"]

_ALWAYS = ("format", "version", "interval_s", "targets", "links")
_REQUIRED = {1: ("switch_s", "interval", "K"), 2: ("satellites", "stations", "contacts")}
_ALWAYS_OPTIONAL = ("options", "traffic", "information")
_OPTIONAL = {1: ("weights", "stock", "demand"), 2: ()}
_OF_TARGETS = {"weight": "weights", "stock": "stock", "demand": "demand"}
_PAIR = 2


def read_problem(
    document: object,
    where: str,
    budget: Budget | None = None,
    versions: tuple[int, ...] = (1, 2),
) -> Problem:
    """Return the problem that a parsed document describes.

    Raises
    ------
    InputError
        The document is not a well-formed problem.
    """
    budget = budget or Budget()
    version = check_head(document, where, "qkdopt-problem", versions)
    required = (*_ALWAYS, *_REQUIRED[version])
    found = members(document, where, required, (*_ALWAYS_OPTIONAL, *_OPTIONAL[version]))
    check_information(found, f"{where}.information")
    interval_s = seconds(found["interval_s"], f"{where}.interval_s")
    if not interval_s:
        raise InputError(f"{where}.interval_s", "0", "a positive number of seconds")
    reader = _Version1 if version == 1 else _Version2
    read = reader(found, where, interval_s, budget)
    return Problem(
        interval_s=interval_s,
        targets=read.targets,
        links=read.links,
        satellites=read.satellites(),
        stations=read.stations,
        weights=read_weights(read.of_targets, f"{where}.weights"),
        stock=read.of_targets.get("stock"),
        demand=read.of_targets.get("demand"),
        traffic=read_traffic(found, f"{where}.traffic", len(read.targets)),
        sha256=sha256_of(found),
        budget=budget,
    )


class _Version1:
    """One satellite; rows of bits, one per link, over the active intervals."""

    def __init__(
        self, found: dict[str, Any], where: str, interval_s: Fraction, budget: Budget
    ) -> None:
        self.found, self.where, self.interval_s, self.budget = found, where, interval_s, budget
        self.targets = names(found["targets"], f"{where}.targets")
        self.stations: tuple[Station, ...] = ()
        self.of_targets = {
            name: counts(found[name], f"{where}.{name}", len(self.targets))
            for name in _OPTIONAL[1]
            if name in found
        }
        self.links = tuple(
            self.link(item, f"{where}.links[{n}]", n)
            for n, item in enumerate(list_of(found["links"], f"{where}.links", what=" of links"))
        )

    def tau(self, value: object, where: str) -> int:
        """Return a time to turn in intervals, rounded up."""
        return ceil(seconds(value, where) / self.interval_s)

    def link(self, value: Any, where: str, n: int) -> Link:
        """Read one link, the ``n``-th of its satellite."""
        found = members(value, where, ("name", "target"))
        name = text(found["name"], f"{where}.name")
        return Link(name, self.target(found, where), position=n)

    def target(self, link: dict[str, Any], where: str) -> int:
        """Return the target of a link."""
        expected = f"a target index from 0 to {len(self.targets) - 1}"
        return whole(link["target"], f"{where}.target", 0, len(self.targets), expected)

    def options(self, links: Sequence[Sequence[int]]) -> list[Options]:
        """Return the operations of the satellites with these links."""
        return read_options(self.found, self.where, links, self.interval_s, self.budget)

    def satellites(self) -> tuple[Satellite, ...]:
        """Read the satellite."""
        found, where, n_links = self.found, self.where, len(self.links)
        times = counts(found["interval"], f"{where}.interval")
        for a, (earlier, later) in enumerate(pairwise(times)):
            if later <= earlier:
                place, expected = f"{where}.interval[{a + 1}]", "strictly increasing indices"
                raise InputError(place, describe(later), expected)
        rows = [
            counts(row, f"{where}.K[{n}]", len(times))
            for n, row in enumerate(
                list_of(found["K"], f"{where}.K", n_links, " rows, one per link")
            )
        ]
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(times)
        table = list(chain.from_iterable(columns))
        own = tuple(range(n_links))
        satellite = Satellite(
            name="satellite",
            links=own,
            tau=self.tau(found["switch_s"], f"{where}.switch_s"),
            times=times,
            ends=list(accumulate([n_links - x.count(0) for x in columns], initial=0)),
            positions=list(compress(cycle(own), table)),
            bits=list(filter(None, table)),
            options=self.options([own])[0],
        )
        return (satellite,)


class _Version2(_Version1):
    """A list of satellites; contacts that say when a link has how many bits."""

    def __init__(
        self, found: dict[str, Any], where: str, interval_s: Fraction, budget: Budget
    ) -> None:
        self.found, self.where, self.interval_s, self.budget = found, where, interval_s, budget
        numbers = [
            name
            for name in _OF_TARGETS
            if any(
                type(x) is dict and name in x for x in list_of(found["targets"], f"{where}.targets")
            )
        ]
        targets = self.named("targets", numbers)
        self.targets = tuple(x["name"] for x in targets)
        self.of_targets = {
            _OF_TARGETS[name]: tuple(
                count(x[name], f"{where}.targets[{i}].{name}") for i, x in enumerate(targets)
            )
            for name in numbers
        }
        self.stations = tuple(
            Station(
                x["name"],
                whole(x["receivers"], f"{at}.receivers", 1, LARGEST_INPUT, "a number of receivers"),
                self.tau(x["switch_s"], f"{at}.switch_s"),
            )
            for i, x in enumerate(self.named("stations", ("receivers", "switch_s")))
            for at in [f"{where}.stations[{i}]"]
        )
        self.stated = self.named("satellites", ("switch_s",), ("active",), some=True)
        self.own: list[list[int]] = [[] for _ in self.stated]
        stated = self.named("links", ("satellite", "stations", "target"))
        self.links = tuple(self.link(x, f"{where}.links[{n}]", n) for n, x in enumerate(stated))

    def named(
        self,
        member: str,
        required: Iterable[str],
        optional: Iterable[str] = (),
        *,
        some: bool = False,
    ) -> list[dict[str, Any]]:
        """Return a list of objects, each with a name of its own and other members."""
        where, required = f"{self.where}.{member}", ("name", *required)
        listed = list_of(self.found[member], where, what=f" of {member}", some=some)
        for i, x in enumerate(listed):
            members(x, f"{where}[{i}]", required, optional)
        known: set[str] = set()
        for i, x in enumerate(listed):
            if text(x["name"], f"{where}[{i}].name") in known:
                raise InputError(f"{where}[{i}].name", describe(x["name"]), "each name once")
            known.add(x["name"])
        return listed

    def link(self, found: Any, where: str, n: int) -> Link:
        """Read one link, the ``n``-th of all; its members have been checked."""
        n_satellites, n_stations = len(self.stated), len(self.stations)
        s = whole(found["satellite"], f"{where}.satellite", 0, n_satellites, "a satellite's index")
        stations = whole_numbers(
            found["stations"], f"{where}.stations", None, 0, n_stations, "a station's index"
        )
        if not 1 <= len(stations) <= _PAIR or list(stations) != sorted(set(stations)):
            expected = "a list of one station, or of two different ones, rising"
            raise InputError(f"{where}.stations", describe(found["stations"]), expected)
        self.own[s].append(n)
        return Link(found["name"], self.target(found, where), s, len(self.own[s]) - 1, stations)

    def satellites(self) -> tuple[Satellite, ...]:
        """Read contacts and satellites."""
        cells = self.contacts()
        options, found = self.options(self.own), []
        for s, x in enumerate(self.stated):
            at, (times, positions, bits) = f"{self.where}.satellites[{s}]", cells[s]
            order = sorted(range(len(times)), key=times.__getitem__)  # by link within an interval
            counts = Counter(times)
            active = self.active(x, at, counts) if "active" in x else sorted(counts)
            satellite = Satellite(
                name=x["name"],
                links=tuple(self.own[s]),
                tau=self.tau(x["switch_s"], f"{at}.switch_s"),
                times=active,
                ends=list(accumulate((counts.get(t, 0) for t in active), initial=0)),
                positions=[positions[j] for j in order],
                bits=[bits[j] for j in order],
                options=options[s],
            )
            found.append(satellite)
        return tuple(found)

    def contacts(self) -> list[tuple[list[int], list[int], list[int]]]:
        """Return intervals, positions and bits of the cells of each satellite, link by link."""
        where, n_links = f"{self.where}.contacts", len(self.links)
        cells: list[tuple[list[int], list[int], list[int]]] = [([], [], []) for _ in self.stated]
        before = (-1, 0)  # link and end of the last contact
        for i, item in enumerate(list_of(self.found["contacts"], where, what=" of contacts")):
            at = f"{where}[{i}]"
            found = members(item, at, ("link", "first", "bits"))
            n = whole(found["link"], f"{at}.link", 0, n_links, "a link's index")
            first = count(found["first"], f"{at}.first")
            here = found["bits"]
            expected = "a whole number above 0 and below 10^100"
            bits = whole_numbers(here, f"{at}.bits", None, 1, LARGEST_INPUT, expected)
            if not bits or (n, first) <= before:
                expected = "contacts by link and then by time, of some bits, with a gap between"
                raise InputError(at, Described("another order or form"), expected)
            before = n, first + len(bits)
            times, positions, every = cells[self.links[n].satellite]
            times.extend(range(first, before[1]))
            positions.extend([self.links[n].position] * len(bits))
            every.extend(bits)
        return cells

    def active(self, satellite: dict[str, Any], where: str, counts: Counter[int]) -> list[int]:
        """Return the active intervals of a satellite that are not just those of its contacts."""
        where, active, end = f"{where}.active", list[int](), -1
        form = "[first, last] of runs in order of time, with a gap between"
        for i, run in enumerate(list_of(satellite["active"], where, what=" of runs")):
            first, last = whole_numbers(run, f"{where}[{i}]", _PAIR, 0, LARGEST_INPUT, form)
            if not end < first <= last:
                raise InputError(f"{where}[{i}]", describe(run), form)
            self.budget.spend(last + 1 - first)
            self.budget.keep(len(active) + last + 1 - first)
            active.extend(range(first, last + 1))
            end = last + 1
        if len(active) == len(counts) or not counts.keys() <= {*active}:
            expected = "all intervals of its contacts and others, absent when there are no others"
            raise InputError(where, Described("something else"), expected)
        return active
