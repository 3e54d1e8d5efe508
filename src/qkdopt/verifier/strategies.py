"""The table of strategies: what each counts, and how multipliers bound it.

Every bound has one form, U(E) <= L(gains) + constant, in each leaf of the proof: a bit for target
n gains so much as ``prices`` says, and L is the longest path of the leaf.  ``docs/certificates.md``
proves each inequality.  A further strategy is a further class: the rest of the verifier names
none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from math import ceil, floor
from operator import mul
from types import MappingProxyType
from typing import TYPE_CHECKING

from qkdopt.errors import quote
from qkdopt.verifier import divergences, in_scenarios
from qkdopt.verifier.forms import counts
from qkdopt.verifier.logarithms import STEPS_PER_EXPONENTIAL, logarithms_up
from qkdopt.verifier.results import Balanced, Logarithms, TwoNumbers
from qkdopt.verifier.strategy import Most, Multipliers, Part, Prices, Strategy, Worth, one_part

if TYPE_CHECKING:
    from qkdopt.verifier.claim import Claim

_STEPS_PER_PAIR = 40
_STEPS_PER_LEVEL = 20  # for each target


class _Prioritised(Strategy):
    needs = ("weights",)
    unit = "weighted bits"

    def value(self, claim: Claim) -> int:
        return sum(map(mul, claim.weights, claim.delivered))

    def prices(self, claim: Claim, part: str, by_name: Multipliers) -> Prices:
        return claim.weights, 0

    def worth(self, claim: Claim, part: str) -> Worth:
        return lambda bits: sum(map(mul, claim.weights, bits))


class _Balanced(Strategy):
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

    def claimed(self, claim: Claim, part: str) -> tuple[Fraction, Fraction]:
        if part == "t":
            return claim.bound.t, Fraction(0)
        return Fraction(claim.bound.total), Fraction(1)

    def worth(self, claim: Claim, part: str) -> Worth:
        t = claim.bound.t if part == "t" else claim.t
        whole = t.denominator * sum(claim.weights)
        rows = enumerate(zip(claim.weights, claim.stock, strict=True))
        needed = [(n, b, t.numerator * w) for n, (w, b) in rows if w]

        def worth(bits: Sequence[int]) -> Fraction | int | None:
            for n, b, least in needed:
                if (b + bits[n]) * whole < least:
                    return None
            if part != "t":
                return sum(bits)
            claim.problem.budget.spend(_STEPS_PER_LEVEL * len(bits))
            return claim.level(bits)

        return worth

    def enough(self, claim: Claim, part: str) -> tuple[Sequence[int], Fraction] | None:
        """Return the bits of every target at the next larger t, and that t."""
        if part != "t":
            return None
        bits = self.least_bits(claim, part)
        return bits, claim.level(bits)

    def least_bits(self, claim: Claim, part: str) -> Sequence[int]:
        """Return what every target gets at the next larger t, or at what is reached."""
        every = sum(claim.weights)
        rows = zip(claim.stock, claim.weights, claim.min_bits, strict=True)
        if part == "t":
            t = claim.bound.t
            return [max(least, floor(t * w / every) - b + 1 if w else 0) for b, w, least in rows]
        return [max(least, ceil(claim.t * w / every) - b if w else 0) for b, w, least in rows]


class _Capped(Strategy):
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

    def worth(self, claim: Claim, part: str) -> Worth:
        return lambda bits: sum(map(min, bits, claim.problem.demand or ()))


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


class _Fair(Strategy):
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
        for name, bits, w in claim.in_order:
            if w and not bits:
                yield f"{quote(name)} has weight {w:,} and gets nothing"

    def admissible(self, claim: Claim, part: str, by_name: Multipliers) -> bool:
        price, weights = by_name["target"], claim.weights
        claim.problem.budget.spend(STEPS_PER_EXPONENTIAL * len(weights))
        return all(c > 0 or not (c or w) for c, w in zip(price, weights, strict=True))

    def prices(self, claim: Claim, part: str, by_name: Multipliers) -> Prices:
        price, weights = by_name["target"], claim.weights
        best = [w / c if w else Fraction(0) for w, c in zip(weights, price, strict=True)]
        return price, logarithms_up(weights, best) - sum(weights)

    def bound(self, claim: Claim, most: Most) -> Fraction:
        found = most["all"]
        return Fraction(claim.bound) if found is None else found

    def claimed(self, claim: Claim, part: str) -> tuple[Fraction, Fraction]:
        return Fraction(claim.bound), Fraction(0)

    def least_bits(self, claim: Claim, part: str) -> Sequence[int]:
        return list(map(max, claim.min_bits, map(bool, claim.weights)))

    def worth(self, claim: Claim, part: str) -> Worth:
        def worth(bits: Sequence[int]) -> Fraction | None:
            claim.problem.budget.spend(STEPS_PER_EXPONENTIAL * len(bits))
            if any(w and not e for w, e in zip(claim.weights, bits, strict=True)):
                return None
            return logarithms_up(claim.weights, list(map(Fraction, bits)))

        return worth


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
    "gd": Strategy(),
    "pd": _Prioritised(),
    "td": divergences.targeted(),
    "least": divergences.least(of_most="gd"),
    "balanced": _Balanced(),
    "capped": _Capped(),
    "paired": _Paired(),
    "fair": _Fair(),
    "linear": _Linear(),
}

IN_SCENARIOS: Mapping[str, Strategy] = {
    "gd": in_scenarios.linear(STRATEGIES["gd"]),
    "pd": in_scenarios.linear(STRATEGIES["pd"]),
    "balanced": in_scenarios.balanced(STRATEGIES["balanced"]),
    "capped": in_scenarios.capped(STRATEGIES["capped"]),
}
