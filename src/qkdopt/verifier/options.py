"""The operations of a problem document, checked member by member, in whole intervals."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil, floor
from typing import Any

from qkdopt.errors import InputError
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.fields import (
    LARGEST_INPUT,
    WHOLE,
    Described,
    decimal,
    describe,
    list_of,
    members,
    whole,
    whole_numbers,
)

__all__ = ["NOBODY", "Options", "read_options", "seconds"]

NOBODY = -1

_RULES = (
    "forbidden",
    "locked",
    "minimum_dwell_s",
    "max_handovers_per_pass",
    "max_handovers",
    "max_service_s_per_pass",
    "switch_matrix_s",
)


@dataclass(frozen=True)
class Options:
    """Rules besides switching; what is off allows everything.

    Attributes
    ----------
    forbidden, locked
        Pairs (link or -1, global interval): -1 forbids every link, and demands idling.
    dwell
        Fewest intervals that a service serves, at least 1.
    handovers_per_pass, handovers, service_per_pass
        Most hand-overs within a pass, hand-overs at all, intervals served in a pass;
        ``None`` where there is no limit.
    tau
        Intervals that a hand-over from link to link keeps free; ``None`` where all take
        the switching time of the problem.
    """

    forbidden: frozenset[tuple[int, int]] = frozenset()
    locked: frozenset[tuple[int, int]] = frozenset()
    dwell: int = 1
    handovers_per_pass: int | None = None
    handovers: int | None = None
    service_per_pass: int | None = None
    tau: tuple[tuple[int, ...], ...] | None = None

    def may_serve(self, n: int, time: int) -> bool:
        """Return whether link ``n`` is neither forbidden in an interval nor locked out of it."""
        if (n, time) in self.forbidden or (NOBODY, time) in self.forbidden:
            return False
        return self.demands.get(time, {n}) == {n}

    @cached_property
    def demands(self) -> dict[int, set[int]]:
        """Whom each locked interval must serve; two of them cannot both be."""
        demands: dict[int, set[int]] = {}
        for link, time in self.locked:
            demands.setdefault(time, set()).add(link)
        return demands

    @cached_property
    def only_close(self) -> bool:
        """Whether all that is asked is that some links do not serve in some intervals."""
        idle = frozenset(pair for pair in self.locked if pair[0] == NOBODY)
        return self == Options(forbidden=self.forbidden, locked=idle)


def read_options(
    problem: dict[str, Any], where: str, n_links: int, interval_s: Fraction, budget: Budget
) -> Options | None:
    """Return the operations of a problem document, or ``None`` when all are off."""
    if "options" not in problem:
        return None
    found = problem["options"]
    if type(found) is not dict or not found:
        raise InputError(where, describe(found), "no such member when off")
    members(found, where, (), _RULES)

    def count(rule: str) -> int | None:
        return (
            whole(found[rule], f"{where}.{rule}", 0, LARGEST_INPUT, WHOLE)
            if rule in found
            else None
        )

    def intervals(rule: str) -> Fraction | None:
        return seconds(found[rule], f"{where}.{rule}") / interval_s if rule in found else None

    dwell, service = intervals("minimum_dwell_s"), intervals("max_service_s_per_pass")
    return Options(
        forbidden=_pairs(found, "forbidden", where, n_links),
        locked=_pairs(found, "locked", where, n_links),
        dwell=1 if dwell is None else max(1, ceil(dwell)),
        handovers_per_pass=count("max_handovers_per_pass"),
        handovers=count("max_handovers"),
        service_per_pass=None if service is None else floor(service),
        tau=_matrix(found, f"{where}.switch_matrix_s", n_links, interval_s, budget),
    )


def seconds(value: object, where: str) -> Fraction:
    """Return a plain decimal string as an exact number."""
    return decimal(value, where, 'seconds as a plain decimal string like "10"')


def _pairs(
    found: dict[str, Any], rule: str, where: str, n_links: int
) -> frozenset[tuple[int, int]]:
    if rule not in found:
        return frozenset()
    value, where = found[rule], f"{where}.{rule}"
    if type(value) is not list or not value:
        raise InputError(where, describe(value), "a list of [link, interval], absent when empty")
    pairs = set()
    for i, pair in enumerate(value):
        link, time = whole_numbers(pair, f"{where}[{i}]", 2, -1, LARGEST_INPUT, "link and interval")
        whole(link, f"{where}[{i}][0]", -1, n_links, f"-1 or a link from 0 to {n_links - 1}")
        pairs.add((link, whole(time, f"{where}[{i}][1]", 0, LARGEST_INPUT, WHOLE)))
    return frozenset(pairs)


def _matrix(
    found: dict[str, Any], where: str, n_links: int, interval_s: Fraction, budget: Budget
) -> tuple[tuple[int, ...], ...] | None:
    if "switch_matrix_s" not in found:
        return None
    rows = list_of(found["switch_matrix_s"], where, n_links, " rows, one per link")
    matrix = []
    for n, row in enumerate(rows):
        budget.spend(60 * n_links)
        members_of_row = enumerate(list_of(row, f"{where}[{n}]", n_links))
        times = [seconds(value, f"{where}[{n}][{m}]") for m, value in members_of_row]
        if times[n]:
            raise InputError(f"{where}[{n}][{n}]", Described(row[n]), '"0" on the diagonal')
        matrix.append(tuple(ceil(time / interval_s) for time in times))
    return tuple(matrix)
