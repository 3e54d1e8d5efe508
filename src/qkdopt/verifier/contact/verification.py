"""The hearing of a contact certificate: recount schedule, value and bound, compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from qkdopt.errors import quote
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.contact.bound import Targets, priced_bound
from qkdopt.verifier.contact.claim import ContactClaim, read_contact_claim
from qkdopt.verifier.contact.problem import read_contact_problem
from qkdopt.verifier.document import false_identity
from qkdopt.verifier.verdict import Verdict

__all__ = ["verify_contact"]

_MOST_FINDINGS = 100


def verify_contact(document: object, problem: object | None, budget: Budget) -> Verdict:
    """Return whether everything that a contact certificate claims is true.

    Raises
    ------
    InputError
        Either document is malformed: there is no claim to verify.
    """
    claim = read_contact_claim(document, "certificate", budget)
    asked = None if problem is None else read_contact_problem(problem, "problem", budget).sha256
    value = sum(claim.problem.value(p, t) or 0 for p, t in claim.schedule)
    targets = Targets(claim.problem)
    bounds = [priced_bound(claim.problem, targets, leaf) for leaf in claim.leaves]
    bound = max((most for most in bounds if most is not None), default=0)
    findings = (
        *false_identity(claim.problem_sha256, claim.problem.sha256, asked),
        *_broken_rules(claim),
        *_false_numbers(claim, value, bound),
    )
    return Verdict(
        holds=not findings,
        optimal=not findings and claim.value == claim.bound,
        value=value,
        bound=claim.bound,
        delivered=(),
        recomputed_bound=bound,
        findings=findings[:_MOST_FINDINGS],
        unit="value",
        decimals=claim.problem.decimals,
    )


def _broken_rules(claim: ContactClaim) -> Iterator[str]:
    problem = claim.problem
    for what, names, used in (
        ("pass", problem.pass_id, [p for p, _ in claim.schedule]),
        ("target", problem.target_id, [t for _, t in claim.schedule]),
    ):
        for i, times in sorted(Counter(used).items()):
            if times > 1:
                yield f"{what} {quote(names[i])} is used {times} times"
    for p, t in claim.schedule:
        if problem.value(p, t) is None:
            yield f"pass {quote(problem.pass_id[p])} cannot serve {quote(problem.target_id[t])}"
    in_time = sorted(
        {p for p, _ in claim.schedule}, key=lambda p: (problem.start[p], problem.end[p])
    )
    for p, q in pairwise(in_time):
        # If consecutive passes keep the gap then all do: none ends before it starts. A pass of no
        # length comes before a longer one of the same start.
        if problem.start[q] < problem.end[p] + problem.gap:
            both = f"{quote(problem.pass_id[p])} and {quote(problem.pass_id[q])}"
            yield f"passes {both} are too close"


def _false_numbers(claim: ContactClaim, value: int, bound: int) -> Iterator[str]:
    if claim.decimals != claim.problem.decimals:
        yield f"values are said to have {claim.decimals} decimals, not {claim.problem.decimals}"
    if claim.value != value:
        yield f"the claimed value is {claim.value:,}, the schedule reaches {value:,}"
    if claim.value > claim.bound:
        yield f"the claimed value {claim.value:,} is above the claimed bound {claim.bound:,}"
    if bound > claim.bound:
        yield f"the claimed bound is {claim.bound:,}, the proof shows only {bound:,}"
