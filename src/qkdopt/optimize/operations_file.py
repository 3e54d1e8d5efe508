"""Operations as people write them: TOML tables with link names, seconds, instants and days.

    minimum_dwell_s = 30
    max_handovers_per_pass = 2
    max_handovers = 40
    max_service_s_per_pass = 240
    start_utc = 2016-09-19T00:00:00Z   # of interval 0, where the problem does not say it

    [[forbidden]]                   # nobody while the antenna of the house next door transmits
    link = "all"                    # or the name of a link
    from_s = 79_200                 # every interval that overlaps [from_s, until_s)
    until_s = 79_500

    [[forbidden]]
    station = "Urumqi"              # every link of the station, its pairs included
    weekdays = ["Tuesday"]          # or dates = [2016-09-20], or from_utc and until_utc
    utc_offset = "+08:00"           # days of a clock that is 8 h ahead of UTC

    [[locked]]
    link = "Urumqi"                 # or "none": idle
    interval = 8412                 # a global index instead of seconds

    [switch_matrix_s]               # pairs left out take the problem's hand-over time
    Urumqi = { Lhasa = 20, Delingha = 15 }

Seconds count from the start of the horizon; days are those of UTC unless ``utc_offset`` says
otherwise. ``all`` and ``none`` are these words even where a link has such a name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from os import PathLike
from typing import Any

from qkdopt.documents import read_toml
from qkdopt.errors import InputError
from qkdopt.optimize.operations import ALL, NONE, Operations
from qkdopt.optimize.rule_times import WAYS, RuleClock
from qkdopt.timegrid import utc_instant

_KEYWORD = {"forbidden": "all", "locked": "none"}
_DAYS = ("dates", "weekdays")
_ALL_LISTED = {"interval", "from_s"}  # as ever, so that old rules give old problems
_START = "start_utc"
_COMPUTED = "slew"  # from a satellite's slew_rate_deg_s, and no rule of the planner's
_MOST_INTERVALS = 10**6
_WHEN = ", ".join(" and ".join(way) for way in WAYS)


@dataclass(frozen=True)
class RuleNames:
    """What rules call the links of a problem.

    Attributes
    ----------
    links
        Names of the links, in the problem's order.
    stations
        Names of the stations of each link; ``None`` where each link has the name of its own.
    """

    links: Sequence[str]
    stations: Sequence[Sequence[str]] | None = None

    def of_station(self, name: object, where: str) -> list[int]:
        """Return every link of a station.

        Raises
        ------
        InputError
            When there is none.
        """
        stations = self.stations or [[link] for link in self.links]
        found = [n for n, ends in enumerate(stations) if name in ends]
        if not found:
            known = dict.fromkeys(end for ends in stations for end in ends)
            raise InputError(where, name, f"one of {', '.join(known)}")
        return found


def read_operations(
    path: str | PathLike[str],
    names: RuleNames | Sequence[str],
    clock: RuleClock | Decimal,
    switch_s: Decimal,
) -> Operations:
    """Read operations from a TOML file; see the module for its form.

    Raises
    ------
    InputError
        Naming file and rule, what stood there and what was expected.
    """
    where = str(path)
    table = read_toml(path, "operations as TOML")
    return operations_from_table(table, names, clock, switch_s, where)


def operations_from_table(
    table: Mapping[str, Any],
    names: RuleNames | Sequence[str],
    clock: RuleClock | Decimal,
    switch_s: Decimal,
    where: str = "operations",
) -> Operations:
    """Return the operations that a table with names, seconds, instants and days states.

    Rules in instants and days list only intervals in which anything can be served, as far as the
    clock knows these.

    Parameters
    ----------
    table
        Parsed TOML.
    names
        What links and stations are called; a sequence of links in the problem's order will do.
    clock
        Length of an interval, when interval 0 begins, and which intervals there are; a length
        [s] will do.
    switch_s
        Length of a hand-over where the matrix is silent [s].

    Raises
    ------
    InputError
        Naming the rule, what stood there and what was expected.
    """
    names = names if isinstance(names, RuleNames) else RuleNames(names)
    clock = clock if isinstance(clock, RuleClock) else RuleClock(clock)
    rules = dict(table)
    clock = _started(clock, rules.pop(_START, None), f"{where}: {_START}")
    stated = [rule for rule in Operations.__dataclass_fields__ if rule != _COMPUTED]
    for rule in rules:
        if rule not in stated:
            known = ", ".join((*stated, _START))
            raise InputError(f"{where}: {rule}", "an unknown rule", f"one of {known}")
    for rule in _KEYWORD:
        if rule in rules:
            rules[rule] = _services(rules[rule], rule, names, clock, f"{where}: {rule}")
    if "switch_matrix_s" in rules:
        matrix = rules["switch_matrix_s"]
        rules["switch_matrix_s"] = _matrix(
            matrix, names.links, switch_s, f"{where}: switch_matrix_s"
        )
    return Operations.create(**rules, where=where)


def _started(clock: RuleClock, stated: object, where: str) -> RuleClock:
    """Return the clock with the start that the rules state."""
    if stated is None:
        return clock
    start_utc: datetime = utc_instant(stated, where)
    if clock.start_utc not in (None, start_utc):
        expected = f"the problem's own, {clock.start_utc:%Y-%m-%dT%H:%M:%SZ}, or no such line"
        raise InputError(where, start_utc.isoformat(), expected)
    return RuleClock(clock.interval_s, start_utc, clock.active)


def _services(
    entries: object, rule: str, names: RuleNames, clock: RuleClock, where: str
) -> list[tuple[int, int]]:
    if not isinstance(entries, list):
        raise InputError(where, entries, f"tables, each under [[{rule}]]")
    pairs: list[tuple[int, int]] = []
    for position, entry in enumerate(entries):
        place = f"{where}[{position}]"
        _check_members(entry, rule, place)
        links = _links(entry, rule, names, place)
        closes = rule == "forbidden" or links == [NONE]
        for times in clock.ranges(entry, place):
            listed: Sequence[int] = times
            if closes and not set(entry) & _ALL_LISTED:
                listed = clock.among_active(times)
            count = times.stop - times.start if isinstance(listed, range) else len(listed)
            if (came := len(pairs) + count * len(links)) > _MOST_INTERVALS:
                expected = f"at most {_MOST_INTERVALS:,} under {rule}"
                raise InputError(place, f"{came:,} intervals", expected)
            pairs.extend((link, t) for link in links for t in listed)
    return pairs


def _check_members(entry: object, rule: str, where: str) -> None:
    """Refuse a rule that does not say who and when in exactly one way each."""
    members = set(entry) if isinstance(entry, dict) else set()
    by_days = any(set(way) <= members for way in WAYS if way[0] in _DAYS)
    who, when = members & {"link", "station"}, members - {"link", "station"}
    if by_days:
        when.discard("utc_offset")
    if len(who) != 1 or when not in map(set, WAYS):
        expected = f"link or station, and one of: {_WHEN}"
        raise InputError(where, entry, expected)
    if rule == "locked" and "station" in members:
        raise InputError(f"{where}.station", "a station", f"a link, or {_KEYWORD[rule]}")


def _links(entry: Mapping[str, object], rule: str, names: RuleNames, where: str) -> list[int]:
    """Return the links that a rule is about, or that it is about all or none."""
    if "station" in entry:
        return names.of_station(entry["station"], f"{where}.station")
    if entry["link"] == _KEYWORD[rule]:
        return [ALL]
    return [_index(entry["link"], names.links, where, _KEYWORD[rule])]


def _matrix(
    table: object, links: Sequence[str], switch_s: Decimal, where: str
) -> list[list[object]]:
    if not isinstance(table, dict) or not all(isinstance(row, dict) for row in table.values()):
        raise InputError(where, table, "a table of seconds by link and link")
    matrix: list[list[object]] = [
        [Decimal(0) if n == m else switch_s for m in range(len(links))] for n in range(len(links))
    ]
    for name, row in table.items():
        n = _index(name, links, where)
        for other, seconds in row.items():
            matrix[n][_index(other, links, f"{where}.{name}")] = seconds
    return matrix


def _index(name: Any, links: Sequence[str], where: str, keyword: str = "") -> int:
    if name not in links:
        known = ", ".join([*([keyword] if keyword else []), *links])
        raise InputError(where, name, f"one of {known}")
    return list(links).index(name)
