"""What each strategy counts, and how the bound on it is proved: one function per strategy.

A further strategy is a further function in the table; its proof's numbers come with the claim.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import floor, gcd

from qkdopt.errors import quote
from qkdopt.judge.blocks import Gains
from qkdopt.judge.cases import Multipliers
from qkdopt.judge.claim import Claim
from qkdopt.judge.divergence import exponentials_allowed, shares_match
from qkdopt.judge.least import least_divergence
from qkdopt.judge.pairs import paired_delivery
from qkdopt.judge.prices import Priced, dot, most_of_cases
from qkdopt.judge.recount import Recount
from qkdopt.judge.rules import delivered_bits
from qkdopt.judge.uses import balanced_delivery, delivery_with_limits, floors_of, missed_floors

__all__ = ["STRATEGIES", "Recount"]

_CHEAT = "the prices of the proof are not allowed: they would prove too much"
_STEPS_PER_EXPONENTIAL = 300


def general_delivery(claim: Claim, delivered: Sequence[int]) -> Recount:
    """Recount S-GD: bits of all targets together."""
    if claim.settings.floors:
        return delivery_with_limits(claim, delivered)
    return Recount(
        value=sum(delivered),
        bound=claim.most([1] * len(delivered)) or 0,
        unit="bits",
    )


def prioritised_delivery(claim: Claim, delivered: Sequence[int]) -> Recount:
    """Recount S-PD: bits times the weight of their target."""
    if claim.settings.floors:
        return delivery_with_limits(claim, delivered)
    weights = claim.problem.weights or (0,) * len(delivered)
    return Recount(
        value=sum(w * bits for w, bits in zip(weights, delivered, strict=True)),
        bound=claim.most(weights) or 0,
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
        bound=claim.longest_path.most(Gains(worth)) or 0,
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
    problem, budget = claim.problem, claim.problem.budget
    weights = problem.weights or (0,) * len(delivered)
    floors = floors_of(claim)
    findings = [
        *missed_floors(claim, delivered, floors),
        *_false_shares(claim, delivered, weights),
    ]
    cheats: list[str] = []

    def price(by_name: Multipliers) -> Priced:
        a, (mu,) = by_name["a"], by_name["mu"]
        nu = by_name.get("nu", (Fraction(0),) * len(a))
        budget.spend(_STEPS_PER_EXPONENTIAL * len(a))
        if not exponentials_allowed(a, weights, claim.kl_max):
            cheats.append(_CHEAT)
            a = nu = (Fraction(0),) * len(a)
        # Targets of weight 0 earn nothing instead of being left out: every schedule that leaves
        # them out is among those looked at, so the bound is right (and where nothing is asked it
        # is as tight, because a service that earns nothing may be taken out of a schedule).
        earns = [
            1 - mu * x + y if w else Fraction(0) for x, y, w in zip(a, nu, weights, strict=True)
        ]
        return earns, -dot(nu, floors, budget)

    most, _ = most_of_cases(claim, "all", price)
    findings += cheats[:1]
    bound = sum(floors)  # without floors that of serving nobody, which is always allowed
    if most is not None:
        bound = max(bound, floor(most))
    if not claim.kl_max:
        bound -= bound % (sum(weights) // gcd(*weights))
    return Recount(
        value=sum(delivered), bound=bound, unit="bits", findings=tuple(findings), attained=False
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
