"""The contact certificate, checked member by member: what is claimed about a contact problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from qkdopt.errors import InputError
from qkdopt.judge.contact.problem import ContactProblem, read_contact_problem
from qkdopt.judge.envelope import read_envelope
from qkdopt.judge.fields import Described, describe, members, whole
from qkdopt.judge.prices import read_rational

__all__ = ["FORMAT", "ContactClaim", "Leaf", "read_contact_claim"]

FORMAT = "qkdopt-contact-certificate"
_LARGEST_RESULT = 10**300
_RESULT = "a whole number >= 0 of at most 300 digits"
_PAIR = 2


@dataclass(frozen=True)
class Leaf:
    """The schedules that use all of ``used`` and none of ``unused``, and the prices for them."""

    used: frozenset[int]
    unused: frozenset[int]
    rho: Mapping[int, Fraction]


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


def read_contact_claim(document: object, where: str) -> ContactClaim:
    """Return the claim that a parsed contact certificate makes.

    Raises
    ------
    InputError
        The document is not a well-formed contact certificate.
    """
    found = read_envelope(document, where, FORMAT)
    strategy = members(found["strategy"], f"{where}.strategy", ("name", "decimals"))
    if strategy["name"] != "contact":
        raise InputError(f"{where}.strategy.name", describe(strategy["name"]), '"contact"')
    problem = read_contact_problem(found["problem"], f"{where}.problem")
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
    if type(value) is not list:
        raise InputError(where, describe(value), "a list of pairs [pass, target]")
    return tuple(_pair(item, f"{where}[{i}]", problem) for i, item in enumerate(value))


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
        return (Leaf(frozenset(), frozenset(), rho),)
    found = members(proof, where, ("kind", "prices", "tree"))
    stated, tree = found["prices"], found["tree"]
    if type(stated) is not list or type(tree) is not list:
        raise InputError(where, describe(stated), "lists of prices and of a tree")
    prices = [_rho(item, f"{where}.prices[{i}]", problem) for i, item in enumerate(stated)]
    return tuple(_read_tree(tree, f"{where}.tree", prices, problem))


def _read_tree(
    tree: list[object],
    where: str,
    prices: list[Mapping[int, Fraction]],
    problem: ContactProblem,
) -> list[Leaf]:
    """Return the leaves of a tree in which every question stands before its two answers.

    ``[p]`` asks whether pass ``p`` is used; what follows first is about the schedules that use
    it, then about those that do not. A whole number ends a branch and names its prices. Every
    schedule gives one answer to each question and so obeys exactly one leaf.
    """
    leaves = []
    waiting: list[tuple[frozenset[int], frozenset[int]]] = [(frozenset(), frozenset())]
    for i, item in enumerate(tree):
        if not waiting:
            raise InputError(f"{where}[{i}]", describe(item), "the end of the list")
        used, unused = waiting.pop()
        if type(item) is list:
            if len(item) != 1:
                raise InputError(f"{where}[{i}]", describe(item), "a list of one pass")
            p = whole(item[0], f"{where}[{i}]", 0, len(problem.pass_id), "the index of a pass")
            waiting += [(used, unused | {p}), (used | {p}, unused)]
        else:
            k = whole(item, f"{where}[{i}]", 0, len(prices), "a question, or the index of prices")
            leaves.append(Leaf(used, unused, prices[k]))
    if waiting:
        raise InputError(where, Described(f"{len(waiting):,} answers without a leaf"), "a tree")
    return leaves


def _rho(value: object, where: str, problem: ContactProblem) -> Mapping[int, Fraction]:
    if type(value) is not list:
        raise InputError(where, describe(value), 'a list of [target, "num/den"]')
    rho: dict[int, Fraction] = {}
    for i, item in enumerate(value):
        if type(item) is not list or len(item) != _PAIR:
            raise InputError(f"{where}[{i}]", describe(item), '[target, "num/den"]')
        n_targets = len(problem.target_id)
        t = whole(item[0], f"{where}[{i}][0]", 0, n_targets, "the index of a target")
        if t in rho:
            raise InputError(f"{where}[{i}]", describe(t), "each target once")
        rho[t] = read_rational(item[1], f"{where}[{i}][1]")
        if rho[t] < 0:
            raise InputError(f"{where}[{i}][1]", describe(item[1]), "a price >= 0")
    return rho
