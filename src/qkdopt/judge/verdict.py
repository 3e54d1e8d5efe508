"""What the judge says at the end."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Verdict"]


@dataclass(frozen=True)
class Verdict:
    """The outcome of a recount; true in a condition when every claim holds.

    Attributes
    ----------
    holds
        Whether every claim of the certificate is true.
    optimal
        Whether the claims hold and value and bound are the same integer.
    value
        What the schedule reaches by the judge's own count.
    bound
        The bound as claimed.
    delivered
        Bits per target by the judge's own count.
    recomputed_bound
        The judge's own bound; a claimed bound above it is true but weaker.
    findings
        Each false claim in one sentence; empty when the certificate holds.
    unit
        What value and bound are counted in: ``bits`` or ``weighted bits``.
    """

    holds: bool
    optimal: bool
    value: int
    bound: int
    delivered: tuple[int, ...]
    recomputed_bound: int
    findings: tuple[str, ...]
    unit: str

    def __bool__(self) -> bool:
        """Return whether every claim holds."""
        return self.holds

    @property
    def statement(self) -> str:
        """Summary of one line."""
        if not self.holds:
            more = f" (and {len(self.findings) - 1} more)" if len(self.findings) > 1 else ""
            return f"false: {self.findings[0]}{more}"
        if self.optimal:
            return f"holds: {self.value:,} {self.unit}, proved optimal"
        gap = float(100 * Fraction(self.bound - self.value, self.bound))
        return f"holds: value {self.value:,}, bound {self.bound:,} (gap {gap:.3g} %)"
