"""What delivered bits are worth, for proofs that list deliveries: one class for each value.

The table of strategies derives from these.  ``claimed`` and ``worth`` are in the terms of `Most`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor, gcd
from operator import mul
from typing import TYPE_CHECKING

from qkdopt.verifier.gibbs_cuts import GibbsCuts
from qkdopt.verifier.in_scenarios import (
    BalancedInScenarios,
    CappedInScenarios,
    InScenarios,
)
from qkdopt.verifier.logarithms import largest_share, logarithms_up
from qkdopt.verifier.strategy import Strategy, Worth

if TYPE_CHECKING:
    from qkdopt.verifier.claim import Claim

_STEPS_PER_LOGARITHM = 300
_STEPS_PER_SHARE = 20_000
_STEPS_PER_LEVEL = 20  # for each target


class AllBits(Strategy):
    """The sum of ``E``."""

    in_scenarios = InScenarios


class WeightedBits(Strategy):
    """The sum of ``w E``."""

    in_scenarios = InScenarios

    def worth(self, claim: Claim, part: str) -> Worth:
        """Return a function of delivered bits."""
        return lambda bits: sum(map(mul, claim.weights, bits))


class DemandedBits(Strategy):
    """The sum of ``min(E, d)``."""

    in_scenarios = CappedInScenarios

    def worth(self, claim: Claim, part: str) -> Worth:
        """Return a function of delivered bits."""
        return lambda bits: sum(map(min, bits, claim.problem.demand or ()))


class BitsNearWeights(Strategy):
    """The sum of ``E`` where the divergence is within its limit, on the grid of exact matches."""

    def claimed(self, claim: Claim, part: str) -> tuple[Fraction, Fraction]:
        """Return the bound and the grid above it."""
        step = self.step(claim)
        return Fraction(claim.bound), Fraction(step - claim.bound % step)

    def within(self, claim: Claim) -> Fraction:
        """Return the limit of the divergence."""
        return claim.settings.kl_max

    def worth(self, claim: Claim, part: str) -> Worth:
        """Return a function of delivered bits."""
        cuts = GibbsCuts(claim.weights, claim.settings.kl_max, claim.problem.budget)
        return lambda bits: None if any(bits) and cuts.exceeded(bits) else sum(bits)

    def enough(self, claim: Claim, part: str) -> tuple[Sequence[int], Fraction] | None:
        """Return the most bits of every target in the next larger total, and that total.

        A schedule that delivers more is scaled down to it, which lower bounds do not allow.
        """
        if any(claim.min_bits):
            return None
        step, weights, kl_max = self.step(claim), claim.weights, claim.settings.kl_max
        total = claim.bound + step - claim.bound % step
        claim.problem.budget.spend(_STEPS_PER_SHARE * len(weights))
        shares = [largest_share(w, sum(weights), kl_max) for w in weights]
        return [ceil(x * total) for x in shares], Fraction(total)

    def step(self, claim: Claim) -> int:
        """Return what every total is a multiple of."""
        weights = claim.weights
        return 1 if claim.settings.kl_max else sum(weights) // gcd(*weights)


class Divergences(Strategy):
    """The total where it is enough and the divergence below the claimed bound, else nothing."""

    def within(self, claim: Claim) -> Fraction | None:
        """Return the claimed bound; one of 0 needs no list."""
        return claim.bound or None

    def claimed(self, claim: Claim, part: str) -> tuple[Fraction, Fraction]:
        """Return the bound and the grid above it."""
        return Fraction(0), Fraction(0)

    def worth(self, claim: Claim, part: str) -> Worth:
        """Return a function of delivered bits."""
        cuts = GibbsCuts(claim.weights, claim.bound, claim.problem.budget)

        wanted, _ = claim.wanted

        def excess(bits: Sequence[int]) -> int | None:
            total = sum(bits)
            return None if total < wanted or cuts.exceeded(bits) else total

        return excess


class Levels(Strategy):
    """First the smallest ``(b + E) / q``; then the sum of ``E`` where that is what is reached."""

    in_scenarios = BalancedInScenarios

    def claimed(self, claim: Claim, part: str) -> tuple[Fraction, Fraction]:
        """Return the bound and the grid above it."""
        if part == "t":
            return claim.bound.t, Fraction(0)
        return Fraction(claim.bound.total), Fraction(1)

    def enough(self, claim: Claim, part: str) -> tuple[Sequence[int], Fraction] | None:
        """Return the bits of every target at the next larger t, and that t."""
        if part != "t":
            return None
        t, every = claim.bound.t, sum(claim.weights)
        rows = zip(claim.stock, claim.weights, claim.min_bits, strict=True)
        bits = [max(least, floor(t * w / every) - b + 1 if w else 0) for b, w, least in rows]
        return bits, claim.level(bits)

    def worth(self, claim: Claim, part: str) -> Worth:
        """Return a function of delivered bits."""
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


class SumsOfLogarithms(Strategy):
    """The sum of ``w ln E``, rounded up, where no ``E`` that counts is 0."""

    def claimed(self, claim: Claim, part: str) -> tuple[Fraction, Fraction]:
        """Return the bound and the grid above it."""
        return Fraction(claim.bound), Fraction(0)

    def worth(self, claim: Claim, part: str) -> Worth:
        """Return a function of delivered bits."""

        def worth(bits: Sequence[int]) -> Fraction | None:
            claim.problem.budget.spend(_STEPS_PER_LOGARITHM * len(bits))
            if any(w and not e for w, e in zip(claim.weights, bits, strict=True)):
                return None
            return logarithms_up(claim.weights, list(map(Fraction, bits)))

        return worth
