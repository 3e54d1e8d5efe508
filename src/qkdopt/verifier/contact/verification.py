"""Contact certificates: read the claim, recompute schedule, value and bound, compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from qkdopt.errors import InputError, quote
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.contact.bound import Targets, priced_bound
from qkdopt.verifier.contact.problem import ContactProblem, read_contact_problem
from qkdopt.verifier.document import check_head, false_identity, read_envelope
from qkdopt.verifier.fields import describe, list_of, members, rational, whole
from qkdopt.verifier.results import LARGEST_RESULT, Whole
from qkdopt.verifier.trees import Leaf, read_tree
from qkdopt.verifier.verdict import Verdict

__all__ = ["FORMAT", "verify_contact"]

FORMAT = "qkdopt-contact-certificate"
_MOST_FINDINGS = 100
_PAIR = 2
_STEPS_PER_PRICE = 50

Pairs = Sequence[tuple[int, int]]


def verify_contact(document: object, problem: object | None, budget: Budget) -> Verdict:
    """Return whether everything that a contact certificate claims is true.

    Raises
    ------
    InputError
        Either document is malformed: there is no claim to verify.
    """
    where = "certificate"
    check_head(document, where, FORMAT)
    found = read_envelope(document, where, "schedule")
    strategy = members(found["strategy"], f"{where}.strategy", ("name", "decimals"))
    if strategy["name"] != "contact":
        raise InputError(f"{where}.strategy.name", describe(strategy["name"]), '"contact"')
    decimals = whole(strategy["decimals"], f"{where}.strategy.decimals", 0, 100, "decimals")
    read = read_contact_problem(found["problem"], f"{where}.problem", budget)
    pairs = list_of(found["schedule"], f"{where}.schedule", what=" of pairs [pass, target]")
    schedule = [_pair(item, f"{where}.schedule[{i}]", read) for i, item in enumerate(pairs)]
    said_value, said_bound = (
        whole(found[name], f"{where}.{name}", 0, LARGEST_RESULT, "a whole number >= 0, 300 digits")
        for name in ("value", "bound")
    )
    leaves = _leaves(found["proof"], f"{where}.proof", read)
    other = None if problem is None else read_contact_problem(problem, "problem", budget).sha256
    value = sum(read.value(p, t) or 0 for p, t in schedule)
    targets = Targets(read)
    bounds = [priced_bound(read, targets, leaf) for leaf in leaves]
    bound = max((most for most in bounds if most is not None), default=0)
    findings = [
        *false_identity(found["problem_sha256"], read.sha256, other),
        *_broken_rules(read, schedule),
    ]
    if decimals != read.decimals:
        findings.append(f"values are said to have {decimals} decimals, not {read.decimals}")
    findings += Whole().false((said_value, said_bound), (value, bound), attained=False)
    return Verdict(
        holds=not findings,
        optimal=not findings and said_value == said_bound,
        value=value,
        bound=said_bound,
        delivered=(),
        recomputed_bound=bound,
        findings=tuple(findings[:_MOST_FINDINGS]),
        unit="value",
        decimals=read.decimals,
    )


def _pair(item: object, where: str, problem: ContactProblem) -> tuple[int, int]:
    p, t = list_of(item, where, _PAIR, ": a pair [pass, target]")
    return (
        whole(p, where, 0, len(problem.pass_id), "the index of a pass"),
        whole(t, where, 0, len(problem.target_id), "the index of a target"),
    )


def _leaves(proof: object, where: str, problem: ContactProblem) -> list[Leaf]:
    """Return the passes that are used and not used in each leaf, and the prices of targets."""
    if type(proof) is not dict or proof.get("kind") not in ("prices", "tree"):
        raise InputError(where, describe(proof), 'a proof of kind "prices" or "tree"')
    if proof["kind"] == "prices":
        found = members(proof, where, ("kind", "rho"))
        return [Leaf((), _rho(found["rho"], f"{where}.rho", problem))]
    found = members(proof, where, ("kind", "prices", "tree"))
    stated = list_of(found["prices"], f"{where}.prices", what=" of prices")
    prices = [_rho(item, f"{where}.prices[{i}]", problem) for i, item in enumerate(stated)]

    def branching(item: list[object], place: str) -> tuple[tuple[int, bool], tuple[int, bool]]:
        """Read ``[p]``: whether pass ``p`` is used."""
        (p,) = list_of(item, place, 1, " pass")
        whole(p, place, 0, len(problem.pass_id), "the index of a pass")
        return (p, True), (p, False)

    ends = read_tree(found["tree"], f"{where}.tree", prices, branching, problem.budget)
    return [leaf for leaf, _ in ends]


def _rho(value: object, where: str, problem: ContactProblem) -> Mapping[int, Fraction]:
    rho: dict[int, Fraction] = {}
    problem.budget.spend(_STEPS_PER_PRICE * len(list_of(value, where)))
    for i, item in enumerate(list_of(value, where)):
        t, price = list_of(item, f"{where}[{i}]", _PAIR, ': [target, "num/den"]')
        whole(t, f"{where}[{i}][0]", 0, len(problem.target_id), "the index of a target")
        if t in rho:
            raise InputError(f"{where}[{i}]", describe(t), "each target once")
        rho[t] = rational(price, f"{where}[{i}][1]")
        if rho[t] < 0:
            raise InputError(f"{where}[{i}][1]", describe(price), "a price >= 0")
    return rho


def _broken_rules(problem: ContactProblem, schedule: Pairs) -> Iterator[str]:
    for what, names, used in (
        ("pass", problem.pass_id, [p for p, _ in schedule]),
        ("target", problem.target_id, [t for _, t in schedule]),
    ):
        for i, times in sorted(Counter(used).items()):
            if times > 1:
                yield f"{what} {quote(names[i])} is used {times} times"
    for p, t in schedule:
        if problem.value(p, t) is None:
            yield f"pass {quote(problem.pass_id[p])} cannot serve {quote(problem.target_id[t])}"
    in_time = sorted({p for p, _ in schedule}, key=lambda p: (problem.start[p], problem.end[p]))
    for p, q in pairwise(in_time):
        # If consecutive passes keep the gap then all do: none ends before it starts. A pass of no
        # length comes before a longer one of the same start.
        if problem.start[q] < problem.end[p] + problem.gap:
            both = f"{quote(problem.pass_id[p])} and {quote(problem.pass_id[q])}"
            yield f"passes {both} are too close"
