"""The multipliers of a proof, and the cases of a tree that they are for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from qkdopt.errors import InputError
from qkdopt.judge.answering_path import Answer
from qkdopt.judge.fields import describe, members
from qkdopt.judge.prices import read_rational
from qkdopt.judge.problem import Problem
from qkdopt.judge.settings import Settings
from qkdopt.judge.tree import read_tree

__all__ = ["Case", "read_cases"]


@dataclass(frozen=True)
class Case:
    """The schedules that give certain answers, and the multipliers that are to bound them.

    Attributes
    ----------
    answers
        What its schedules serve and do not serve.
    by_name
        One fraction for each target under the multiplier's name; whether they are allowed is
        not checked here.
    """

    answers: tuple[Answer, ...]
    by_name: Mapping[str, tuple[Fraction, ...]]


def read_cases(
    proof: dict[str, object], where: str, settings: Settings, problem: Problem
) -> Mapping[str, tuple[Case, ...]]:
    """Return the cases of each part of a proof; the only part of most is called ``all``.

    Balanced delivery has two parts, ``t`` and ``total``.

    Raises
    ------
    InputError
        When multipliers are malformed, or a list is no tree.
    """
    n_targets = len(problem.targets)
    if proof["kind"] == "path":
        members(proof, where, ("kind",))
        return {}
    if settings.name == "least":
        with_floors = ("a", "floors") if settings.floors else ("a",)
        members(proof, where, ("kind", *with_floors, "nu"))
        nu = read_rational(proof["nu"], f"{where}.nu")
        multipliers = {**_read(proof, where, with_floors, n_targets), "nu": (nu,)}
        return {"all": (Case((), multipliers),)}
    parts = _parts(settings)
    if proof["kind"] == "prices":
        names = [name for part in parts.values() for name in part]
        members(proof, where, ("kind", *names))
        return {part: (Case((), _read(proof, where, parts[part], n_targets)),) for part in parts}
    if settings.name != "balanced":
        members(proof, where, ("kind", "prices", "tree"))
        return {"all": _tree(proof, where, parts["all"], problem)}
    members(proof, where, ("kind", *parts))
    found = {}
    for part, names_of_part in parts.items():
        inside = members(proof[part], f"{where}.{part}", ("prices", "tree"))
        found[part] = _tree(inside, f"{where}.{part}", names_of_part, problem)
    return found


def _parts(settings: Settings) -> dict[str, tuple[str, ...]]:
    if settings.name == "balanced":
        return {"t": ("lambda", "floors") if settings.floors else ("lambda",), "total": ("nu",)}
    names: tuple[str, ...] = ("lambda",) if settings.name in ("capped", "paired") else ()
    return {"all": (*names, "nu") if settings.floors else names}


def _tree(
    part: dict[str, object], where: str, names: Sequence[str], problem: Problem
) -> tuple[Case, ...]:
    stated = part["prices"]
    if type(stated) is not list or not stated:
        raise InputError(f"{where}.prices", describe(stated), "a list of prices")
    prices = [
        _read(
            members(item, f"{where}.prices[{i}]", names),
            f"{where}.prices[{i}]",
            names,
            len(problem.targets),
        )
        for i, item in enumerate(stated)
    ]
    ends = read_tree(part["tree"], f"{where}.tree", len(prices), problem)
    return tuple(Case(answers, prices[k]) for answers, k in ends)


def _read(
    stated: dict[str, object], where: str, names: Sequence[str], n_targets: int
) -> dict[str, tuple[Fraction, ...]]:
    found = {}
    for name in names:
        values = stated[name]
        if type(values) is not list or len(values) != n_targets:
            raise InputError(f"{where}.{name}", describe(values), f"a list of {n_targets:,}")
        found[name] = tuple(
            read_rational(value, f"{where}.{name}[{i}]") for i, value in enumerate(values)
        )
    return found
