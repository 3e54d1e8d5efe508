"""The options of version 2, in which every rule names its satellite."""

from collections.abc import Sequence
from typing import Any

from qkdopt.errors import InputError
from qkdopt.optimize.operations import NO_OPERATIONS, NONE, Operations
from qkdopt.optimize.problem import fields
from qkdopt.optimize.problem.documents import PAIRS, PER_SATELLITE
from qkdopt.optimize.problem.parts import Link

_BEYOND = 2**62
_TRIPLE = "[satellite, link or -1, interval]"


def read_options(
    options: object, links: Sequence[Link], satellites: int, where: str
) -> tuple[Operations, ...]:
    """Return the rules of each satellite, by index of its own links; ``None``: no rules.

    Raises
    ------
    InputError
        Naming the rule, what stood there and what was expected.
    """
    if options is None:
        return (NO_OPERATIONS,) * satellites
    if not isinstance(options, dict) or not options:
        raise InputError(where, options, "an object with at least one rule")
    rows: list[dict[int, int]] = [{NONE: NONE} for _ in range(satellites)]
    for n, link in enumerate(links):
        rows[link.satellite][n] = len(rows[link.satellite]) - 1
    rules: list[dict[str, Any]] = [{} for _ in range(satellites)]
    for rule, entries in options.items():
        if rule not in (*PAIRS, *PER_SATELLITE):
            known = ", ".join((*PAIRS, *PER_SATELLITE))
            raise InputError(f"{where}: {rule}", "an unknown rule", f"one of {known}")
        if not isinstance(entries, list) or not entries:
            raise InputError(f"{where}: {rule}", entries, "a list that begins with satellites")
        for position, entry in enumerate(entries):
            _add(rules, rule, entry, rows, f"{where}: {rule}[{position}]")
    found = tuple(Operations.create(**own, where=where) for own in rules)
    for own, operations in zip(rows, found, strict=True):
        operations.check_links(len(own) - 1, where)
    return found


def _value(rule: str, value: object, where: str) -> Any:
    """Return the value of a rule, whose seconds have their one spelling."""
    if rule == "switch_matrix_s" and isinstance(value, list):
        return [
            [fields.seconds(item, where) for item in row] if isinstance(row, list) else row
            for row in value
        ]
    if rule == "slew":
        if not value:
            raise InputError(where, value, "a list of runs, not empty")
        return value
    if rule.startswith("max_handovers"):
        return fields.index(value, _BEYOND, where)
    return fields.seconds(value, where)


def _add(
    rules: list[dict[str, Any]], rule: str, entry: object, rows: list[dict[int, int]], where: str
) -> None:
    """Add an entry to the rules of the satellite that it begins with."""
    expected = _TRIPLE if rule in PAIRS else "[satellite, value]"
    if not isinstance(entry, list) or len(entry) != (3 if rule in PAIRS else 2):
        raise InputError(where, entry, expected)
    satellite = fields.index(entry[0], len(rows), where)
    own = rules[satellite]
    if rule not in PAIRS:
        if rule in own:
            raise InputError(where, entry, f"satellite {satellite} once")
        own[rule] = _value(rule, entry[1], where)
        return
    if type(entry[1]) is not int or entry[1] not in rows[satellite]:
        raise InputError(where, entry, f"a link of satellite {satellite}, or -1")
    if type(entry[2]) is not int or not 0 <= entry[2] < _BEYOND:
        raise InputError(where, entry, f"{_TRIPLE}: an interval from 0 to below 2^62")
    own.setdefault(rule, []).append([rows[satellite][entry[1]], entry[2]])
