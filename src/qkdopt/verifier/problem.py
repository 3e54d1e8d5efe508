"""The problem document of either version: what is to be scheduled."""

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import accumulate, chain, compress, pairwise

from qkdopt.errors import Described
from qkdopt.verifier import forms
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.model import Link, Options, Problem, Satellite, Station
from qkdopt.verifier.options import read_options, up
from qkdopt.verifier.reading import check_head, sha256_of
from qkdopt.verifier.scenarios import bits_by_interval, read_probabilities

_ALWAYS = ("format", "version", "interval_s", "targets", "links")
_MOST_BITS = 2**62
_REQUIRED = {1: ("switch_s", "interval", "K"), 2: ("satellites", "stations", "contacts")}
_OPTIONAL = {1: ("weights", "stock", "demand"), 2: ("sessions", "scenarios")}
_OF_TARGETS = {"weight": "weights", "stock": "stock", "demand": "demand"}
_PAIR = 2


def read_problem(
    document: object, where: str, budget: Budget | None = None, versions: tuple[int, ...] = (1, 2)
) -> Problem:
    """Return the problem that a parsed document describes.

    Raises
    ------
    InputError
        The document is not a well-formed problem.
    """
    budget = budget or Budget()
    version = check_head(document, where, "qkdopt-problem", versions)
    optional = ("options", "traffic", "information", *_OPTIONAL[version])
    found = forms.Members(document, where, (*_ALWAYS, *_REQUIRED[version]), optional)
    if "information" in found:
        found("information", _check_information)
    interval_s = found("interval_s", forms.seconds)
    if not interval_s:
        raise forms.refused(f"{where}.interval_s", "0", "a positive number of seconds")
    read = (_Version1 if version == 1 else _Version2)(found, interval_s, budget)
    weights = read.numbers.get("weights")
    if weights is not None and not any(weights):
        came = Described("nothing but zeros")
        raise forms.refused(f"{where}.weights", came, "at least one positive weight")
    return Problem(
        targets=read.targets,
        links=read.links,
        satellites=read.satellites(),
        stations=read.stations,
        weights=weights,
        stock=read.numbers.get("stock"),
        demand=read.numbers.get("demand"),
        traffic=found("traffic", _traffic, len(read.targets)) if "traffic" in found else None,
        sha256=sha256_of(document),
        budget=budget,
        probabilities=read.probabilities,
    )


def _check_information(value: object, where: str) -> None:
    """Refuse information that is no object of texts; its content is not checked."""
    for name, words in forms.a_dict(value, where, "an object of texts", some=True).items():
        forms.text(name, where)
        forms.text(words, f"{where}.{name}")


def _traffic(value: object, where: str, n_targets: int) -> tuple[tuple[int, ...], ...]:
    """Return shared bits for each pair of targets: symmetric, 0 on the diagonal."""
    form = " rows, one per target"
    matrix = forms.list_of(value, where, forms.counts, n_targets, length=n_targets, what=form)
    for i, row in enumerate(matrix):
        if row[i]:
            raise forms.refused(f"{where}[{i}][{i}]", row[i], "0 on the diagonal")
        for j in range(i):
            if row[j] != matrix[j][i]:
                expected = f"{matrix[j][i]}, as in [{j}][{i}]"
                raise forms.refused(f"{where}[{i}][{j}]", row[j], expected)
    return tuple(matrix)


class _Version1:
    """One satellite; rows of bits, one per link, over the active intervals."""

    probabilities: tuple[Fraction, ...] | None = None

    def __init__(self, found: forms.Members, interval_s: Fraction, budget: Budget) -> None:
        self.found, self.interval_s, self.budget = found, interval_s, budget
        self.targets = found("targets", forms.names)
        n, given = len(self.targets), [name for name in _OPTIONAL[1] if name in found]
        self.numbers = {name: found(name, forms.counts, n) for name in given}
        self.stations: tuple[Station, ...] = ()
        links = found("links", forms.list_of, forms.Members, ("name", "target"), what=" of links")
        self.links = tuple(
            Link(x("name", forms.text), x("target", self.target), 0, n) for n, x in enumerate(links)
        )

    def target(self, value: object, where: str) -> int:
        """Return the target of a link."""
        n_targets = len(self.targets)
        return forms.whole(value, where, 0, n_targets, f"a target index from 0 to {n_targets - 1}")

    def options(self, links: Sequence[Sequence[int]]) -> list[Options]:
        """Return the operations of the satellites with these links."""
        return read_options(self.found, links, self.interval_s, self.budget)

    def satellites(self) -> tuple[Satellite, ...]:
        """Return the satellite."""
        times, own = self.found("interval", _rising), tuple(range(len(self.links)))
        form = " rows, one per link"
        rows = self.found("K", forms.list_of, forms.counts, len(times), length=len(own), what=form)
        served: list[list[int]] = [[] for _ in times]
        for n, row in enumerate(rows):
            for here in compress(served, row):
                here.append(n)
        satellite = Satellite(
            name="satellite",
            links=own,
            tau=self.found("switch_s", up, self.interval_s),
            times=times,
            served=served,
            bits=list(filter(None, chain.from_iterable(zip(*rows, strict=True)))),
            options=self.options([own])[0],
        )
        return (satellite,)


