"""Capped and balanced delivery and floors: what is counted, and how bounds are proved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import floor, lcm

from qkdopt.errors import quote
from qkdopt.judge.answering_path import longest_answering_path
from qkdopt.judge.cases import Case
from qkdopt.judge.claim import Balanced, Claim
from qkdopt.judge.longest_path import longest_path
from qkdopt.judge.problem import Problem
from qkdopt.judge.recount import Recount

__all__ = [
    "CHEAT",
    "balanced_delivery",
    "delivery_with_limits",
    "floors_of",
    "larger",
    "missed_floors",
    "most_of_case",
]

CHEAT = "the multipliers of the proof are not allowed: they would prove too much"


def delivery_with_limits(claim: Claim, delivered: Sequence[int]) -> Recount:
    """Recount S-GD and S-PD with floors l, and capped delivery with demands d.

    Proof of the bound.  Let c_n be what a bit of target n earns: 1, its weight for ``pd``.  For
    nu >= 0, every schedule with E_n >= l_n has sum c E <= sum c E + sum nu (E - l), which is at
    most L(c + nu) - sum nu l.  Under caps, for 0 <= lambda <= 1, min(E_n, d_n) is at most
    lambda_n E_n + (1 - lambda_n) d_n, so the total is at most L(lambda + nu) + sum (1 - lambda) d
    - sum nu l.  A tree tells cases apart, and each schedule is in one of them.
    """
    problem = claim.problem
    n_targets = len(delivered)
    floors = floors_of(claim)
    findings = list(missed_floors(claim, delivered, floors))
    earns = (problem.weights or ()) if claim.strategy == "pd" else (1,) * n_targets
    demand = problem.demand if claim.strategy == "capped" else None
    bound: int | None = None
    for case in claim.cases["all"]:
        nu = case.by_name.get("nu", (Fraction(0),) * n_targets)
        cap_price = case.by_name.get("lambda", tuple(map(Fraction, earns)))
        fair = all(x >= 0 for x in nu)
        if demand is not None:
            fair = fair and all(0 <= x <= 1 for x in cap_price)
        if not fair:
            findings += [CHEAT] if CHEAT not in findings else []
            continue
        added = -sum((x * least for x, least in zip(nu, floors, strict=True)), Fraction(0))
        if demand is not None:
            added += sum((1 - x) * d for x, d in zip(cap_price, demand, strict=True))
        worth = [x + y for x, y in zip(cap_price, nu, strict=True)]
        bound = larger(bound, _floor(most_of_case(problem, worth, case), added))
    caps = demand or delivered
    return Recount(
        value=sum(c * min(e, d) for c, e, d in zip(earns, delivered, caps, strict=True)),
        bound=claim.bound if bound is None else bound,
        unit="weighted bits" if claim.strategy == "pd" else "bits",
        findings=tuple(findings),
        attained=False,
    )


def balanced_delivery(claim: Claim, delivered: Sequence[int]) -> Recount:
    """Recount balanced delivery: t = min (b_n + E_n) / q_n over q_n > 0, then the total.

    Proof of the bounds.  For lambda >= 0 with sum lambda q = 1 and lambda_n = 0 where q_n = 0,
    t = sum lambda q t <= sum lambda (b + E) <= sum lambda b + L(lambda); and t is a multiple of
    some 1 / q_n.  Every schedule that reaches t has b_n + E_n >= q_n t, so for nu >= 0 its total
    is at most L(1 + nu) + sum nu (b - q t).  With floors l, sum phi (E - l) >= 0 may be added to
    the first for phi >= 0, and in the second the larger of q t - b and l counts.
    """
    problem = claim.problem
    weights = problem.weights or ()
    stock = problem.stock or (0,) * len(weights)
    W = sum(weights)
    t = min(
        Fraction((b + e) * W, w) for b, e, w in zip(stock, delivered, weights, strict=True) if w
    )
    floors = floors_of(claim)
    findings = list(missed_floors(claim, delivered, floors))
    t_bound: Fraction | None = None
    for case in claim.cases["t"]:
        if not _fair(case, weights):
            findings += [CHEAT] if CHEAT not in findings else []
            continue
        most = _most_of_t(problem, stock, floors, case)
        if most is not None:
            t_bound = most if t_bound is None else max(t_bound, most)
    t_bound = (
        t
        if t_bound is None
        else max(t, max(floor(t_bound * w / W) * Fraction(W, w) for w in weights if w))
    )
    total: int | None = None
    for case in claim.cases["total"]:
        nu = case.by_name["nu"]
        if any(x < 0 for x in nu):
            findings += [CHEAT] if CHEAT not in findings else []
            continue
        spare = [
            min(b - Fraction(w, W) * t, Fraction(-least))
            for b, w, least in zip(stock, weights, floors, strict=True)
        ]
        added = sum((x * s for x, s in zip(nu, spare, strict=True)), Fraction(0))
        total = larger(total, _floor(most_of_case(problem, [1 + x for x in nu], case), added))
    value = Balanced(t, sum(delivered))
    bound = Balanced(t_bound, sum(delivered) if total is None else total)
    findings += _false_numbers(claim, value, bound)
    return Recount(value, bound, "bits", tuple(findings), attained=False)


def _fair(case: Case, weights: Sequence[int]) -> bool:
    """Return whether the prices of t are allowed."""
    price, phi = case.by_name["lambda"], case.by_name.get("floors", ())
    spent = sum((x * w for x, w in zip(price, weights, strict=True)), Fraction(0))
    bad = any(x < 0 or (x and not w) for x, w in zip(price, weights, strict=True))
    return not bad and spent == sum(weights) and all(x >= 0 for x in phi)


def _most_of_t(
    problem: Problem, stock: Sequence[int], floors: Sequence[int], case: Case
) -> Fraction | None:
    """Return L(lambda + phi) + sum lambda b - sum phi l over the schedules of the case."""
    price = case.by_name["lambda"]
    phi = case.by_name.get("floors", (Fraction(0),) * len(price))
    most = most_of_case(problem, [x + y for x, y in zip(price, phi, strict=True)], case)
    if most is None:
        return None
    most += sum((x * b for x, b in zip(price, stock, strict=True)), Fraction(0))
    return most - sum((x * least for x, least in zip(phi, floors, strict=True)), Fraction(0))


def _false_numbers(claim: Claim, value: Balanced, bound: Balanced) -> Iterator[str]:
    for name in ("t", "total"):
        said, found = getattr(claim.value, name), getattr(value, name)
        limit, shown = getattr(claim.bound, name), getattr(bound, name)
        if said != found:
            yield f"the claimed {name} is {said}, the schedule reaches {found}"
        if said > limit:
            yield f"the claimed {name} {said} is above its claimed bound {limit}"
        if shown > limit:
            yield f"the claimed bound of {name} is {limit}, the proof shows only {shown}"


def floors_of(claim: Claim) -> list[int]:
    """Return the floor of every target, 0 where there is none."""
    return [claim.settings.floors.get(name, 0) for name in claim.problem.targets]


def missed_floors(claim: Claim, delivered: Sequence[int], floors: Sequence[int]) -> Iterator[str]:
    """Yield what is false about the floors: of no target, or missed."""
    for name in claim.settings.floors:
        if name not in claim.problem.targets:
            yield f"there is a floor for {quote(name)}, which is no target"
    for name, bits, least in zip(claim.problem.targets, delivered, floors, strict=True):
        if bits < least:
            yield f"{quote(name)} gets {bits:,} bits, the floor is {least:,}"


def most_of_case(problem: Problem, worth: Sequence[Fraction], case: Case) -> Fraction | None:
    """Return L(worth) over the schedules of the case, ``None`` when there are none."""
    common = lcm(*(x.denominator for x in worth))
    whole = [int(x * common) for x in worth]
    if not case.answers:
        return Fraction(longest_path(problem, whole), common)
    most = longest_answering_path(problem, whole, case.answers)
    return None if most is None else Fraction(most, common)


def _floor(most: Fraction | None, added: Fraction) -> int | None:
    return None if most is None else floor(most + added)


def larger(x: int | None, y: int | None) -> int | None:
    """Return the larger of two numbers where there are two."""
    if x is None:
        return y
    return x if y is None else max(x, y)
