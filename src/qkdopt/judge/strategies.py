"""What each strategy counts, and how the bound on it is proved: one function per strategy.

A further strategy is a further function in the table; its proof's numbers come with the claim.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import gcd

from qkdopt.errors import quote
from qkdopt.judge.answering_path import Pieces
from qkdopt.judge.claim import Claim
from qkdopt.judge.divergence import exponentials_allowed, shares_match
from qkdopt.judge.least import least_divergence
from qkdopt.judge.longest_path import longest_path
from qkdopt.judge.pairs import paired_delivery
from qkdopt.judge.prices import Prices, priced_bound
from qkdopt.judge.recount import Recount
from qkdopt.judge.rules import delivered_bits
from qkdopt.judge.uses import balanced_delivery, delivery_with_limits, floors_of, missed_floors

__all__ = ["STRATEGIES", "Recount"]


def general_delivery(claim: Claim, delivered: Sequence[int]) -> Recount:
    """Recount S-GD: bits of all targets together."""
    if claim.settings.floors:
        return delivery_with_limits(claim, delivered)
    return Recount(
        value=sum(delivered),
        bound=longest_path(claim.problem, [1] * len(delivered)),
        unit="bits",
    )


def prioritised_delivery(claim: Claim, delivered: Sequence[int]) -> Recount:
    """Recount S-PD: bits times the weight of their target."""
    if claim.settings.floors:
        return delivery_with_limits(claim, delivered)
    weights = claim.problem.weights or (0,) * len(delivered)
    return Recount(
        value=sum(w * bits for w, bits in zip(weights, delivered, strict=True)),
        bound=longest_path(claim.problem, weights),
        unit="weighted bits",
    )


def linear_delivery(claim: Claim, delivered: Sequence[int]) -> Recount:
    """Recount any other linear objective: the bits of each link times its coefficient.

    Every link is taken for a target of its own, so the longest path prices links apart.
    """
    by_link = replace(
        claim.problem,
        targets=claim.problem.link_names,
        link_targets=tuple(range(len(claim.problem.link_names))),
    )
    worth = claim.settings.coefficients
    served = delivered_bits(by_link, claim.schedule)
    return Recount(
        value=sum(c * bits for c, bits in zip(worth, served, strict=True)),
        bound=longest_path(by_link, worth),
        unit="weighted bits",
    )


def targeted_delivery(claim: Claim, delivered: Sequence[int]) -> Recount:
    """Recount S-TD: bits of all targets, whose shares are to match the weights within kl_max.

    Proof of the bound.  Let p = E / S be the shares of an allowed schedule, S > 0.  Gibbs'
    inequality for p and q exp(a), which sums to Z, reads a . p <= KL(p || q) + ln Z.  The prices
    are allowed when Z exp(kl_max) <= 1; then a . p <= kl_max - kl_max = 0.  (With kl_max = 0,
    p is q, and a . q <= 0 is what is asked.)  So a . E <= 0, and S <= S - mu a . E, which is the
    worth of the schedule when a bit for target n earns 1 - mu a_n: at most L(1 - mu a).  With
    kl_max = 0, moreover, E = w S / W must be whole for every target, so S is a multiple of
    W / gcd(w).  A tree tells cases apart, and each schedule is in one of them.
    Where there are floors l, sum nu (E - l) >= 0 may be added for nu >= 0, which makes the bound
    L(1 - mu a + nu) - sum nu l.
    """
    weights = claim.problem.weights or (0,) * len(delivered)
    floors = floors_of(claim)
    findings = (
        *missed_floors(claim, delivered, floors),
        *_false_shares(claim, delivered, weights),
    )
    stated = {id(leaf.prices): leaf.prices for leaf in claim.leaves}  # leaves may share them
    for key, prices in stated.items():
        if not exponentials_allowed(prices.a, weights, claim.kl_max):
            cheat = "the prices of the proof are not allowed: they would prove too much"
            findings += (cheat,) if cheat not in findings else ()
            nothing = (Fraction(0),) * len(delivered)
            stated[key] = Prices(a=nothing, mu=Fraction(0), nu=nothing)
    bound = sum(floors)  # without floors that of serving nobody, which is always allowed
    pieces = Pieces(claim.problem)
    for leaf in claim.leaves:
        most = priced_bound(pieces, stated[id(leaf.prices)], weights, floors, leaf.answers)
        bound = max(bound, most or 0)
    if not claim.kl_max:
        bound -= bound % (sum(weights) // gcd(*weights))
    return Recount(
        value=sum(delivered), bound=bound, unit="bits", findings=findings, attained=False
    )


def _false_shares(claim: Claim, delivered: Sequence[int], weights: Sequence[int]) -> Iterator[str]:
    unwanted = False
    for name, bits, weight in zip(claim.problem.targets, delivered, weights, strict=True):
        if bits and not weight:
            unwanted = True
            yield f"{quote(name)} has weight 0 and gets {bits:,} bits"
    if not unwanted and any(delivered) and not shares_match(delivered, weights, claim.kl_max):
        yield f"the divergence of the shares is above kl_max = {float(claim.kl_max):.6g}"


STRATEGIES: Mapping[str, Callable[[Claim, Sequence[int]], Recount]] = {
    "gd": general_delivery,
    "pd": prioritised_delivery,
    "td": targeted_delivery,
    "least": least_divergence,
    "balanced": balanced_delivery,
    "capped": delivery_with_limits,
    "paired": paired_delivery,
    "linear": linear_delivery,
}
