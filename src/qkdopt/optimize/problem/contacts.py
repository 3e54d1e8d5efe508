"""From contacts to the dense table of each satellite; every contact is checked on the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.errors import Described, InputError, LimitError
from qkdopt.optimize.problem import fields
from qkdopt.optimize.problem.parts import Link

__all__ = ["MOST_CELLS", "keys_by_satellite"]

MOST_CELLS = 32_000_000
"""Most links times active intervals of one satellite, and most active intervals."""

_BEYOND = 2**61  # every index is below, so that sums of two fit into 64 bits
_CONTACT = ("link", "first", "bits")


def keys_by_satellite(
    contacts: Any, links: Sequence[Link], satellites: Sequence[dict[str, Any]], where: str
) -> list[tuple[Integers, Integers]]:
    """Return ``K``, shape ``(N, A)``, and the active intervals, shape ``(A,)``, of each satellite.

    Both are int64 and read-only. Intervals are active where a contact of the satellite is, and
    where its member ``active`` says so.

    Raises
    ------
    InputError
        For contacts that are not sorted, overlap, touch or hold anything but whole bits > 0.
    LimitError
        For more cells than there is memory for.
    """
    of_satellite: list[list[tuple[int, int, list[int]]]] = [[] for _ in satellites]
    for n, first, bits in _checked(contacts, len(links), f"{where}: contacts"):
        of_satellite[links[n].satellite].append((n, first, bits))
    keys = []
    for s, (own, satellite) in enumerate(zip(of_satellite, satellites, strict=True)):
        place = f"{where}: satellites[{s}]"
        served = _union([np.arange(first, first + len(bits)) for _, first, bits in own])
        interval = served
        if "active" in satellite:
            interval = _active(satellite["active"], served, f"{place}.active")
        rows = {n: row for row, n in enumerate(n for n, x in enumerate(links) if x.satellite == s)}
        if len(rows) * interval.size > MOST_CELLS:
            came = Described(f"{len(rows):,} links in {interval.size:,} intervals")
            raise LimitError(place, came, f"at most {MOST_CELLS:,} cells")
        table = np.zeros((len(rows), interval.size), np.int64, order="F")
        for n, first, bits in own:
            begin = int(np.searchsorted(interval, first))
            table[rows[n], begin : begin + len(bits)] = bits
        table.flags.writeable = False
        interval.flags.writeable = False
        keys.append((table, interval))
    return keys


def _checked(contacts: Any, links: int, where: str) -> list[tuple[int, int, list[int]]]:
    if not isinstance(contacts, list):
        raise InputError(where, contacts, 'a list of {"link": ..., "first": ..., "bits": [...]}')
    found = []
    before, ended = -1, 0
    for position, contact in enumerate(contacts):
        place = f"{where}[{position}]"
        fields.members(contact, place, _CONTACT)
        link = fields.index(contact["link"], links, f"{place}.link")
        bits = fields.integers(contact["bits"], f"{place}.bits")
        if not bits or min(bits) <= 0:
            raise InputError(f"{place}.bits", bits, "whole numbers > 0, at least one")
        first = contact["first"]
        if type(first) is not int or not 0 <= first < _BEYOND - len(bits):
            raise InputError(f"{place}.first", first, "an interval >= 0 that ends below 2^61")
        if link < before:
            raise InputError(f"{place}.link", link, f"contacts sorted by link ({before} before)")
        if link == before and first <= ended:
            expected = f"an interval after {ended}, the first after the link's contact before"
            raise InputError(f"{place}.first", first, expected)
        before, ended = link, first + len(bits)
        found.append((link, first, bits))
    return found


def _active(runs: Any, served: Integers, where: str) -> Integers:
    """Return the intervals that runs list, which hold those served and at least one more."""
    if not isinstance(runs, list):
        raise InputError(where, runs, "a list of [first, last]")
    ended, count = -2, 0
    for position, run in enumerate(runs):
        place = f"{where}[{position}]"
        good = isinstance(run, list) and [type(end) for end in run] == [int, int]
        if not good or not ended + 1 < run[0] <= run[1] < _BEYOND:
            expected = "[first, last] in order, with a gap before, below 2^61"
            raise InputError(place, run, expected)
        ended, count = run[1], count + run[1] - run[0] + 1
        if count > MOST_CELLS:
            raise LimitError(place, Described(f"{count:,} intervals"), f"at most {MOST_CELLS:,}")
    interval = _union([np.arange(first, last + 1) for first, last in runs])
    outside = np.setdiff1d(served, interval, assume_unique=True)
    if outside.size:
        came = Described(f"not interval {outside[0]}, in which there is a contact")
        raise InputError(where, came, "every interval of a contact")
    if interval.size == served.size:
        raise InputError(where, Described("the intervals of the contacts"), "nothing then")
    return interval


def _union(parts: list[Integers]) -> Integers:
    return np.unique(np.concatenate([np.zeros(0, np.int64), *parts]))
