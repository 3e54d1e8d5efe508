"""Capped and balanced delivery and floors: what is counted, and how bounds are proved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import floor

from qkdopt.errors import quote
from qkdopt.judge.cases import Multipliers
from qkdopt.judge.claim import Balanced, Claim
from qkdopt.judge.prices import Priced, dot, most_of_cases
from qkdopt.judge.recount import Recount

__all__ = [
    "CHEAT",
    "balanced_delivery",
    "delivery_with_limits",
    "floors_of",
    "missed_floors",
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
    budget = claim.problem.budget
    floors = floors_of(claim)
    findings = list(missed_floors(claim, delivered, floors))
    earns = (claim.problem.weights or ()) if claim.strategy == "pd" else (1,) * len(delivered)
    demand = claim.problem.demand if claim.strategy == "capped" else None

    def price(by_name: Multipliers) -> Priced | None:
        nu = by_name.get("nu", (Fraction(0),) * len(floors))
        cap_price = by_name.get("lambda", tuple(map(Fraction, earns)))
        added = -dot(nu, floors, budget)
        if demand is not None:
            if not all(0 <= x <= 1 for x in cap_price):
                return None
            added += dot([1 - x for x in cap_price], demand, budget)
        if any(x < 0 for x in nu):
            return None
        return [x + y for x, y in zip(cap_price, nu, strict=True)], added

    most, fair = most_of_cases(claim, "all", price)
    findings += [] if fair else [CHEAT]
    caps = demand or delivered
    return Recount(
        value=sum(c * min(e, d) for c, e, d in zip(earns, delivered, caps, strict=True)),
        bound=claim.bound if most is None else floor(most),
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
    problem, budget = claim.problem, claim.problem.budget
    weights = problem.weights or ()
    stock = problem.stock or (0,) * len(weights)
    W = sum(weights)
    t = min(
        Fraction((b + e) * W, w) for b, e, w in zip(stock, delivered, weights, strict=True) if w
    )
    floors = floors_of(claim)
    findings = list(missed_floors(claim, delivered, floors))

    def price_of_t(by_name: Multipliers) -> Priced | None:
        price = by_name["lambda"]
        phi = by_name.get("floors", (Fraction(0),) * len(price))
        if any(x and not w for x, w in zip(price, weights, strict=True)) or min(*price, *phi) < 0:
            return None
        if dot(price, weights, budget) != W:
            return None
        worth = [x + y for x, y in zip(price, phi, strict=True)]
        return worth, dot(price, stock, budget) - dot(phi, floors, budget)

    def price_of_total(by_name: Multipliers) -> Priced | None:
        nu = by_name["nu"]
        if any(x < 0 for x in nu):
            return None
        spare = [
            min(b - Fraction(w, W) * t, Fraction(-least))
            for b, w, least in zip(stock, weights, floors, strict=True)
        ]
        return [1 + x for x in nu], dot(nu, spare, budget)

    t_bound, t_fair = most_of_cases(claim, "t", price_of_t)
    total, total_fair = most_of_cases(claim, "total", price_of_total)
    findings += [] if t_fair and total_fair else [CHEAT]
    if t_bound is not None:
        t_bound = max(floor(t_bound * w / W) * Fraction(W, w) for w in weights if w)
    value = Balanced(t, sum(delivered))
    bound = Balanced(max(t, t_bound or t), sum(delivered) if total is None else floor(total))
    findings += _false_numbers(claim, value, bound)
    return Recount(value, bound, "bits", tuple(findings), attained=False)


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
    known = {*claim.problem.targets}
    for name in claim.settings.floors:
        if name not in known:
            yield f"there is a floor for {quote(name)}, which is no target"
    for name, bits, least in zip(claim.problem.targets, delivered, floors, strict=True):
        if bits < least:
            yield f"{quote(name)} gets {bits:,} bits, the floor is {least:,}"
