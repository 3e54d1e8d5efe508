"""What an entry in the table of strategies consists of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from qkdopt.verifier.results import Whole

if TYPE_CHECKING:
    from qkdopt.verifier.claim import Claim

__all__ = ["Multipliers", "Part", "Prices", "Strategy"]

Multipliers: TypeAlias = Mapping[str, tuple[Any, ...]]
"""By name: one fraction for each target, or a single one; of ``capacity`` `Charge`."""

Prices: TypeAlias = tuple[Sequence[Fraction | int], Fraction | int]
"""What a bit gains at each target (or over each link), and the constant."""


@dataclass(frozen=True)
class Part:
    """What one number of a strategy is bounded by.

    Attributes
    ----------
    multipliers
        Names of the multipliers, and those that they have in version 1.
    y_min
        Name in version 1 of those of lower bounds; ``None`` where they do not enter.
    admissible
        Whether multipliers may be used; those of lower bounds are checked elsewhere.
    prices
        The prices of bits, and the constant, at given multipliers.
    """

    prices: Callable[[Claim, Multipliers], Prices]
    multipliers: Mapping[str, str]
    y_min: str | None = "nu"
    admissible: Callable[[Claim, Multipliers], bool] = lambda _claim, _by_name: True

    def names(self, *, bounded: bool) -> Mapping[str, str]:
        """Return the names of all multipliers, with or without lower bounds."""
        if self.y_min is None or not bounded:
            return self.multipliers
        return {**self.multipliers, "y_min": self.y_min}


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
        The bound, rounded to what can be reached, from the most of each part, ``None``
        where no schedule is left.
    settings
        Members of the certificate's strategy besides name and lower bounds.
    needs
        Members that the problem must have.
    unit
        What value and bound are counted in.
    conditions
        Yields what is false about the strategy's own conditions.
    only_weighted
        Targets of weight 0 may get nothing, so their bits gain nothing.  Every schedule that
        leaves them out is among those considered, so the bound is right (and without branching
        it is as tight, because a service that gains nothing may be left out).
    per_link
        Prices are per link, not per target; there are no lower bounds.
    never_negative
        Multipliers that make the document unreadable when they are below 0.
    result
        What kind of numbers value and bound are.
    """

    value: Callable[[Claim], Any]
    parts: Mapping[str, Part]
    bound: Callable[[Claim, Mapping[str, Fraction | None]], Any]
    settings: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    unit: str = "bits"
    conditions: Callable[[Claim], Iterable[str]] = lambda _claim: ()
    only_weighted: bool = False
    per_link: bool = False
    never_negative: tuple[str, ...] = ()
    result: Whole = field(default_factory=Whole)
