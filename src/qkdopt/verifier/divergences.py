"""The strategies whose shares are near weights by their divergence, bounded by Gibbs' inequality.

With the sum of ``q exp(a)`` at most 1, ``a . p`` is at most the divergence of shares ``p`` from
the shares ``q`` of the weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import ceil, floor, gcd
from operator import mul
from typing import TYPE_CHECKING

from qkdopt.errors import quote
from qkdopt.verifier import logarithms
from qkdopt.verifier.budget import Budget, beyond_few
from qkdopt.verifier.results import Divergence, a_share, nats
from qkdopt.verifier.strategy import Most, Multipliers, Prices, Strategy, Worth, one_part

if TYPE_CHECKING:
    from qkdopt.verifier.claim import Claim

_STEPS_PER_DIVERGENCE = 1500  # for each target
_STEPS_PER_SHARE = 20_000
_STEPS = 8
_SCALE = 2**60
_FEWEST = -(2**70)  # for targets that got nothing
_ROUNDED = Fraction(1, 10**40)  # upwards, at most


class GibbsCuts:
    """The divergences above a limit that have been met so far, to decide many at a few products.

    With ``a = ln(p / q)`` at some bits, less 2^-60 at least, and -1024 where ``p`` is 0, the sum of
    ``q exp(a)`` is at most 1; where ``a . E`` exceeds the limit times the total of other bits
    ``E``, so does their divergence.
    """

    def __init__(self, weights: Sequence[int], limit: Fraction, budget: Budget) -> None:
        self.weights, self.limit, self.budget = weights, limit, budget
        self.cuts: list[list[int]] = []  # above 0 times bits where the limit is exceeded

    def exceeded(self, bits: Sequence[int]) -> bool:
        """Return whether the divergence is surely no less than the limit, and above one of 0."""
        steps = _STEPS + beyond_few(len(bits))
        for i, cut in enumerate(self.cuts):
            if sum(map(mul, cut, bits)) > 0:
                if i:  # the one that served last is tried first
                    self.cuts.insert(0, self.cuts.pop(i))
                self.budget.spend(steps * (i + 1))
                return True
        self.budget.spend(steps * len(self.cuts))
        if not is_far(bits, self.weights, self.limit, self.budget):
            return False
        total, every = sum(bits), sum(self.weights)
        logs = (
            logarithms.ln_up(Fraction(w * total, e * every)) if e else None
            for e, w in zip(bits, self.weights, strict=True)
        )
        slopes = [_FEWEST if x is None else floor(-Fraction(x) * _SCALE) - 1 for x in logs]
        self.cuts.insert(0, [x - ceil(self.limit * _SCALE) for x in slopes])
        return True


def is_far(bits: Sequence[int], weights: Sequence[int], limit: Fraction, budget: Budget) -> bool:
    """Return whether the divergence is surely no less than a limit, and above one of 0."""
    budget.spend(_STEPS_PER_DIVERGENCE * len(bits))
    return logarithms.divergence_up(bits, weights) - _ROUNDED >= limit


class _NearWeights(Strategy):
    needs = ("weights",)
    only_weighted = True

    def false(self, claim: Claim) -> Iterator[str]:
        for name, bits, w in claim.in_order:
            if bits and not w:
                yield f"{quote(name)} has weight 0 and gets {bits:,} bits"


class _Targeted(_NearWeights):
    """With sum q exp(a + kl_max) <= 1, a . E <= 0 (Gibbs), so S <= S - mu a . E.

    With kl_max = 0, E = w S / W must be whole for every target, so S is a multiple of W / gcd(w).
    """

    parts = one_part(y_share="a", y_kl="mu")
    settings = (("kl_max", nats),)
    never_negative = ("y_kl", "y_min")

    def false(self, claim: Claim) -> Iterator[str]:
        bits, kl_max, false = claim.delivered, claim.settings.kl_max, [*super().false(claim)]
        yield from false
        if not false and any(bits) and logarithms.divergence_up(bits, claim.weights) > kl_max:
            yield f"the divergence of the shares is above kl_max = {float(kl_max):.6g}"

    def admissible(self, claim: Claim, part: str, by_name: Multipliers) -> bool:
        a = by_name["y_share"]
        claim.problem.budget.spend(logarithms.STEPS_PER_EXPONENTIAL * len(a))
        return logarithms.exponentials_allowed(a, claim.weights, claim.settings.kl_max)

    def prices(self, claim: Claim, part: str, by_name: Multipliers) -> Prices:
        (mu,) = by_name["y_kl"]
        return [1 - mu * x for x in by_name["y_share"]], 0

    def bound(self, claim: Claim, most: Most) -> int:
        bound, found = sum(claim.min_bits), most["all"]
        if found is not None:
            bound = max(bound, floor(found))
        return bound - bound % self._step(claim)

    def claimed(self, claim: Claim, part: str) -> tuple[Fraction, Fraction]:
        step = self._step(claim)
        return Fraction(claim.bound), Fraction(step - claim.bound % step)

    def within(self, claim: Claim) -> Fraction:
        return claim.settings.kl_max

    def worth(self, claim: Claim, part: str) -> Worth:
        cuts = GibbsCuts(claim.weights, claim.settings.kl_max, claim.problem.budget)
        return lambda bits: None if any(bits) and cuts.exceeded(bits) else sum(bits)

    def enough(self, claim: Claim, part: str) -> tuple[Sequence[int], Fraction] | None:
        """Return the most bits of every target in the next larger total, and that total.

        A schedule that delivers more is scaled down to it, which lower bounds do not allow.
        """
        if any(claim.min_bits):
            return None
        step, weights, kl_max = self._step(claim), claim.weights, claim.settings.kl_max
        total = claim.bound + step - claim.bound % step
        claim.problem.budget.spend(_STEPS_PER_SHARE * len(weights))
        shares = [logarithms.largest_share(w, sum(weights), kl_max) for w in weights]
        return [ceil(x * total) for x in shares], Fraction(total)

    def _step(self, claim: Claim) -> int:
        """Return what every total is a multiple of."""
        weights = claim.weights
        return 1 if claim.settings.kl_max else sum(weights) // gcd(*weights)


class _Least(_NearWeights):
    """With sum q exp(a) <= 1, a . p <= KL; so where L(d + nu - a) <= nu F, KL >= d."""

    parts = one_part("floors", y_share="a", y_total="nu")
    settings = (("fraction", a_share),)
    unit = "nats"
    result = Divergence()

    def __init__(self, of_most: str) -> None:
        """Take the strategy whose optimum the fraction is of."""
        self.of_most = of_most

    def value(self, claim: Claim) -> Fraction:
        if not any(claim.delivered) or any(super().false(claim)):
            return Fraction(0)  # undefined, or infinite; a finding says so
        return logarithms.divergence_up(claim.delivered, claim.weights)

    def false(self, claim: Claim) -> Iterator[str]:
        yield from super().false(claim)
        bits, (_, wanted) = sum(claim.delivered), claim.wanted
        if bits < wanted:
            yield f"the schedule delivers {bits:,} bits, the fraction asks for {wanted:,}"

    def admissible(self, claim: Claim, part: str, by_name: Multipliers) -> bool:
        a, (nu,) = by_name["y_share"], by_name["y_total"]
        claim.problem.budget.spend(logarithms.STEPS_PER_EXPONENTIAL * len(a))
        return bool(nu >= 0) and logarithms.exponentials_sum_to_one(a, claim.weights)

    def prices(self, claim: Claim, part: str, by_name: Multipliers) -> Prices:
        (nu,), (wanted, _) = by_name["y_total"], claim.wanted
        return [claim.bound + nu - x for x in by_name["y_share"]], -nu * wanted

    def bound(self, claim: Claim, most: Most) -> Fraction | None:
        excess = most["all"]
        return Fraction(claim.bound) if excess is None or excess <= 0 else None

    def claimed(self, claim: Claim, part: str) -> tuple[Fraction, Fraction]:
        return Fraction(0), Fraction(0)

    def within(self, claim: Claim) -> Fraction | None:
        return claim.bound or None  # one of 0 needs no list

    def worth(self, claim: Claim, part: str) -> Worth:
        cuts = GibbsCuts(claim.weights, claim.bound, claim.problem.budget)
        wanted, _ = claim.wanted

        def excess(bits: Sequence[int]) -> int | None:
            total = sum(bits)
            return None if total < wanted or cuts.exceeded(bits) else total

        return excess


targeted, least = _Targeted, _Least
