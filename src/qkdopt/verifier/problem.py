"""The problem document, checked member by member: what there is to be scheduled."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil
from typing import Any

from qkdopt.errors import InputError
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.canonical import sha256_of
from qkdopt.verifier.envelope import check_head
from qkdopt.verifier.fields import (
    LARGEST_INPUT,
    WHOLE,
    Described,
    describe,
    list_of,
    members,
    text,
    whole,
    whole_numbers,
)
from qkdopt.verifier.options import Options, read_options, seconds
from qkdopt.verifier.traffic import read_traffic

__all__ = ["Problem", "read_problem"]

_REQUIRED = ("format", "version", "interval_s", "switch_s", "targets", "links", "interval", "K")
_BITS_BY_TARGET = ("stock", "demand")
_OPTIONAL = ("weights", "options", "traffic", "information")


@dataclass(frozen=True)
class Problem:
    """One satellite, ``N`` links, ``A`` active intervals, whole bits.

    Attributes
    ----------
    targets
        Name of each target.
    weights
        Weight of each target, or ``None`` where the problem has none.
    link_names, link_targets
        Name of each link and the index of the target it serves, length ``N``.
    interval
        Global indices of the active intervals, strictly increasing, length ``A``.
    K
        Key bits of link ``n`` in active interval ``a``: ``K[n][a]``, ``N`` rows of ``A``.
    servable
        ``K`` with 0 where an option keeps the link from being served.
    tau
        Switching time in intervals, rounded up: a hand-over needs more than ``tau``.
    options
        Rules besides switching, or ``None``.
    stock, demand
        Bits that each target has beforehand, and has a use for; ``None`` where not stated.
    traffic
        Bits that each pair of targets wants to share, symmetric; ``None`` where not stated.
    sha256
        Hash of the canonical document.
    budget
        What is left of the steps that judging claims about the problem may take.
    """

    targets: tuple[str, ...]
    weights: tuple[int, ...] | None
    link_names: tuple[str, ...]
    link_targets: tuple[int, ...]
    interval: tuple[int, ...]
    K: tuple[tuple[int, ...], ...]
    servable: tuple[tuple[int, ...], ...]
    tau: int
    options: Options | None
    stock: tuple[int, ...] | None
    demand: tuple[int, ...] | None
    traffic: tuple[tuple[int, ...], ...] | None
    sha256: str
    budget: Budget = field(default_factory=Budget, compare=False)


def read_problem(document: object, where: str, budget: Budget | None = None) -> Problem:
    """Return the problem that a parsed document describes.

    Raises
    ------
    InputError
        The document is not a well-formed problem.
    """
    budget = budget or Budget()
    check_head(document, where, "qkdopt-problem")
    found = members(document, where, _REQUIRED, (*_OPTIONAL, *_BITS_BY_TARGET))
    _check_information(found, f"{where}.information")
    targets = _targets(found["targets"], f"{where}.targets")
    names, link_targets = _links(found["links"], f"{where}.links", len(targets))
    interval = _interval(found["interval"], f"{where}.interval")
    interval_s = seconds(found["interval_s"], f"{where}.interval_s")
    if not interval_s:
        raise InputError(f"{where}.interval_s", "0", "a positive number of seconds")
    bits = _key_bits(found["K"], f"{where}.K", len(names), len(interval))
    options = read_options(found, f"{where}.options", len(names), interval_s, budget)
    if options is not None:
        budget.spend(4 * len(names) * len(interval))
    return Problem(
        targets=targets,
        weights=_weights(found, f"{where}.weights", len(targets)),
        link_names=names,
        link_targets=link_targets,
        interval=interval,
        K=bits,
        servable=_servable(bits, interval, options),
        tau=ceil(seconds(found["switch_s"], f"{where}.switch_s") / interval_s),
        options=options,
        stock=_bits(found, "stock", where, len(targets)),
        demand=_bits(found, "demand", where, len(targets)),
        traffic=read_traffic(found, f"{where}.traffic", len(targets)),
        sha256=sha256_of(found),
        budget=budget,
    )


def _servable(
    bits: tuple[tuple[int, ...], ...], interval: tuple[int, ...], options: Options | None
) -> tuple[tuple[int, ...], ...]:
    if options is None:
        return bits
    return tuple(
        tuple(
            k if k and options.may_serve(n, time) else 0
            for time, k in zip(interval, row, strict=True)
        )
        for n, row in enumerate(bits)
    )


def _check_information(found: dict[str, Any], where: str) -> None:
    """Refuse information that is no object of texts; what it says is not looked at."""
    if "information" in found:
        stated = found["information"]
        if type(stated) is not dict or not stated:
            raise InputError(where, describe(stated), "an object of texts")
        for name, words in stated.items():
            text(name, where)
            text(words, f"{where}.{name}")


def _bits(found: dict[str, Any], key: str, where: str, n_targets: int) -> tuple[int, ...] | None:
    if key not in found:
        return None
    return whole_numbers(found[key], f"{where}.{key}", n_targets, 0, LARGEST_INPUT, WHOLE)


def _targets(value: object, where: str) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for i, name in enumerate(list_of(value, where, what=" of names")):
        if text(name, f"{where}[{i}]") in names:
            raise InputError(f"{where}[{i}]", describe(name), "each target once")
        names[name] = None
    return tuple(names)


def _links(value: object, where: str, n_targets: int) -> tuple[tuple[str, ...], tuple[int, ...]]:
    names, targets = [], []
    for i, link in enumerate(list_of(value, where, what=" of links")):
        found = members(link, f"{where}[{i}]", ("name", "target"))
        names.append(text(found["name"], f"{where}[{i}].name"))
        expected = f"a target index from 0 to {n_targets - 1}"
        targets.append(whole(found["target"], f"{where}[{i}].target", 0, n_targets, expected))
    return tuple(names), tuple(targets)


def _weights(found: dict[str, Any], where: str, n_targets: int) -> tuple[int, ...] | None:
    if "weights" not in found:
        return None
    weights = whole_numbers(found["weights"], where, n_targets, 0, LARGEST_INPUT, WHOLE)
    if not any(weights):
        raise InputError(where, Described("nothing but zeros"), "at least one positive weight")
    return weights


def _interval(value: object, where: str) -> tuple[int, ...]:
    interval = whole_numbers(value, where, None, 0, LARGEST_INPUT, WHOLE)
    for a, (earlier, later) in enumerate(pairwise(interval)):
        if later <= earlier:
            raise InputError(f"{where}[{a + 1}]", describe(later), "strictly increasing indices")
    return interval


def _key_bits(value: object, where: str, n_links: int, n: int) -> tuple[tuple[int, ...], ...]:
    return tuple(
        whole_numbers(row, f"{where}[{i}]", n, 0, LARGEST_INPUT, WHOLE)
        for i, row in enumerate(list_of(value, where, n_links, " rows, one per link"))
    )
