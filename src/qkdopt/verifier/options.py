"""The operations of a problem document, checked member by member, in whole intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from math import ceil, floor
from typing import Any

from qkdopt.errors import InputError
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.fields import (
    LARGEST_INPUT,
    Described,
    count,
    describe,
    list_of,
    members,
    seconds,
    whole,
    whole_numbers,
)
from qkdopt.verifier.model import NONE, Options

__all__ = ["read_options"]

_CELLS = ("forbidden", "locked")
_COUNTS = {"max_handovers_per_pass": "handovers_per_pass", "max_handovers": "handovers"}
_RULES = (*_CELLS, *_COUNTS, "minimum_dwell_s", "max_service_s_per_pass", "switch_matrix_s")


def read_options(
    found: dict[str, Any],
    where: str,
    links: Sequence[Sequence[int]],
    interval_s: Fraction,
    budget: Budget,
) -> list[Options]:
    """Return the operations of each satellite.

    Version 1 knows one satellite and leaves it out; version 2 names it first in every entry.

    Parameters
    ----------
    found
        The members of a problem document.
    links
        The links of each satellite.

    Raises
    ------
    InputError
        Rules are malformed, or about links that the satellite does not have.
    """
    stated: list[dict[str, Any]] = [{} for _ in links]
    if "options" not in found:
        return [Options() for _ in links]
    rules, where, named = found["options"], f"{where}.options", found["version"] > 1
    if type(rules) is not dict or not rules:
        raise InputError(where, describe(rules), "no such member when off")
    members(rules, where, (), _RULES)
    for rule, value in rules.items():
        place = f"{where}.{rule}"
        if rule in _CELLS:
            for s, pair in _cells(value, place, links, named=named):
                stated[s].setdefault(rule, set()).add(pair)
            continue
        read = _reader(rule, interval_s, budget)
        for s, one, inside in _entries(value, place, len(links)) if named else [(0, value, place)]:
            name, number = read(one, inside, len(links[s]))
            stated[s][name] = number
    cells = [{rule: frozenset(x[rule]) for rule in _CELLS if rule in x} for x in stated]
    return [Options(**{**x, **pairs}) for x, pairs in zip(stated, cells, strict=True)]


def _entries(value: object, where: str, n_satellites: int) -> Iterator[tuple[int, object, str]]:
    """Yield satellite, what the rule says about it, and where."""
    known: set[object] = set()
    for i, entry in enumerate(list_of(value, where, what=" of [satellite, rule]", some=True)):
        s, one = list_of(entry, f"{where}[{i}]", 2)
        whole(s, f"{where}[{i}][0]", 0, n_satellites, "a satellite's index")
        if s in known:
            raise InputError(f"{where}[{i}][0]", describe(s), "each satellite once")
        known.add(s)
        yield s, one, f"{where}[{i}][1]"


def _cells(
    value: object, where: str, links: Sequence[Sequence[int]], *, named: bool
) -> Iterator[tuple[int, tuple[int, int]]]:
    """Yield satellite and pair of link or -1 and interval."""
    form = " of [satellite, link, interval]" if named else " of [link, interval]"
    own = [{NONE, *row} for row in links]
    for i, cell in enumerate(list_of(value, where, what=form, some=True)):
        numbers = whole_numbers(cell, f"{where}[{i}]", 2 + named, NONE, LARGEST_INPUT, form[4:])
        s, (link, time) = numbers[0] if named else 0, numbers[-2:]
        whole(s, f"{where}[{i}][0]", 0, len(links), "a satellite's index")
        if link not in own[s]:
            place, expected = f"{where}[{i}][{int(named)}]", "-1 or a link of the satellite"
            raise InputError(place, describe(link), expected)
        yield s, (link, count(time, f"{where}[{i}][{1 + named}]"))


def _reader(
    rule: str, interval_s: Fraction, budget: Budget
) -> Callable[[object, str, int], tuple[str, object]]:
    """Return what reads a rule of a satellite of so many links, as a field of `Options`."""

    def times(row: object, where: str, n_links: int) -> list[int]:
        budget.spend(60 * n_links)
        listed = list_of(row, where, n_links)
        return [ceil(seconds(x, f"{where}[{m}]") / interval_s) for m, x in enumerate(listed)]

    def matrix(value: object, where: str, n_links: int) -> tuple[str, object]:
        listed = list_of(value, where, n_links, " rows, one per link")
        rows = [times(row, f"{where}[{n}]", n_links) for n, row in enumerate(listed)]
        for n, row in enumerate(rows):
            if row[n]:
                came = Described(listed[n][n])
                raise InputError(f"{where}[{n}][{n}]", came, '"0" on the diagonal')
        return "tau", tuple(map(tuple, rows))

    if rule == "switch_matrix_s":
        return matrix
    if rule == "minimum_dwell_s":
        return lambda x, place, _: ("dwell", max(1, ceil(seconds(x, place) / interval_s)))
    if rule == "max_service_s_per_pass":
        return lambda x, place, _: ("service_per_pass", floor(seconds(x, place) / interval_s))
    return lambda x, place, _: (_COUNTS[rule], count(x, place))