def _rising(value: object, where: str) -> tuple[int, ...]:
    """Return active intervals in order of time."""
    times = forms.counts(value, where)
    for a, (earlier, later) in enumerate(pairwise(times)):
        if later <= earlier:
            raise forms.refused(f"{where}[{a + 1}]", later, "strictly increasing indices")
    return times


class _Version2(_Version1):
    """A list of satellites; contacts that say when a link has how many bits."""

    def __init__(self, found: forms.Members, interval_s: Fraction, budget: Budget) -> None:
        self.found, self.interval_s, self.budget = found, interval_s, budget
        listed = found("targets", forms.a_list)
        given = [key for key in _OF_TARGETS if any(type(x) is dict and key in x for x in listed)]
        targets = self.named("targets", *given)
        self.targets = tuple(x("name", forms.text) for x in targets)
        self.numbers = {
            _OF_TARGETS[key]: tuple(x(key, forms.count) for x in targets) for key in given
        }
        receivers = 1, forms.LARGEST_INPUT, "a number of receivers"
        self.stations = tuple(
            Station(
                x("name", forms.text),
                x("receivers", forms.whole, *receivers),
                x("switch_s", up, interval_s),
            )
            for x in self.named("stations", "receivers", "switch_s")
        )
        self.stated = self.named("satellites", "switch_s", optional=("active",), some=True)
        if "scenarios" in found:
            self.probabilities = found("scenarios", read_probabilities, len(self.targets), budget)
        self.scenarios: list[dict[tuple[int, int], Sequence[int]]] = [{} for _ in self.stated]
        self.own: list[list[int]] = [[] for _ in self.stated]
        self.links = tuple(map(self.link, self.named("links", "satellite", "stations", "target")))

    def named(
        self, member: str, *required: str, optional: Iterable[str] = (), some: bool = False
    ) -> list[forms.Members]:
        """Return a list of objects, each with a name of its own and other members."""
        form = forms.Members, ("name", *required), optional
        listed = self.found(member, forms.list_of, *form, what=f" of {member}", some=some)
        known: set[str] = set()
        for x in listed:
            name = x("name", forms.text)
            if name in known:
                raise forms.refused(f"{x.where}.name", name, "each name once")
            known.add(name)
        return listed

    def link(self, x: forms.Members) -> Link:
        """Return the next link."""
        s = x("satellite", forms.whole, 0, len(self.stated), "a satellite's index")
        own, stations = self.own[s], x("stations", self.stations_of)
        own.append(sum(map(len, self.own)))
        return Link(x("name", forms.text), x("target", self.target), s, len(own) - 1, stations)

    def stations_of(self, value: object, where: str) -> tuple[int, ...]:
        """Return the stations of a link: one, or the two of a pair link."""
        stations = forms.whole_numbers(value, where, 0, len(self.stations), "a station's index")
        if not 1 <= len(stations) <= _PAIR or list(stations) != sorted(set(stations)):
            raise forms.refused(
                where, value, "a list of one station, or of two different ones, rising"
            )
        return stations

    def satellites(self) -> tuple[Satellite, ...]:
        """Return the satellites, their cells in order of time and then by link."""
        found = []
        members = self.cells(), self.sessions(), self.options(self.own)
        rows = zip(self.stated, self.own, *members, self.scenarios, strict=True)
        for x, own, cells, sessions, options, scenarios in rows:
            cells.sort()
            counted = Counter(time for time, _, _ in cells)
            times = [*counted]
            if "active" in x:
                times = x("active", self.active, counted)
            positions = tuple(i for _, i, _ in cells)
            ends = accumulate((counted.get(t, 0) for t in times), initial=0)
            satellite = Satellite(
                name=x("name", forms.text),
                links=tuple(own),
                tau=x("switch_s", up, self.interval_s),
                times=times,
                served=[positions[i:j] for i, j in pairwise(ends)],
                bits=[bits for _, _, bits in cells],
                options=options,
                sessions=sessions,
                scenarios=scenarios,
            )
            found.append(satellite)
        return tuple(found)

    def cells(self) -> list[list[tuple[int, int, int]]]:
        """Return interval, position and bits of the cells of each satellite, link by link."""
        cells: list[list[tuple[int, int, int]]] = [[] for _ in self.stated]
        before = (-1, 0)  # link and end of the last contact
        some = 1, forms.LARGEST_INPUT, "a whole number above 0 and below 10^100"
        form = forms.Members, ("link", "first", "bits")
        for x in self.found("contacts", forms.list_of, *form, what=" of contacts"):
            n = x("link", forms.whole, 0, len(self.links), "a link's index")
            s, first = self.links[n].satellite, x("first", forms.count)
            if self.probabilities is None:
                bits = x("bits", forms.whole_numbers, *some)
            else:
                columns = bits_by_interval(x, len(self.probabilities))
                self.scenarios[s] |= {(n, t): column for t, column in enumerate(columns, first)}
                bits = tuple(map(max, columns))
            if not bits or (n, first) <= before:
                expected = "contacts by link and then by time, of some bits, with a gap between"
                raise forms.refused(x.where, Described("another order or form"), expected)
            before, i = (n, first + len(bits)), self.links[n].position
            cells[s] += [(first + a, i, k) for a, k in enumerate(bits)]
        return cells

    def sessions(self) -> list[dict[tuple[int, int], list[int]]]:
        """Return what sessions of each satellite have more by an interval, those of known cells."""
        found: list[dict[tuple[int, int], list[int]]] = [{} for _ in self.stated]
        if "sessions" not in self.found:
            return found
        if self.probabilities is not None:
            where = f"{self.found.where}.sessions"
            raise forms.refused(where, Described("something"), "nothing beside scenarios")
        contacts, bits_form = self.found.stated["contacts"], "whole numbers >= 0 and below 2^62"
        entries = self.found("sessions", forms.a_list, len(contacts), ", one for each contact")
        for c, (entry, x) in enumerate(zip(entries, contacts, strict=True)):
            where, length = f"{self.found.where}.sessions[{c}]", len(x["bits"])
            number, keys = forms.a_list(entry, where, _PAIR, ": a contact and key lengths")
            forms.whole(number, f"{where}[0]", c, c + 1, f"{c}, contacts in order")
            forms.a_list(keys, f"{where}[1]", length * (length + 1) // 2, " key lengths")
            self.budget.spend(2 * len(keys))
            bits = iter(forms.whole_numbers(keys, f"{where}[1]", 0, _MOST_BITS, bits_form))
            columns: list[list[int]] = [[] for _ in range(length)]
            for i in range(length):
                before = 0
                for column in columns[i:]:
                    now = next(bits)
                    column.append(now - before)
                    before = now
            own = found[self.links[x["link"]].satellite]
            own |= {(x["link"], t): column for t, column in enumerate(columns, x["first"])}
        return found

    def active(self, value: object, where: str, counted: Counter[int]) -> list[int]:
        """Return active intervals that are not just those with bits."""
        active, end = list[int](), -1
        form = "[first, last] of runs in order of time, with a gap between"
        for i, run in enumerate(forms.a_list(value, where, what=" of runs")):
            first, last = forms.whole_numbers(
                run, f"{where}[{i}]", 0, forms.LARGEST_INPUT, form, _PAIR
            )
            if not end < first <= last:
                raise forms.refused(f"{where}[{i}]", run, form)
            self.budget.spend(last + 1 - first)
            self.budget.keep(len(active) + last + 1 - first)
            active.extend(range(first, last + 1))
            end = last + 1
        if len(active) == len(counted) or not counted.keys() <= {*active}:
            others = "all intervals of its contacts and others, absent when there are no others"
            raise forms.refused(where, Described("something else"), others)
        return active
