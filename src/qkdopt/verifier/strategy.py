"""What every entry in the table of strategies has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from qkdopt.verifier.results import Whole

if TYPE_CHECKING:
    from qkdopt.verifier.claim import Claim

Multipliers: TypeAlias = Mapping[str, Sequence[Any]]
"""By name: one fraction for each target, or a single one; of ``capacity`` `Charge`."""

Prices: TypeAlias = tuple[Sequence[Fraction | int], Fraction | int]
"""What a bit gains at each target (or over each link), and the constant."""

Most: TypeAlias = Mapping[str, Fraction | None]
"""The largest bound of the leaves, by part; ``None`` where no leaf has a schedule."""

Worth: TypeAlias = Callable[[Sequence[int]], Fraction | int | None]
"""What the bits of every target are worth at most, ``None`` where they are not allowed."""


class Part(NamedTuple):
    """The multipliers of one number of a strategy, and what they are called in version 1.

    ``y_min``: so those of lower bounds are called; ``None`` where these do not enter.
    """

    multipliers: Mapping[str, str]
    y_min: str | None = "nu"

    def names(self, *, bounded: bool) -> Mapping[str, str]:
        """Return all multipliers, with or without those of lower bounds."""
        extra = {"y_min": self.y_min} if bounded and self.y_min else {}
        return {**self.multipliers, **extra}


def one_part(y_min: str | None = "nu", /, **multipliers: str) -> Mapping[str, Part]:
    """Return the one part of a strategy with one number."""
    return {"all": Part(multipliers, y_min)}


class Strategy:
    """Bits of all targets; other strategies are derived from it.

    ``claimed``, ``least_bits``, ``within``, ``worth`` and ``enough`` are for proofs that list
    deliveries.
    """

    parts: Mapping[str, Part] = one_part()
    settings: tuple[tuple[str, Callable[[object, str], Any]], ...] = ()
    """Members of the certificate's strategy besides name and lower bounds, and their forms."""
    needs: tuple[str, ...] = ()  # members that the problem must have
    unit = "bits"
    result = Whole()
    only_weighted = False
    """Targets of weight 0 may get nothing, so their bits gain nothing.  Every schedule that leaves
    them out is among those considered, so the bound is right (and without branching it is as
    tight, because a service that gains nothing may be left out)."""
    per_link = False  # prices are per link, not per target; there are no lower bounds
    listable = True  # the value of delivered bits follows from them alone
    by_itself = False  # without lower bounds, multipliers may be left out although there are some
    pairs = False  # the certificate has pairwise keys
    of_most = ""  # of which strategy it needs the optimum: a claim where receivers are contested
    never_negative: tuple[str, ...] = ()  # multipliers: below 0 they make a proof unreadable

    def value(self, claim: Claim) -> Any:
        """Return what the schedule reaches, in the type that the claim has."""
        return sum(claim.delivered)

    def false(self, claim: Claim) -> Iterable[str]:
        """Return what is false about the strategy's own conditions."""
        return ()

    def admissible(self, claim: Claim, part: str, by_name: Multipliers) -> bool:
        """Return whether multipliers may be used; those of lower bounds are checked elsewhere."""
        return True

    def prices(self, claim: Claim, part: str, by_name: Multipliers) -> Prices:
        """Return the prices of bits, and the constant, at given multipliers."""
        return (1,) * len(claim.weights), 0

    def bound(self, claim: Claim, most: Most) -> Any:
        """Return the bound, rounded to what can be reached; any one where no schedule is left."""
        found = most["all"]
        return claim.bound if found is None else floor(found)

    def claimed(self, claim: Claim, part: str) -> tuple[Fraction, Fraction]:
        """Return a bound that shows the claimed one, and how far above it all others do, too.

        In the terms of `Most`.
        """
        return Fraction(claim.bound), Fraction(1)

    def least_bits(self, claim: Claim, part: str) -> Sequence[int]:
        """Return what every target gets at least where bits are worth more than the claim."""
        return claim.min_bits

    def within(self, claim: Claim) -> Fraction | None:
        """Return how far from the weights bits can be that are worth more than the claim."""
        return None

    def worth(self, claim: Claim, part: str) -> Worth:
        """Return a function that bounds the value of delivered bits, in the terms of `Most`.

        Lower bounds are checked elsewhere.
        """
        return sum

    def enough(self, claim: Claim, part: str) -> tuple[Sequence[int], Fraction] | None:
        """Return how many bits of each target are enough, and what these are worth at least.

        Whatever is worth more than the claim delivers a part, in real numbers, that is worth as
        much by the multipliers; ``None`` where nothing is known.
        """
        return None
