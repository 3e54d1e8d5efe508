"""The contact certificate, checked member by member: what is claimed about a contact problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from qkdopt.errors import InputError
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.contact.problem import ContactProblem, read_contact_problem
from qkdopt.verifier.document import check_head, read_envelope
from qkdopt.verifier.fields import describe, list_of, members, rational, whole
from qkdopt.verifier.trees import Leaf, read_tree

__all__ = ["FORMAT", "ContactClaim", "read_contact_claim"]

FORMAT = "qkdopt-contact-certificate"
_LARGEST_RESULT = 10**300
_RESULT = "a whole number >= 0 of at most 300 digits"
_PAIR = 2
_STEPS_PER_PRICE = 50


@dataclass(frozen=True)
class ContactClaim:
    """What a contact certificate says; nothing here has been checked for truth."""

    problem: ContactProblem
    problem_sha256: str
    decimals: int
    schedule: tuple[tuple[int, int], ...]
    value: int
    bound: int
    leaves: tuple[Leaf, ...]


def read_contact_claim(document: object, where: str, budget: Budget | None = None) -> ContactClaim:
    """Return the claim that a parsed contact certificate makes.

    Raises
    ------
    InputError
        The document is not a well-formed contact certificate.
    """
    check_head(document, where, FORMAT)
    found = read_envelope(document, where, "schedule")
    strategy = members(found["strategy"], f"{where}.strategy", ("name", "decimals"))
    if strategy["name"] != "contact":
        raise InputError(f"{where}.strategy.name", describe(strategy["name"]), '"contact"')
    problem = read_contact_problem(found["problem"], f"{where}.problem", budget)
    return ContactClaim(
        problem=problem,
        problem_sha256=found["problem_sha256"],
        decimals=whole(strategy["decimals"], f"{where}.strategy.decimals", 0, 100, "decimals"),
        schedule=_pairs(found["schedule"], f"{where}.schedule", problem),
        value=whole(found["value"], f"{where}.value", 0, _LARGEST_RESULT, _RESULT),
        bound=whole(found["bound"], f"{where}.bound", 0, _LARGEST_RESULT, _RESULT),
        leaves=_leaves(found["proof"], f"{where}.proof", problem),
    )


def _pairs(value: object, where: str, problem: ContactProblem) -> tuple[tuple[int, int], ...]:
    pairs = list_of(value, where, what=" of pairs [pass, target]")
    return tuple(_pair(item, f"{where}[{i}]", problem) for i, item in enumerate(pairs))


def _pair(item: object, where: str, problem: ContactProblem) -> tuple[int, int]:
    if type(item) is not list or len(item) != _PAIR:
        raise InputError(where, describe(item), "a pair [pass, target]")
    return (
        whole(item[0], where, 0, len(problem.pass_id), "the index of a pass"),
        whole(item[1], where, 0, len(problem.target_id), "the index of a target"),
    )


def _leaves(proof: object, where: str, problem: ContactProblem) -> tuple[Leaf, ...]:
    if type(proof) is not dict or proof.get("kind") not in ("prices", "tree"):
        raise InputError(where, describe(proof), 'a proof of kind "prices" or "tree"')
    if proof["kind"] == "prices":
        found = members(proof, where, ("kind", "rho"))
        rho = _rho(found["rho"], f"{where}.rho", problem)
        return (Leaf((), rho),)
    found = members(proof, where, ("kind", "prices", "tree"))
    stated = list_of(found["prices"], f"{where}.prices", what=" of prices")
    prices = [_rho(item, f"{where}.prices[{i}]", problem) for i, item in enumerate(stated)]

    def branching(item: list[object], place: str) -> tuple[tuple[int, bool], tuple[int, bool]]:
        """Read ``[p]``: whether pass ``p`` is used."""
        if len(item) != 1:
            raise InputError(place, describe(item), "a list of one pass")
        p = whole(item[0], place, 0, len(problem.pass_id), "the index of a pass")
        return (p, True), (p, False)

    ends = read_tree(found["tree"], f"{where}.tree", prices, branching, problem.budget)
    return tuple(leaf for leaf, _ in ends)


def _rho(value: object, where: str, problem: ContactProblem) -> Mapping[int, Fraction]:
    rho: dict[int, Fraction] = {}
    problem.budget.spend(_STEPS_PER_PRICE * len(list_of(value, where)))
    for i, item in enumerate(list_of(value, where, what=' of [target, "num/den"]')):
        if type(item) is not list or len(item) != _PAIR:
            raise InputError(f"{where}[{i}]", describe(item), '[target, "num/den"]')
        n_targets = len(problem.target_id)
        t = whole(item[0], f"{where}[{i}][0]", 0, n_targets, "the index of a target")
        if t in rho:
            raise InputError(f"{where}[{i}]", describe(t), "each target once")
        rho[t] = rational(item[1], f"{where}[{i}][1]")
        if rho[t] < 0:
            raise InputError(f"{where}[{i}][1]", describe(item[1]), "a price >= 0")
    return rho
