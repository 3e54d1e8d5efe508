"""From contacts to the dense table of each satellite; every contact is checked on the way."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from qkdopt.arrays import Integers, read_only
from qkdopt.errors import Described, InputError, LimitError
from qkdopt.optimize.problem import fields
from qkdopt.optimize.problem.parts import Link
from qkdopt.tensor import Scenarios

MOST_CELLS = 32_000_000
"""Most links times active intervals of one satellite, and most active intervals of all."""

_MOST_CELLS_OF_ALL = 8 * MOST_CELLS

_BEYOND = 2**61  # every index is below, so that sums of two fit into 64 bits
_CONTACT = ("link", "first", "bits")


class Keys(NamedTuple):
    """What a satellite can deliver: int64 and read-only.

    Attributes
    ----------
    bits, interval
        ``K``, shape ``(N, A)``, and the active intervals, shape ``(A,)``.
    scenarios
        Bits under each of several skies, of which ``bits`` are the most.
    """

    bits: Integers
    interval: Integers
    scenarios: Scenarios | None


def keys_by_satellite(
    contacts: object,
    links: Sequence[Link],
    satellites: Sequence[dict[str, Any]],
    probability: Sequence[Fraction] | None,
    where: str,
) -> list[Keys]:
    """Return what the links of each satellite can deliver.

    Intervals are active where a contact of the satellite is, and where its member ``active`` says
    so. ``probability`` is that of each scenario, where contacts state the bits of several.

    Raises
    ------
    InputError
        For contacts that are not sorted, overlap, touch or hold anything but whole bits > 0.
    LimitError
        For more cells than there is memory for.
    """
    of_satellite: list[list[tuple[int, int, list[list[int]]]]] = [[] for _ in satellites]
    row, rows = _rows(links, len(satellites))
    count = None if probability is None else len(probability)
    for n, first, bits in _checked(contacts, len(links), count, f"{where}: contacts"):
        of_satellite[links[n].satellite].append((row[n], first, bits))
    keys = []
    cells = intervals = 0
    for s, (own, satellite) in enumerate(zip(of_satellite, satellites, strict=True)):
        place = f"{where}: satellites[{s}]"
        runs = [np.arange(first, first + len(bits[0])) for _, first, bits in own]
        interval = served = np.unique(np.concatenate([np.zeros(0, np.int64), *runs]))
        if "active" in satellite:
            interval = _active(satellite["active"], served, rows[s], f"{place}.active")
        _check_cells(rows[s], interval.size, place)
        intervals += interval.size
        cells += rows[s] * interval.size * (count or 1)
        if intervals > MOST_CELLS or cells > _MOST_CELLS_OF_ALL:
            came = Described(f"{cells:,} cells in {intervals:,} intervals, with those before")
            expected = f"at most {_MOST_CELLS_OF_ALL:,} in {MOST_CELLS:,}"
            raise LimitError(place, came, expected)
        keys.append(_placed(own, rows[s], interval, probability, place))
    return keys


def _placed(
    contacts: Sequence[tuple[int, int, list[list[int]]]],
    rows: int,
    interval: Integers,
    probability: Sequence[Fraction] | None,
    where: str,
) -> Keys:
    """Return the dense tables of a satellite's contacts."""
    count = 1 if probability is None else len(probability)
    tables = [np.zeros((rows, interval.size), np.int64, "F") for _ in range(count)]
    for n, first, bits in contacts:
        begin = int(np.searchsorted(interval, first))
        for table, of_one in zip(tables, bits, strict=True):
            table[n, begin : begin + len(of_one)] = of_one
    interval = read_only(interval)
    if probability is None:
        return Keys(read_only(tables[0]), interval, None)
    scenarios = Scenarios.create(np.stack(tables), probability, where)
    return Keys(scenarios.most, interval, scenarios)


