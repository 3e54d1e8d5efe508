"""The operations of a problem document, in whole intervals."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import Any

from qkdopt.errors import Described
from qkdopt.verifier import forms
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.model import NONE, Options, Slew

_CELLS = ("forbidden", "locked")
_FIELDS = {
    "max_handovers_per_pass": "handovers_per_pass",
    "max_handovers": "handovers",
    "minimum_dwell_s": "dwell",
    "max_service_s_per_pass": "service_per_pass",
    "switch_matrix_s": "tau",
    "slew": "slew",
}
_RUN = "[from, to, first, last, idle]"
_PAIR = "[from, to, stretch, ...]"
_STRETCH = "[first, idle, length, idle, length, ...]"
_SATELLITE = "a satellite's index"


def up(value: object, where: str, interval_s: Fraction) -> int:
    """Return seconds as whole intervals, rounded up."""
    return ceil(forms.seconds(value, where) / interval_s)


def read_options(
    found: forms.Members, links: Sequence[Sequence[int]], interval_s: Fraction, budget: Budget
) -> list[Options]:
    """Return the operations of satellites that have these links.

    Version 1 knows one satellite and leaves it out; version 2 names it first in every entry.
    """
    stated: list[dict[str, Any]] = [{} for _ in links]
    if "options" in found:
        named = found.stated["version"] > 1
        found("options", forms.a_dict, "no such member when off", some=True)
        rules = found("options", forms.Members, (), (*_CELLS, *_FIELDS))
        for rule, value in rules.stated.items():
            where = f"{rules.where}.{rule}"
            if rule in _CELLS:
                for s, cell in _cells(value, where, links, named=named):
                    stated[s].setdefault(rule, set()).add(cell)
                continue
            entries = _entries(value, where, len(links)) if named else [(0, value, where)]
            for s, one, place in entries:
                read = _value(rule, one, place, len(links[s]), interval_s, budget)
                stated[s][_FIELDS[rule]] = read
    for fields in stated:
        fields.update({name: frozenset(fields[name]) for name in _CELLS if name in fields})
    return [Options(**fields) for fields in stated]


def _cells(
    value: object, where: str, links: Sequence[Sequence[int]], *, named: bool
) -> Iterator[tuple[int, tuple[int, int]]]:
    """Yield satellite and pair of link or -1 and interval."""
    form = " of [satellite, link, interval]" if named else " of [link, interval]"
    own = [{NONE, *row} for row in links]
    for i, cell in enumerate(forms.a_list(value, where, what=form, some=True)):
        at = f"{where}[{i}]"
        *which, n, time = forms.whole_numbers(
            cell, at, NONE, forms.LARGEST_INPUT, form[4:], 2 + named
        )
        s = forms.whole(which[0], f"{at}[0]", 0, len(links), _SATELLITE) if named else 0
        if n not in own[s]:
            raise forms.refused(f"{at}[{int(named)}]", n, "-1 or a link of the satellite")
        yield s, (n, forms.count(time, f"{at}[{1 + named}]"))


def _entries(value: object, where: str, n_satellites: int) -> Iterator[tuple[int, object, str]]:
    """Yield satellites, each once, what a rule says about them, and where."""
    known: set[int] = set()
    for i, entry in enumerate(forms.a_list(value, where, what=" of [satellite, rule]", some=True)):
        at = f"{where}[{i}]"
        s, one = forms.a_list(entry, at, 2)
        if forms.whole(s, f"{at}[0]", 0, n_satellites, _SATELLITE) in known:
            raise forms.refused(f"{at}[0]", s, "each satellite once")
        known.add(s)
        yield s, one, f"{at}[1]"


def _value(
    rule: str, value: object, where: str, n_links: int, interval_s: Fraction, budget: Budget
) -> object:
    """Return what a rule says about a satellite with so many links, as a field of `Options`."""
    if rule == "minimum_dwell_s":
        return max(1, up(value, where, interval_s))
    if rule == "max_service_s_per_pass":
        return floor(forms.seconds(value, where) / interval_s)
    if rule == "slew":
        return _slew(value, where, n_links, budget)
    if rule != "switch_matrix_s":
        return forms.count(value, where)
    listed = forms.a_list(value, where, n_links, " rows, one per link")
    budget.spend(60 * n_links**2)
    rows = [
        forms.list_of(x, f"{where}[{n}]", up, interval_s, length=n_links)
        for n, x in enumerate(listed)
    ]
    for n, row in enumerate(rows):
        if row[n]:
            raise forms.refused(
                f"{where}[{n}][{n}]", Described(listed[n][n]), '"0" on the diagonal'
            )
    return tuple(map(tuple, rows))


def _slew(
    value: object, where: str, n_links: int, budget: Budget
) -> Mapping[tuple[int, int], Slew]:
    """Return the runs of each pair of links, by their positions."""
    listed = forms.a_list(value, where, what=f" of {_RUN}", some=True)
    by_pair = type(listed[0]) is list and any(type(x) is list for x in listed[0])
    found: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
    for i, entry in enumerate(listed):
        at = f"{where}[{i}]"
        if by_pair:
            n, m = forms.whole_numbers(
                forms.a_list(entry, at)[:2], at, 0, forms.LARGEST_INPUT, _PAIR, 2
            )
            added = _stretches(
                forms.a_list(entry[2:], at, what=f", {_PAIR}", some=True), at, budget
            )
        else:
            budget.spend(60)
            n, m, *run = forms.whole_numbers(
                entry, at, 0, forms.LARGEST_INPUT, _RUN, len(_RUN.split())
            )
            added = [(run[0], run[1], run[2])]
        if max(n, m) >= n_links or n == m or any(last < first for first, last, _ in added):
            raise forms.refused(at, entry, "two links of the satellite, and first <= last")
        runs = found.setdefault((n, m), [])
        for one, other in pairwise([*runs[-1:], *added]):
            if other[0] <= one[1]:
                raise forms.refused(at, list(other), "the runs of two links in order of time")
        runs += added
    return {pair: Slew.of(runs) for pair, runs in found.items() if runs}


def _stretches(listed: list[object], where: str, budget: Budget) -> list[tuple[int, int, int]]:
    """Return the runs of stretches of consecutive intervals."""
    found = []
    for i, stretch in enumerate(listed):
        at = f"{where}[{i + 2}]"
        budget.spend(10 + 4 * len(forms.a_list(stretch, at, what=f", {_STRETCH}", some=True)))
        first, *rest = forms.whole_numbers(stretch, at, 0, forms.LARGEST_INPUT, _STRETCH)
        if not rest or len(rest) % 2:
            raise forms.refused(at, stretch, _STRETCH)
        for idle, length in zip(rest[::2], rest[1::2], strict=True):
            found.append((first, first + length - 1, idle))
            first += length
    return found
