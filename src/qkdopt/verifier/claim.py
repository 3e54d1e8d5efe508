"""The certificate document, checked member by member: what is claimed about a problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from qkdopt.errors import InputError
from qkdopt.verifier.blocks import Gains
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.envelope import read_envelope
from qkdopt.verifier.fields import Described, describe, members, rational, whole, whole_numbers
from qkdopt.verifier.longest_path import LongestPath
from qkdopt.verifier.problem import Problem, read_problem
from qkdopt.verifier.proof import Leaf, read_proof
from qkdopt.verifier.settings import Settings, read_decimal, read_settings
from qkdopt.verifier.strategies import STRATEGIES
from qkdopt.verifier.strategy_spec import Balanced
from qkdopt.verifier.traffic import read_pairs

__all__ = ["LARGEST_RESULT", "Claim", "read_claim"]

LARGEST_RESULT = 10**300
"""Claimed values, bounds and link indices stay below this, and above its negative."""

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
        Name of the objective: ``gd``, ``pd``, ``td``, ``least``, ``balanced``, ``capped``,
        ``paired`` or ``linear``.
    settings
        What else the certificate says about the strategy: divergence, fraction, floors,
        coefficients.
    leaves
        The leaves of the proof, by part of it; none where it carries no numbers.
    schedule
        Link index or -1 for each active interval; may have any length and any index.
    value, bound
        What the schedule is said to reach, and what no schedule is said to exceed: a whole
        number, for ``least`` nats as decimal text, for ``balanced`` a `Balanced`.
    pairs
        Of ``paired``: triples of two targets and the bits that they are said to share.
    """

    problem: Problem
    problem_sha256: str
    strategy: str
    settings: Settings
    leaves: Mapping[str, tuple[Leaf, ...]]
    schedule: tuple[int, ...]
    value: Any
    bound: Any
    pairs: tuple[tuple[int, int, int], ...] = ()

    @cached_property
    def longest_path(self) -> LongestPath:
        """The longest paths of the problem, which remember what they were asked before."""
        return LongestPath(self.problem)

    def most(self, worth: Sequence[int]) -> int | None:
        """Return L(c) for what a bit is worth at each target; ``None`` without any schedule."""
        return self.longest_path.most(Gains(tuple(worth[n] for n in self.problem.link_targets)))


def read_claim(document: object, where: str, budget: Budget | None = None) -> Claim:
    """Return the claim that a parsed certificate makes.

    Raises
    ------
    InputError
        The document is not a well-formed certificate.
    """
    found = read_envelope(document, where, "qkdopt-certificate", ("pairs",))
    settings = read_settings(found["strategy"], f"{where}.strategy")
    strategy = settings.name
    _check_kind(found["proof"], f"{where}.proof", settings)
    problem = read_problem(found["problem"], f"{where}.problem", budget)
    _check_needs(found, where, strategy, problem)
    return Claim(
        problem=problem,
        problem_sha256=found["problem_sha256"],
        strategy=strategy,
        settings=settings,
        leaves=read_proof(found["proof"], f"{where}.proof", settings, problem),
        schedule=whole_numbers(
            found["schedule"],
            f"{where}.schedule",
            None,
            1 - LARGEST_RESULT,
            LARGEST_RESULT,
            "a link index, or -1 for nobody",
        ),
        value=_result(found["value"], f"{where}.value", strategy),
        bound=_result(found["bound"], f"{where}.bound", strategy),
        pairs=read_pairs(found.get("pairs", []), f"{where}.pairs", len(problem.targets)),
    )


def _result(value: object, where: str, strategy: str) -> Any:
    if strategy == "least":
        return read_decimal(value, where, "nats")
    if strategy == "balanced":
        found = members(value, where, ("t", "total"))
        total = whole(found["total"], f"{where}.total", 0, LARGEST_RESULT, _RESULT)
        return Balanced(rational(found["t"], f"{where}.t"), total)
    return whole(value, where, 1 - LARGEST_RESULT, LARGEST_RESULT, _RESULT)


def _check_needs(found: dict[str, Any], where: str, strategy: str, problem: Problem) -> None:
    """Refuse a problem or a certificate without what its strategy needs."""
    for name in STRATEGIES[strategy].needs:
        if getattr(problem, name) is None:
            expected = f"the {name} that strategy {strategy} needs"
            raise InputError(f"{where}.problem.{name}", Described("nothing"), expected)
    coefficients, n_links = found["strategy"].get("coefficients"), len(problem.link_names)
    if coefficients is not None and len(coefficients) != n_links:
        raise InputError(
            f"{where}.strategy.coefficients",
            Described(f"{len(coefficients):,} numbers"),
            f"one for each of {n_links:,} links",
        )
    if ("pairs" in found) != (strategy == "paired"):
        came, expected = ("something", "nothing") if "pairs" in found else ("nothing", "a list")
        raise InputError(f"{where}.pairs", Described(came), f"{expected} with strategy {strategy}")


def _check_kind(value: object, where: str, settings: Settings) -> None:
    if type(value) is not dict or "kind" not in value:
        expected = 'a JSON object with a "kind"' if type(value) is dict else "a JSON object"
        raise InputError(where, describe(value), expected)
    kind = value["kind"]
    proofs = STRATEGIES[settings.name].proofs(settings.floors)
    if kind not in proofs:
        kinds = " or ".join(f'"{kind}"' for kind in proofs)
        expected = f"{kinds}, the proof of strategy {settings.name}"
        raise InputError(f"{where}.kind", describe(kind), expected)
