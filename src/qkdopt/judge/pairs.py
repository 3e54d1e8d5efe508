"""Paired delivery: whether the pairwise keys are possible, and how their number is bounded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from math import floor

from qkdopt.errors import quote
from qkdopt.judge.claim import Claim
from qkdopt.judge.recount import Recount
from qkdopt.judge.uses import CHEAT, floors_of, larger, missed_floors, most_of_case

__all__ = ["paired_delivery"]


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
    problem = claim.problem
    traffic = problem.traffic or ()
    stock = problem.stock or (0,) * len(delivered)
    floors = floors_of(claim)
    findings = [*missed_floors(claim, delivered, floors), *_impossible(claim, delivered, stock)]
    bound: int | None = None
    for case in claim.cases["all"]:
        price = case.by_name["lambda"]
        nu = case.by_name.get("nu", (Fraction(0),) * len(price))
        if any(x < 0 for x in (*price, *nu)):
            findings += [CHEAT] if CHEAT not in findings else []
            continue
        added = sum((x * b for x, b in zip(price, stock, strict=True)), Fraction(0))
        added -= sum((x * least for x, least in zip(nu, floors, strict=True)), Fraction(0))
        for i, j in combinations(range(len(price)), 2):
            added += max(Fraction(0), 1 - price[i] - price[j]) * traffic[i][j]
        most = most_of_case(problem, [x + y for x, y in zip(price, nu, strict=True)], case)
        bound = larger(bound, None if most is None else floor(most + added))
    return Recount(
        value=sum(bits for _, _, bits in claim.pairs),
        bound=claim.bound if bound is None else bound,
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