def _rows(links: Sequence[Link], satellites: int) -> tuple[list[int], list[int]]:
    """Return the row of each link in its satellite's table, and the rows of each table."""
    row, rows = [], [0] * satellites
    for link in links:
        row.append(rows[link.satellite])
        rows[link.satellite] += 1
    return row, rows


def _checked(
    contacts: object, links: int, scenarios: int | None, where: str
) -> list[tuple[int, int, list[list[int]]]]:
    if not isinstance(contacts, list):
        raise InputError(where, contacts, 'a list of {"link": ..., "first": ..., "bits": [...]}')
    found = []
    before, ended = -1, 0
    for position, contact in enumerate(contacts):
        place = f"{where}[{position}]"
        fields.members(contact, place, _CONTACT)
        link = fields.index(contact["link"], links, f"{place}.link")
        bits = _bits(contact["bits"], scenarios, f"{place}.bits")
        first, length = contact["first"], len(bits[0])
        if type(first) is not int or not 0 <= first < _BEYOND - length:
            raise InputError(f"{place}.first", first, "an interval >= 0 that ends below 2^61")
        if link < before:
            raise InputError(f"{place}.link", link, f"contacts sorted by link ({before} before)")
        if link == before and first <= ended:
            expected = f"an interval after {ended}, the first after the link's contact before"
            raise InputError(f"{place}.first", first, expected)
        before, ended = link, first + length
        found.append((link, first, bits))
    return found


def _bits(stated: object, scenarios: int | None, where: str) -> list[list[int]]:
    """Return the bits of each scenario; where only one sky is stated, of that one."""
    if scenarios is None:
        bits = fields.integers(stated, where)
        if not bits or min(bits) <= 0:
            raise InputError(where, bits, "whole numbers > 0, at least one")
        return [bits]
    if not isinstance(stated, list) or len(stated) != scenarios:
        raise InputError(where, stated, f"a list of bits for each of {scenarios} scenarios")
    found = [fields.integers(bits, f"{where}[{k}]") for k, bits in enumerate(stated)]
    for k, bits in enumerate(found):
        if not bits or len(bits) != len(found[0]) or min(bits) < 0:
            expected = f"{len(found[0]) or 1} whole numbers >= 0"
            raise InputError(f"{where}[{k}]", bits, expected)
    if min(most := list(map(max, zip(*found, strict=True)))) == 0:
        came = Described(f"0 in all scenarios in place {most.index(0)}")
        raise InputError(where, came, "some scenario with bits in each interval")
    return found


def _active(runs: object, served: Integers, rows: int, where: str) -> Integers:
    """Return the intervals that runs list, which hold those served and at least one more."""
    if not isinstance(runs, list):
        raise InputError(where, runs, "a list of [first, last]")
    ended, count = -2, 0
    for position, run in enumerate(runs):
        good = isinstance(run, list) and [type(end) for end in run] == [int, int]
        if not good or not max(0, ended + 2) <= run[0] <= run[1] < _BEYOND:
            expected = "[first, last] in order, with a gap before, below 2^61"
            raise InputError(f"{where}[{position}]", run, expected)
        ended, count = run[1], count + run[1] - run[0] + 1
    _check_cells(rows, count, where)
    ends = np.array(runs, np.int64).reshape(-1, 2)
    inside = np.searchsorted(ends[:, 0], served, "right") - np.searchsorted(ends[:, 1], served)
    if not inside.all():
        came = Described(f"not interval {served[inside == 0][0]}, in which there is a contact")
        raise InputError(where, came, "every interval of a contact")
    if count == served.size:
        raise InputError(where, Described("the intervals of the contacts"), "nothing then")
    return np.concatenate([np.arange(first, last + 1) for first, last in runs])


def _check_cells(rows: int, intervals: int, where: str) -> None:
    """Refuse a table that takes too much memory, before there is one."""
    if max(rows, 1) * intervals > MOST_CELLS:
        came = Described(f"{rows:,} links in {intervals:,} intervals")
        raise LimitError(where, came, f"at most {MOST_CELLS:,} cells")
