"""The certificate document, checked member by member: what is claimed about a problem."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from qkdopt.errors import InputError, NotBuiltYetError
from qkdopt.judge.fields import Described, describe, members, text, whole, whole_numbers
from qkdopt.judge.problem import Problem, check_head, read_problem
from qkdopt.judge.tree import Leaf, read_leaves

__all__ = ["LARGEST_RESULT", "Claim", "read_claim"]

LARGEST_RESULT = 10**300
"""Claimed values, bounds and link indices stay below this, and above its negative."""

_REQUIRED = (
    "format",
    "version",
    "problem",
    "problem_sha256",
    "strategy",
    "schedule",
    "value",
    "bound",
    "proof",
    "made_by",
)
_PROOFS_OF = {"gd": ("path",), "pd": ("path",), "td": ("prices", "tree")}
_SETTINGS_OF: dict[str, tuple[str, ...]] = {"gd": (), "pd": (), "td": ("kl_max",)}
_NEEDS_WEIGHTS = ("pd", "td")
_NOT_BUILT = ("least", "balanced", "capped")
_MEMBERS_OF = {"path": ("kind",), "prices": ("kind", "a", "mu"), "tree": ("kind", "prices", "tree")}
_DECIMAL = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]*[1-9])?")
_LONGEST_DECIMAL = 40
_LARGEST_DIVERGENCE = 1000
_SHA256 = re.compile(r"[0-9a-f]{64}")
_RESULT = "a whole number of at most 300 digits"


@dataclass(frozen=True)
class Claim:
    """What a certificate says; nothing here has been checked for truth.

    Attributes
    ----------
    problem
        The problem inside the certificate.
    problem_sha256
        The hash that the certificate gives for it.
    strategy
        Name of the objective: ``gd``, ``pd`` or ``td``.
    kl_max
        Largest divergence that ``td`` allows [nats]; 0 for the others, which have none.
    leaves
        The cases that the proof tells apart, each with its prices; none where the proof
        carries no numbers.
    schedule
        Link index or -1 for each active interval; may have any length and any index.
    value, bound
        What the schedule is said to reach, and what no schedule is said to exceed.
    """

    problem: Problem
    problem_sha256: str
    strategy: str
    kl_max: Fraction
    leaves: tuple[Leaf, ...]
    schedule: tuple[int, ...]
    value: int
    bound: int


def read_claim(document: object, where: str) -> Claim:
    """Return the claim that a parsed certificate makes.

    Raises
    ------
    InputError
        The document is not a well-formed certificate.
    NotBuiltYetError
        Its strategy or an option of its problem is one that this version cannot judge.
    """
    check_head(document, where, "qkdopt-certificate")
    found = members(document, where, _REQUIRED)
    if type(found["made_by"]) is not dict:
        raise InputError(f"{where}.made_by", describe(found["made_by"]), "a JSON object")
    strategy, kl_max = _strategy(found["strategy"], f"{where}.strategy")
    _check_proof(found["proof"], f"{where}.proof", strategy)
    problem = read_problem(found["problem"], f"{where}.problem")
    if strategy in _NEEDS_WEIGHTS and problem.weights is None:
        expected = f"the weights that strategy {strategy} needs"
        raise InputError(f"{where}.problem.weights", Described("nothing"), expected)
    leaves: tuple[Leaf, ...] = ()
    if found["proof"]["kind"] != "path":
        leaves = read_leaves(found["proof"], f"{where}.proof", problem)
    if problem.options is not None and any(leaf.answers for leaf in leaves):
        raise NotBuiltYetError(f"{where}.proof: trees cannot be judged with options yet")
    return Claim(
        problem=problem,
        problem_sha256=_sha256(found["problem_sha256"], f"{where}.problem_sha256"),
        strategy=strategy,
        kl_max=kl_max,
        leaves=leaves,
        schedule=whole_numbers(
            found["schedule"],
            f"{where}.schedule",
            None,
            1 - LARGEST_RESULT,
            LARGEST_RESULT,
            "a link index, or -1 for nobody",
        ),
        value=whole(found["value"], f"{where}.value", 1 - LARGEST_RESULT, LARGEST_RESULT, _RESULT),
        bound=whole(found["bound"], f"{where}.bound", 1 - LARGEST_RESULT, LARGEST_RESULT, _RESULT),
    )


def _strategy(value: object, where: str) -> tuple[str, Fraction]:
    if type(value) is not dict or "name" not in value:
        raise InputError(where, describe(value), 'an object with a "name"')
    name = text(value["name"], f"{where}.name")
    if name in _NOT_BUILT:
        raise NotBuiltYetError(f"{where}.name: this version cannot judge strategy {name} yet")
    if name not in _PROOFS_OF:
        known = ", ".join((*_PROOFS_OF, *_NOT_BUILT))
        raise InputError(f"{where}.name", describe(name), f"one of {known}")
    found = members(value, where, ("name", *_SETTINGS_OF[name]))
    if "kl_max" not in _SETTINGS_OF[name]:
        return name, Fraction(0)
    return name, _divergence(found["kl_max"], f"{where}.kl_max")


def _divergence(value: object, where: str) -> Fraction:
    if type(value) is str and len(value) <= _LONGEST_DECIMAL and _DECIMAL.fullmatch(value):
        divergence = Fraction(value)
        if divergence < _LARGEST_DIVERGENCE:
            return divergence
    raise InputError(where, describe(value), 'nats below 1000 as a plain decimal like "0.01"')


def _check_proof(value: object, where: str, strategy: str) -> None:
    if type(value) is not dict or "kind" not in value:
        expected = 'a JSON object with a "kind"' if type(value) is dict else "a JSON object"
        raise InputError(where, describe(value), expected)
    kind = value["kind"]
    if kind not in _PROOFS_OF[strategy]:
        kinds = " or ".join(f'"{kind}"' for kind in _PROOFS_OF[strategy])
        expected = f"{kinds}, the proof of strategy {strategy}"
        raise InputError(f"{where}.kind", describe(kind), expected)
    members(value, where, _MEMBERS_OF[kind])


def _sha256(value: object, where: str) -> str:
    if type(value) is not str or not _SHA256.fullmatch(value):
        raise InputError(where, describe(value), "64 lower-case hexadecimal digits")
    return value
