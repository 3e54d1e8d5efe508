"""Operations as people write them: TOML tables with link names and seconds.

    minimum_dwell_s = 30
    max_handovers_per_pass = 2
    max_handovers = 40
    max_service_s_per_pass = 240

    [[forbidden]]                   # nobody while the antenna of the house next door transmits
    link = "all"                    # or the name of a link
    from_s = 79_200                 # every interval that overlaps [from_s, until_s)
    until_s = 79_500

    [[locked]]
    link = "Urumqi"                 # or "none": idle
    interval = 8412                 # a global index instead of seconds

    [switch_matrix_s]               # pairs left out take the problem's hand-over time
    Urumqi = { Lhasa = 20, Delingha = 15 }

Seconds count from the start of the horizon. ``all`` and ``none`` are these words even where a
link has such a name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from os import PathLike
from typing import Any

from qkdopt.documents import read_toml
from qkdopt.errors import InputError
from qkdopt.optimize.operations import ALL, Operations
from qkdopt.timegrid import decimal_seconds

__all__ = ["operations_from_table", "read_operations"]

_KEYWORD = {"forbidden": "all", "locked": "none"}
_MOST_INTERVALS = 10**6


def read_operations(
    path: str | PathLike[str], links: Sequence[str], interval_s: Decimal, switch_s: Decimal
) -> Operations:
    """Read operations from a TOML file; see the module for its form.

    Raises
    ------
    InputError
        Naming file and rule, what stood there and what was expected.
    """
    where = str(path)
    table = read_toml(path, "operations as TOML")
    return operations_from_table(table, links, interval_s, switch_s, where)


def operations_from_table(
    table: Mapping[str, Any],
    links: Sequence[str],
    interval_s: Decimal,
    switch_s: Decimal,
    where: str = "operations",
) -> Operations:
    """Return the operations that a table with link names and seconds states.

    Parameters
    ----------
    table
        Parsed TOML.
    links
        Names of the problem's links, in its order.
    interval_s, switch_s
        Length of an interval, and of a hand-over where the matrix is silent [s].

    Raises
    ------
    InputError
        Naming the rule, what stood there and what was expected.
    """
    rules = dict(table)
    for rule in rules:
        if rule not in Operations.__dataclass_fields__:
            known = ", ".join(Operations.__dataclass_fields__)
            raise InputError(f"{where}: {rule}", "an unknown rule", f"one of {known}")
    for rule in _KEYWORD:
        if rule in rules:
            rules[rule] = _services(rules[rule], rule, links, interval_s, f"{where}: {rule}")
    if "switch_matrix_s" in rules:
        matrix = rules["switch_matrix_s"]
        rules["switch_matrix_s"] = _matrix(matrix, links, switch_s, f"{where}: switch_matrix_s")
    return Operations.create(**rules, where=where)


def _services(
    entries: Any, rule: str, links: Sequence[str], interval_s: Decimal, where: str
) -> list[tuple[int, int]]:
    if not isinstance(entries, list):
        raise InputError(where, entries, f"tables, each under [[{rule}]]")
    pairs: list[tuple[int, int]] = []
    for position, entry in enumerate(entries):
        place = f"{where}[{position}]"
        if not isinstance(entry, dict) or set(entry) not in (
            {"link", "interval"},
            {"link", "from_s", "until_s"},
        ):
            raise InputError(place, entry, "link and interval, or link, from_s and until_s")
        name = entry["link"]
        link = ALL if name == _KEYWORD[rule] else _index(name, links, place, _KEYWORD[rule])
        pairs.extend((link, t) for t in _intervals(entry, interval_s, place))
    return pairs


def _intervals(entry: Mapping[str, Any], interval_s: Decimal, where: str) -> Sequence[int]:
    if "interval" in entry:
        if type(entry["interval"]) is not int or entry["interval"] < 0:
            raise InputError(f"{where}.interval", entry["interval"], "a global index >= 0")
        return [entry["interval"]]
    begins = decimal_seconds(entry["from_s"], f"{where}.from_s")
    ends = decimal_seconds(entry["until_s"], f"{where}.until_s", positive=True)
    first = math.floor(Fraction(begins) / Fraction(interval_s))
    beyond = math.ceil(Fraction(ends) / Fraction(interval_s))
    if ends <= begins:
        raise InputError(f"{where}.until_s", str(ends), f"more than from_s = {begins}")
    if beyond - first > _MOST_INTERVALS:
        raise InputError(where, f"{beyond - first:,} intervals", f"at most {_MOST_INTERVALS:,}")
    return range(first, beyond)


def _matrix(table: Any, links: Sequence[str], switch_s: Decimal, where: str) -> list[list[object]]:
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
