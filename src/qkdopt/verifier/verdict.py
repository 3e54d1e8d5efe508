"""The verdict of the verifier."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

_SHOWN = 4  # decimals of fractions


@dataclass(frozen=True)
class Verdict:
    """The outcome of a verification; true in a condition when every claim holds.

    Attributes
    ----------
    holds
        Whether every claim of the certificate is true.
    optimal
        Whether the claims hold and value and bound are the same, nats to 1e-12.
    value
        What the schedule reaches by the verifier's own count, as a certificate writes it: a whole
        number, for ``least`` and ``fair`` decimal text, for ``balanced`` an object of ``t`` and
        ``total``; text such as ``17/2`` with cloud scenarios.
    bound
        The bound as claimed.
    delivered
        Bits per target by the verifier's own count; none with cloud scenarios.
    recomputed_bound
        The verifier's own bound; a claimed bound above it is true but weaker.
    findings
        Each false claim in one sentence; empty when the certificate holds.
    unit
        What value and bound are counted in: ``bits``, ``weighted bits``, or just ``value``.
    decimals
        Whole values and bounds count in ``10 ** -decimals``; 0 but for contacts.
    delivered_by_scenario
        Bits per target in each cloud scenario; none without.
    """

    holds: bool
    optimal: bool
    value: Any
    bound: Any
    delivered: tuple[int, ...]
    recomputed_bound: Any
    findings: tuple[str, ...]
    unit: str
    decimals: int = 0
    delivered_by_scenario: tuple[tuple[int, ...], ...] = ()

    def __bool__(self) -> bool:
        """Return whether every claim holds."""
        return self.holds

    @property
    def statement(self) -> str:
        """Summary of one line."""
        if not self.holds:
            more = f" (and {len(self.findings) - 1} more)" if len(self.findings) > 1 else ""
            return f"false: {self.findings[0]}{more}"
        if type(self.value) is dict:
            return f"holds: {_balanced(self.value, self.bound)}"
        if self.unit == "weighted nats":
            end = self.optimality if self.optimal else f"at most {float(self.bound):.12g}"
            return f"holds: sum of w ln E = {float(self.value):.12g}, {end}"
        if type(self.value) is str and not self.delivered_by_scenario:
            end = self.optimality if self.optimal else f"at least {float(self.bound):.6g}"
            return f"holds: KL = {float(self.value):.6g} nats, {end}"
        value, bound = self.words(self.value), self.words(self.bound)
        if self.optimal:
            words = f"value {value}" if self.unit == "value" else f"{value} {self.unit}"
            return f"holds: {words}, {self.optimality}"
        gap = float(100 * (1 - Fraction(self.value) / Fraction(self.bound)))
        return f"holds: value {value}, bound {bound} (gap {gap:.3g} %)"

    @property
    def optimality(self) -> str:
        """What an optimal certificate proves, in words: equality, or agreement of nats."""
        rounded = type(self.value) is str and not self.delivered_by_scenario
        return "optimal to 1e-12" if rounded else "proved optimal"

    def words(self, number: int | str) -> str:
        """Return a whole value or bound for people, with its decimals, or a fraction rounded."""
        decimals = _SHOWN if isinstance(number, str) else self.decimals
        number = round(Fraction(number) * 10**_SHOWN) if isinstance(number, str) else number
        whole, rest = divmod(number, 10**decimals)
        return f"{whole:,}.{rest:0{decimals}}".rstrip("0").rstrip(".") if decimals else f"{whole:,}"


def _balanced(value: dict[str, Any], bound: dict[str, Any]) -> str:
    t, most = Fraction(value["t"]), Fraction(bound["t"])
    words = f"t = {float(t):,.1f} bits"
    if value == bound:
        return f"{words}, total {value['total']:,} bits, both proved optimal"
    return (
        f"{words}, at most {float(most):,.1f} (gap {float(100 * (most - t) / (most or 1)):.3g} %); "
        f"total {value['total']:,} bits, at most {bound['total']:,}"
    )
