"""Contact certificates: read the claim, recompute schedule, value and bound, compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from qkdopt.errors import quote
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.contact.bound import Targets, priced_bound
from qkdopt.verifier.contact.problem import ContactProblem, read_contact_problem
from qkdopt.verifier.document import check_head, false_identity, read_envelope, sha256
from qkdopt.verifier.forms import LARGEST_RESULT, Members, a_list, list_of, rational, refused, whole
from qkdopt.verifier.results import Whole
from qkdopt.verifier.trees import Leaf, read_tree
from qkdopt.verifier.verdict import Verdict

FORMAT = "qkdopt-contact-certificate"
_MOST_FINDINGS = 100
_STEPS_PER_PRICE = 50


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
    strategy = found("strategy", Members, ("name", "decimals"))
    if strategy.stated["name"] != "contact":
        raise refused(f"{where}.strategy.name", strategy.stated["name"], '"contact"')
    decimals = strategy("decimals", whole, 0, 100, "decimals")
    read = found("problem", read_contact_problem, budget)
    form = " of pairs [pass, target]"
    schedule = found("schedule", list_of, _pair, read, what=form)
    number = whole, 0, LARGEST_RESULT, "a whole number >= 0, 300 digits"
    said_value, said_bound = found("value", *number), found("bound", *number)
    leaves = found("proof", _leaves, read)
    other = None if problem is None else read_contact_problem(problem, "problem", budget).sha256
    value = sum(read.value(p, t) or 0 for p, t in schedule)
    targets = Targets(read)
    bounds = [priced_bound(read, targets, leaf) for leaf in leaves]
    bound = max((most for most in bounds if most is not None), default=0)
    findings = [
        *false_identity(found("problem_sha256", sha256), read.sha256, other),
        *_broken_rules(read, schedule),
    ]
    if decimals != read.decimals:
        findings.append(f"values are said to have {decimals} decimals, not {read.decimals}")
    findings += Whole().false(said_value, said_bound, value, bound, attained=False)
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
    p, t = a_list(item, where, 2, ": a pair [pass, target]")
    return (
        whole(p, where, 0, len(problem.pass_id), "the index of a pass"),
        whole(t, where, 0, len(problem.target_id), "the index of a target"),
    )


def _leaves(proof: object, where: str, problem: ContactProblem) -> list[Leaf]:
    """Return the passes that are used and not used in each leaf, and the prices of targets."""
    if type(proof) is not dict or proof.get("kind") not in ("prices", "tree"):
        raise refused(where, proof, 'a proof of kind "prices" or "tree"')
    if proof["kind"] == "prices":
        return [Leaf((), Members(proof, where, ("kind", "rho"))("rho", _rho, problem))]
    found = Members(proof, where, ("kind", "prices", "tree"))
    prices = found("prices", list_of, _rho, problem, what=" of prices")

    def branching(item: list[object], place: str) -> tuple[tuple[int, bool], tuple[int, bool]]:
        """Read ``[p]``: whether pass ``p`` is used."""
        (stated,) = a_list(item, place, 1, " pass")
        p = whole(stated, place, 0, len(problem.pass_id), "the index of a pass")
        return (p, True), (p, False)

    return [leaf for leaf, _ in found("tree", read_tree, prices, branching, problem.budget)]


def _rho(value: object, where: str, problem: ContactProblem) -> Mapping[int, Fraction]:
    rho: dict[int, Fraction] = {}
    problem.budget.spend(_STEPS_PER_PRICE * len(a_list(value, where)))
    for i, item in enumerate(a_list(value, where)):
        at = f"{where}[{i}]"
        stated, price = a_list(item, at, 2, ': [target, "num/den"]')
        t = whole(stated, f"{at}[0]", 0, len(problem.target_id), "the index of a target")
        if t in rho:
            raise refused(at, t, "each target once")
        rho[t] = rational(price, f"{at}[1]", limited=True)
    return rho


def _broken_rules(problem: ContactProblem, schedule: Sequence[tuple[int, int]]) -> Iterator[str]:
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
