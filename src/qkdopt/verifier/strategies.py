"""The table of strategies: what each counts, and how multipliers bound it.

Every bound has one form, U(E) <= L(gains) + constant, in each leaf of the proof: a bit for target
n gains so much as ``prices`` says, and L is the longest path of the leaf.  ``docs/certificates.md``
proves each inequality.  A further strategy is a further class: the rest of the verifier names
none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import combinations
from math import floor
from types import MappingProxyType
from typing import TYPE_CHECKING

from qkdopt.errors import quote
from qkdopt.verifier.forms import counts
from qkdopt.verifier.logarithms import (
    divergence_up,
    exponentials_allowed,
    exponentials_sum_to_one,
    logarithms_up,
)
from qkdopt.verifier.results import Balanced, Divergence, Logarithms, TwoNumbers, a_share, nats
from qkdopt.verifier.strategy import Most, Multipliers, Part, Prices, Strategy, one_part
from qkdopt.verifier.worth import (
    AllBits,
    BitsNearWeights,
    DemandedBits,
    Divergences,
    Levels,
    SumsOfLogarithms,
    WeightedBits,
)

if TYPE_CHECKING:
    from qkdopt.verifier.claim import Claim

_STEPS_PER_EXPONENTIAL = 300
_STEPS_PER_PAIR = 40


def _by_target(claim: Claim) -> Iterator[tuple[str, int, int]]:
    """Yield name, bits and weight of each target."""
    yield from zip(map(quote, claim.problem.targets), claim.delivered, claim.weights, strict=True)


def _unweighted_bits(claim: Claim) -> list[str]:
    """Return which targets of weight 0 get bits."""
    return [
        f"{name} has weight 0 and gets {bits:,} bits"
        for name, bits, w in _by_target(claim)
        if bits and not w
    ]


class _Prioritised(WeightedBits):
    needs = ("weights",)
    unit = "weighted bits"

    def value(self, claim: Claim) -> int:
        return sum(w * e for w, e in zip(claim.weights, claim.delivered, strict=True))

    def prices(self, claim: Claim, part: str, by_name: Multipliers) -> Prices:
        return claim.weights, 0


class _Targeted(BitsNearWeights):
    """With sum q exp(a + kl_max) <= 1, a . E <= 0 (Gibbs), so S <= S - mu a . E.

    With kl_max = 0, E = w S / W must be whole for every target, so S is a multiple of W / gcd(w).
    """

    parts = one_part(y_share="a", y_kl="mu")
    settings = (("kl_max", nats),)
    needs = ("weights",)
    only_weighted = True
    never_negative = ("y_kl", "y_min")

    def false(self, claim: Claim) -> list[str]:
        bits, kl_max = claim.delivered, claim.settings.kl_max
        false = _unweighted_bits(claim)
        if not false and any(bits) and divergence_up(bits, claim.weights) > kl_max:
            false = [f"the divergence of the shares is above kl_max = {float(kl_max):.6g}"]
        return false

    def admissible(self, claim: Claim, part: str, by_name: Multipliers) -> bool:
        a = by_name["y_share"]
        claim.problem.budget.spend(_STEPS_PER_EXPONENTIAL * len(a))
        return exponentials_allowed(a, claim.weights, claim.settings.kl_max)

    def prices(self, claim: Claim, part: str, by_name: Multipliers) -> Prices:
        (mu,) = by_name["y_kl"]
        return [1 - mu * x for x in by_name["y_share"]], 0

    def bound(self, claim: Claim, most: Most) -> int:
        bound, found = sum(claim.min_bits), most["all"]
        if found is not None:
            bound = max(bound, floor(found))
        return bound - bound % self.step(claim)


class _Least(Divergences):
    """With sum q exp(a) <= 1, a . p <= KL; so where L(d + nu - a) <= nu F, KL >= d."""

    parts = one_part("floors", y_share="a", y_total="nu")
    settings = (("fraction", a_share),)
    needs = ("weights",)
    unit = "nats"
    result = Divergence()
    only_weighted, of_most = True, "gd"

    def value(self, claim: Claim) -> Fraction:
        if not any(claim.delivered) or _unweighted_bits(claim):
            return Fraction(0)  # undefined, or infinite; a finding says so
        return divergence_up(claim.delivered, claim.weights)

    def false(self, claim: Claim) -> Iterator[str]:
        yield from _unweighted_bits(claim)
        bits, (_, wanted) = sum(claim.delivered), claim.wanted
        if bits < wanted:
            yield f"the schedule delivers {bits:,} bits, the fraction asks for {wanted:,}"

    def admissible(self, claim: Claim, part: str, by_name: Multipliers) -> bool:
        a, (nu,) = by_name["y_share"], by_name["y_total"]
        claim.problem.budget.spend(_STEPS_PER_EXPONENTIAL * len(a))
        return bool(nu >= 0) and exponentials_sum_to_one(a, claim.weights)

    def prices(self, claim: Claim, part: str, by_name: Multipliers) -> Prices:
        (nu,), (wanted, _) = by_name["y_total"], claim.wanted
        return [claim.bound + nu - x for x in by_name["y_share"]], -nu * wanted

    def bound(self, claim: Claim, most: Most) -> Fraction | None:
        excess = most["all"]
        return Fraction(claim.bound) if excess is None or excess <= 0 else None


class _Balanced(Levels):
    """First t = sum lambda q t <= sum lambda (b + E); then E >= q t - b for every target."""

    parts = MappingProxyType(
        {"t": Part({"target": "lambda"}, "floors"), "total": Part({"y_min": "nu"}, None)}
    )
    needs = ("weights",)
    result = TwoNumbers()

    def value(self, claim: Claim) -> Balanced:
        return Balanced(claim.t, sum(claim.delivered))

    def admissible(self, claim: Claim, part: str, by_name: Multipliers) -> bool:
        if part == "total":
            return all(x >= 0 for x in by_name["y_min"])
        price, weights = by_name["target"], claim.weights
        if any(x < 0 or (x and not w) for x, w in zip(price, weights, strict=True)):
            return False
        return claim.dot(price, weights) == sum(weights)

    def prices(self, claim: Claim, part: str, by_name: Multipliers) -> Prices:
        if part == "t":
            return by_name["target"], claim.dot(by_name["target"], claim.stock)
        nu, W = by_name["y_min"], sum(claim.weights)
        spare = [
            min(b - Fraction(w, W) * claim.t, Fraction(-least))
            for b, w, least in zip(claim.stock, claim.weights, claim.min_bits, strict=True)
        ]
        return [1 + x for x in nu], claim.dot(nu, spare)

    def bound(self, claim: Claim, most: Most) -> Balanced:
        t, total, W = most["t"], most["total"], sum(claim.weights)
        if t is not None:
            t = max(floor(t * w / W) * Fraction(W, w) for w in claim.weights if w)
        found = sum(claim.delivered) if total is None else floor(total)
        return Balanced(max(claim.t, t or claim.t), found)


class _Capped(DemandedBits):
    """For 0 <= lambda <= 1, min(E, d) <= lambda E + (1 - lambda) d for every target."""

    parts = one_part(target="lambda")
    needs = ("demand",)

    def value(self, claim: Claim) -> int:
        return sum(map(min, claim.delivered, claim.problem.demand or ()))

    def admissible(self, claim: Claim, part: str, by_name: Multipliers) -> bool:
        return all(0 <= x <= 1 for x in by_name["target"])

    def prices(self, claim: Claim, part: str, by_name: Multipliers) -> Prices:
        price = by_name["target"]
        return price, claim.dot([1 - x for x in price], claim.problem.demand or ())


class _Paired(Strategy):
    """Sum y <= sum lambda (b + E) + sum mu T, with mu_ij = max(0, 1 - lambda_i - lambda_j)."""

    parts = one_part(target="lambda")
    needs = ("traffic",)
    unit = "shared bits"
    pairs, listable = True, False

    def value(self, claim: Claim) -> int:
        return sum(bits for _, _, bits in claim.pairs)

    def false(self, claim: Claim) -> Iterator[str]:
        names, traffic = list(map(quote, claim.problem.targets)), claim.problem.traffic or ()
        used = [0] * len(names)
        for i, j, bits in claim.pairs:
            used[i] += bits
            used[j] += bits
            if bits > traffic[i][j]:
                yield f"{names[i]} and {names[j]} share {bits:,} bits, they want {traffic[i][j]:,}"
        for name, use, b, e in zip(names, used, claim.stock, claim.delivered, strict=True):
            if use > b + e:
                yield f"{name} shares {use:,} bits with others and has {b + e:,}"

    def admissible(self, claim: Claim, part: str, by_name: Multipliers) -> bool:
        return all(x >= 0 for x in by_name["target"])

    def prices(self, claim: Claim, part: str, by_name: Multipliers) -> Prices:
        price, traffic = by_name["target"], claim.problem.traffic or ()
        claim.problem.budget.spend(_STEPS_PER_PAIR * len(price) ** 2)
        pairs = list(combinations(range(len(price)), 2))
        mu = [max(Fraction(0), 1 - price[i] - price[j]) for i, j in pairs]
        wanted = claim.dot(mu, [traffic[i][j] for i, j in pairs])
        return price, claim.dot(price, claim.stock) + wanted


class _Fair(SumsOfLogarithms):
    """For every target, w ln(E) <= w ln(w / c) - w + c E, the tangent at E = w / c."""

    parts = one_part(target="lambda")
    needs = ("weights",)
    unit = "weighted nats"
    result = Logarithms()

    def value(self, claim: Claim) -> Fraction:
        if any(self.false(claim)):
            return Fraction(0)  # minus infinity; a finding says so
        return -logarithms_up(claim.weights, [Fraction(1, e or 1) for e in claim.delivered])

    def false(self, claim: Claim) -> Iterator[str]:
        for name, bits, w in _by_target(claim):
            if w and not bits:
                yield f"{name} has weight {w:,} and gets nothing"

    def admissible(self, claim: Claim, part: str, by_name: Multipliers) -> bool:
        price, weights = by_name["target"], claim.weights
        claim.problem.budget.spend(_STEPS_PER_EXPONENTIAL * len(weights))
        return all(c > 0 or not (c or w) for c, w in zip(price, weights, strict=True))

    def prices(self, claim: Claim, part: str, by_name: Multipliers) -> Prices:
        price, weights = by_name["target"], claim.weights
        best = [w / c if w else Fraction(0) for w, c in zip(weights, price, strict=True)]
        return price, logarithms_up(weights, best) - sum(weights)

    def bound(self, claim: Claim, most: Most) -> Fraction:
        found = most["all"]
        return Fraction(claim.bound) if found is None else found


class _Linear(Strategy):
    """Every other linear objective; a bit gains the coefficient of the link that delivers it."""

    parts = one_part(None)
    settings = (("coefficients", counts),)
    unit = "weighted bits"
    per_link, listable = True, False

    def value(self, claim: Claim) -> int:
        price = claim.settings.coefficients
        return sum(price[n] * bits for path in claim.paths for _, n, bits in path if bits)

    def prices(self, claim: Claim, part: str, by_name: Multipliers) -> Prices:
        return claim.settings.coefficients, 0


STRATEGIES: Mapping[str, Strategy] = {
    "gd": AllBits(),
    "pd": _Prioritised(),
    "td": _Targeted(),
    "least": _Least(),
    "balanced": _Balanced(),
    "capped": _Capped(),
    "paired": _Paired(),
    "fair": _Fair(),
    "linear": _Linear(),
}

IN_SCENARIOS: Mapping[str, Strategy] = {
    name: x.in_scenarios(x) for name, x in STRATEGIES.items() if x.in_scenarios
}
