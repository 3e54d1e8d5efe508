"""What an entry in the table of strategies consists of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING, Any, TypeAlias

from qkdopt.verifier.prices import dot

if TYPE_CHECKING:
    from qkdopt.verifier.claim import Claim

__all__ = ["Balanced", "Multipliers", "Part", "Prices", "Strategy", "Terms"]

Multipliers: TypeAlias = Mapping[str, tuple[Fraction, ...]]
Prices: TypeAlias = tuple[Sequence[Fraction | int], Fraction | int]
"""What a bit gains at each target (or over each link), and the constant."""


@dataclass(frozen=True)
class Balanced:
    """The two numbers of balanced delivery: first ``t``, then the total [bits]."""

    t: Fraction
    total: int


@dataclass(frozen=True)
class Terms:
    """What the numbers of a strategy are made of: the claim, and what its schedule delivers."""

    claim: Claim
    delivered: Sequence[int]

    @property
    def weights(self) -> Sequence[int]:
        """Weight of each target, 0 where the problem has none."""
        return self.claim.problem.weights or (0,) * len(self.delivered)

    @property
    def stock(self) -> Sequence[int]:
        """Bits that each target has beforehand."""
        return self.claim.problem.stock or (0,) * len(self.delivered)

    @cached_property
    def floors(self) -> list[int]:
        """The lower bound of every target, 0 where there is none."""
        return [self.claim.settings.floors.get(name, 0) for name in self.claim.problem.targets]

    @cached_property
    def wanted(self) -> int:
        """F: the wanted fraction of the most bits of any schedule, rounded up, at least 1."""
        most = self.claim.most([1] * len(self.delivered)) or 0
        return max(1, ceil(self.claim.settings.fraction * most))

    @cached_property
    def t(self) -> Fraction:
        """The smallest (b + E) / q over targets of weight above 0."""
        rows = zip(self.stock, self.delivered, self.weights, strict=True)
        return min(Fraction((b + e) * sum(self.weights), w) for b, e, w in rows if w)

    def dot(self, xs: Sequence[Fraction], ys: Sequence[Fraction | int]) -> Fraction:
        """Return the sum of the products."""
        return dot(xs, ys, self.claim.problem.budget)


@dataclass(frozen=True)
class Part:
    """What one number of a strategy is bounded by.

    Attributes
    ----------
    multipliers, single
        Names of the multipliers, one fraction per target; of ``single`` there is only one.
    of_floors
        Name of the multipliers of lower bounds, where there are any.
    admissible
        Whether multipliers may be used; those of lower bounds are looked at elsewhere.
    prices
        What multipliers make of the problem.
    """

    prices: Callable[[Terms, Multipliers], Prices]
    multipliers: tuple[str, ...] = ()
    of_floors: str | None = "nu"
    admissible: Callable[[Terms, Multipliers], bool] = lambda _terms, _by_name: True
    single: str | None = None

    def names(self, floors: Mapping[str, int]) -> tuple[str, ...]:
        """Return the names of all multipliers under some lower bounds."""
        return (*self.multipliers, *([self.of_floors] if self.of_floors and floors else []))


@dataclass(frozen=True)
class Strategy:
    """One entry of the table.

    Attributes
    ----------
    value
        What the schedule reaches, in the type that the claim has.
    parts
        The parts of a proof by name; a strategy with one number has one, ``all``.
    bound
        The bound, rounded down to what can be reached, from the most of each part, ``None``
        where no schedule is left.
    settings
        Members of the certificate's strategy besides name and floors.
    needs
        Members that the problem must have.
    unit
        What value and bound are counted in.
    conditions
        Yields what is false about the strategy's own conditions.
    only_weighted
        Targets of weight 0 may get nothing, so their bits gain nothing.  Every schedule that
        leaves them out is among those looked at, so the bound is right (and without branching
        it is as tight, because a service that gains nothing may be left out).
    per_link
        Prices are per link, not per target; there are no lower bounds.
    never_negative
        Multipliers that make the document unreadable when they are below 0.
    """

    value: Callable[[Terms], Any]
    parts: Mapping[str, Part]
    bound: Callable[[Terms, Mapping[str, Fraction | None]], Any]
    settings: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    unit: str = "bits"
    conditions: Callable[[Terms], Iterable[str]] = lambda _terms: ()
    only_weighted: bool = False
    per_link: bool = False
    never_negative: tuple[str, ...] = ()

    def proofs(self, floors: Mapping[str, int]) -> tuple[str, ...]:
        """Return the kinds of proof there are: without multipliers there is nothing to state."""
        priced = any(part.names(floors) for part in self.parts.values())
        return ("prices", "tree") if priced else ("path",)
