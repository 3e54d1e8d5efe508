"""Least divergence at a wanted share of the most bits: what is counted, how bounds are proved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import ceil

from qkdopt.errors import quote
from qkdopt.judge.cases import Multipliers
from qkdopt.judge.claim import Claim
from qkdopt.judge.divergence import divergence_up, exponentials_sum_to_one
from qkdopt.judge.prices import Priced, dot, most_of_cases
from qkdopt.judge.recount import Recount
from qkdopt.judge.uses import floors_of, missed_floors

__all__ = ["least_divergence"]

_STEPS_PER_EXPONENTIAL = 300


def least_divergence(claim: Claim, delivered: Sequence[int]) -> Recount:
    """Recount least divergence: KL of the shares, where S is at least F.

    F is the wanted fraction of the most bits that any schedule delivers, rounded up, at least 1.

    Proof of the bound d.  Let the sum of q exp(a) be at most 1, so that a . p <= KL for every
    share p (Gibbs), and nu >= 0.  For a schedule with S >= F, L(d + nu - a) is at least
    sum (d + nu - a_n) E_n = (d + nu - a . p) S >= (d - KL) S + nu F.  So where
    L(d + nu - a) <= nu F, KL is at least d.  With floors l, sum phi (E - l) >= 0 may be added for
    phi >= 0: L(d + nu - a + phi) <= nu F + sum phi l shows the same.
    """
    weights = claim.problem.weights or ()
    least = max(1, ceil(claim.settings.fraction * (claim.most([1] * len(weights)) or 0)))
    floors = floors_of(claim)
    findings = [
        *missed_floors(claim, delivered, floors),
        *_missing(claim, delivered, weights, least),
    ]
    value = Fraction(0)
    if not findings:
        value = divergence_up(delivered, weights)
        if value > claim.value:
            said = float(claim.value)
            findings.append(f"the claimed divergence is {said:.12g}, it is {float(value):.12g}")
    if claim.value < claim.bound:
        findings.append("the claimed divergence is below its claimed bound")
    proved = claim.bound
    if not _proved(claim, weights, least, floors):
        proved = Fraction(0)
        findings.append(f"the proof does not show the bound {float(claim.bound):.12g}")
    return Recount(max(value, Fraction(0)), proved, "nats", tuple(findings), attained=False)


def _missing(
    claim: Claim, delivered: Sequence[int], weights: Sequence[int], least: int
) -> Iterator[str]:
    for name, bits, weight in zip(claim.problem.targets, delivered, weights, strict=True):
        if bits and not weight:
            yield f"{quote(name)} has weight 0 and gets {bits:,} bits"
    if sum(delivered) < least:
        yield f"the schedule delivers {sum(delivered):,} bits, the fraction asks for {least:,}"


def _proved(claim: Claim, weights: Sequence[int], least: int, floors: Sequence[int]) -> bool:
    (case,) = claim.cases["all"]
    a, (nu,) = case.by_name["a"], case.by_name["nu"]
    phi = case.by_name.get("floors", (Fraction(0),) * len(a))
    claim.problem.budget.spend(_STEPS_PER_EXPONENTIAL * len(a))
    if nu < 0 or any(x < 0 for x in phi) or not exponentials_sum_to_one(a, weights):
        return False

    def price(by_name: Multipliers) -> Priced:
        earns = [
            claim.bound + nu - x + y if w else Fraction(0)
            for x, y, w in zip(a, phi, weights, strict=True)
        ]
        return earns, -nu * least - dot(phi, floors, claim.problem.budget)

    most, _ = most_of_cases(claim, "all", price)
    return most is not None and most <= 0
