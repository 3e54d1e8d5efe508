"""Paired delivery: whether the pairwise keys are possible, and how their number is bounded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from math import floor

from qkdopt.errors import quote
from qkdopt.judge.cases import Multipliers
from qkdopt.judge.claim import Claim
from qkdopt.judge.prices import Priced, dot, most_of_cases
from qkdopt.judge.recount import Recount
from qkdopt.judge.uses import CHEAT, floors_of, missed_floors

__all__ = ["paired_delivery"]

_STEPS_PER_PAIR = 40


def paired_delivery(claim: Claim, delivered: Sequence[int]) -> Recount:
    """Recount paired delivery: shared bits y_ij of pairs, at most T_ij, within b_i + E_i.

    A relay's XOR makes one shared bit of two delivered ones, one at either end.  The certificate
    states the y_ij, so all there is to check is that they are possible.

    Proof of the bound.  Let lambda >= 0 and, for every pair, mu = max(0, 1 - lambda_i - lambda_j).
    Then sum y <= sum (lambda_i + lambda_j + mu_ij) y_ij <= sum lambda_i (b_i + E_i) + sum mu T, for
    sum_j y_ij <= b_i + E_i.  With floors, sum nu (E - l) >= 0 may be added for nu >= 0.  So no
    schedule has more shared bits than L(lambda + nu) + sum lambda b - sum nu l + sum mu T, rounded
    down.
    """
    problem, budget = claim.problem, claim.problem.budget
    traffic = problem.traffic or ()
    stock = problem.stock or (0,) * len(delivered)
    floors = floors_of(claim)
    findings = [*missed_floors(claim, delivered, floors), *_impossible(claim, delivered, stock)]

    def price(by_name: Multipliers) -> Priced | None:
        price = by_name["lambda"]
        nu = by_name.get("nu", (Fraction(0),) * len(price))
        if any(x < 0 for x in (*price, *nu)):
            return None
        budget.spend(_STEPS_PER_PAIR * len(price) ** 2)
        pairs = list(combinations(range(len(price)), 2))
        mu = [max(Fraction(0), 1 - price[i] - price[j]) for i, j in pairs]
        added = dot(price, stock, budget) - dot(nu, floors, budget)
        added += dot(mu, [traffic[i][j] for i, j in pairs], budget)
        return [x + y for x, y in zip(price, nu, strict=True)], added

    most, fair = most_of_cases(claim, "all", price)
    findings += [] if fair else [CHEAT]
    return Recount(
        value=sum(bits for _, _, bits in claim.pairs),
        bound=claim.bound if most is None else floor(most),
        unit="shared bits",
        findings=tuple(findings),
        attained=False,
    )


def _impossible(claim: Claim, delivered: Sequence[int], stock: Sequence[int]) -> Iterator[str]:
    names, traffic = claim.problem.targets, claim.problem.traffic or ()
    used = [0] * len(names)
    for i, j, bits in claim.pairs:
        used[i] += bits
        used[j] += bits
        if bits > traffic[i][j]:
            pair = f"{quote(names[i])} and {quote(names[j])}"
            yield f"{pair} share {bits:,} bits, they want {traffic[i][j]:,}"
    for name, use, b, e in zip(names, used, stock, delivered, strict=True):
        if use > b + e:
            yield f"{quote(name)} shares {use:,} bits with others and has {b + e:,}"
