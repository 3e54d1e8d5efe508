"""The multipliers of a proof, and the cases of a tree that they are for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from qkdopt.errors import InputError
from qkdopt.judge.branches import Way
from qkdopt.judge.branching import BranchingConstraint
from qkdopt.judge.fields import describe, list_of, members, rational
from qkdopt.judge.problem import Problem
from qkdopt.judge.settings import Settings
from qkdopt.judge.tree import read_tree

__all__ = ["Case", "Multipliers", "read_cases"]

Multipliers = Mapping[str, tuple[Fraction, ...]]

_STEPS_PER_FRACTION = 40


@dataclass(frozen=True)
class Case:
    """The schedules that give certain answers, and the multipliers that are to bound them.

    Attributes
    ----------
    way
        What its schedules serve and do not serve; ``None`` where nothing was asked.
    by_name
        Fractions under the multiplier's name, one for each target (``mu`` of ``td`` and ``nu`` of
        ``least`` are a single one); whether they are allowed is not checked here.
    """

    way: Way[BranchingConstraint] | None
    by_name: Multipliers


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
    if proof["kind"] == "path":
        members(proof, where, ("kind",))
        return {}
    parts = _parts(settings)
    if proof["kind"] == "prices":
        members(proof, where, ("kind", *(name for part in parts.values() for name in part)))
        return {
            part: (Case(None, _read(proof, where, names, settings, problem)),)
            for part, names in parts.items()
        }
    inside = {"all": (proof, where)}
    if settings.name != "balanced":
        members(proof, where, ("kind", "prices", "tree"))
    else:
        members(proof, where, ("kind", *parts))
        inside = {
            part: (members(proof[part], f"{where}.{part}", ("prices", "tree")), f"{where}.{part}")
            for part in parts
        }
    return {part: _tree(*inside[part], names, settings, problem) for part, names in parts.items()}


def _parts(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Return the names of the multipliers of each part of the proof."""
    floored = bool(settings.floors)
    names: dict[str, tuple[str, ...]] = {
        "td": ("a", "mu", "nu") if floored else ("a", "mu"),
        "least": ("a", "floors", "nu") if floored else ("a", "nu"),
        "capped": ("lambda", "nu") if floored else ("lambda",),
        "paired": ("lambda", "nu") if floored else ("lambda",),
    }
    if settings.name == "balanced":
        return {"t": ("lambda", "floors") if floored else ("lambda",), "total": ("nu",)}
    return {"all": names.get(settings.name, ("nu",))}


def _tree(
    part: dict[str, object],
    where: str,
    names: Sequence[str],
    settings: Settings,
    problem: Problem,
) -> tuple[Case, ...]:
    if not list_of(part["prices"], f"{where}.prices", what=" of prices"):
        raise InputError(f"{where}.prices", describe(part["prices"]), "a list of prices")
    prices = []
    for i, item in enumerate(list_of(part["prices"], where)):
        place = f"{where}.prices[{i}]"
        prices.append(_read(members(item, place, names), place, names, settings, problem))
    ends = read_tree(part["tree"], f"{where}.tree", len(prices), problem)
    return tuple(Case(way, prices[k]) for way, k in ends)


def _read(
    stated: dict[str, object],
    where: str,
    names: Sequence[str],
    settings: Settings,
    problem: Problem,
) -> Multipliers:
    """Return the multipliers of one case; those of ``td`` that must not be negative are not."""
    targeted = settings.name == "td"
    single = {"td": "mu", "least": "nu"}.get(settings.name)
    found = {}
    for name in names:
        place = f"{where}.{name}"
        if name == single:
            values = {place: rational(stated[name], place)}
        else:
            listed = list_of(stated[name], place, len(problem.targets))
            problem.budget.spend(_STEPS_PER_FRACTION * len(listed))
            values = {f"{place}[{i}]": rational(x, f"{place}[{i}]") for i, x in enumerate(listed)}
        for which, x in values.items() if targeted and name != "a" else ():
            if x < 0:
                came = f"{x.numerator}/{x.denominator}"
                raise InputError(which, came, "a fraction that is not negative")
        found[name] = tuple(values.values())
    return found
