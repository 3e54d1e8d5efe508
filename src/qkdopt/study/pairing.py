"""Pairwise keys from delivered keys: utilisation under a traffic matrix."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from qkdopt.optimize.pairing import largest_pairing, proportional_level


@dataclass(frozen=True)
class PairUse:
    """Shared bits that an XOR relay makes of delivered ones; *each consumes two*, one at each end.

    Attributes
    ----------
    wanted
        Demand of all pairs in shared bits.
    pairs
        A largest set of pairwise keys: names of both ends, shared bits.
    shared
        Its shared bits; ``2 * shared`` delivered bits are consumed.
    utilisation
        Part of the delivered bits (and the stock) that it consumes, in [0, 1]; ``None`` without
        bits.
    level
        ``theta``: every pair can share ``theta`` times its demand (may exceed 1).
    proportional
        Shared bits in that proportion, ``theta sum T_ij``, each pair's rounded down.
    proportional_utilisation
        Part that the proportional sharing consumes, ``2 theta sum T_ij``: paper 1's definition,
        which counts ``t``, where the row sums are in proportion to the weights.
    """

    wanted: int
    pairs: tuple[tuple[str, str, int], ...]
    shared: int
    utilisation: float | None
    level: Fraction
    proportional: int
    proportional_utilisation: float | None

    def document(self) -> dict[str, object]:
        """Return it for a JSON file; ``consumed`` is two for each shared bit."""
        return {
            "wanted": self.wanted,
            "shared": self.shared,
            "consumed": 2 * self.shared,
            "utilisation": self.utilisation,
            "proportional_level": f"{self.level.numerator}/{self.level.denominator}",
            "proportional_shared": self.proportional,
            "proportional_utilisation": self.proportional_utilisation,
            "pairs": [list(pair) for pair in self.pairs],
        }


def pair_use(
    targets: Sequence[str], available: Sequence[int], traffic: Sequence[Sequence[int]]
) -> PairUse:
    """Return the pairwise keys that bits at the targets allow, exactly.

    Parameters
    ----------
    targets
        Names.
    available
        Bits at each target: delivered, and in stock before.
    traffic
        Symmetric matrix of demand in shared bits, not all 0.
    """
    there = sum(available)
    wanted = sum(map(sum, traffic)) // 2
    largest = largest_pairing(available, traffic)
    level = proportional_level(available, traffic)
    consumed = 2 * level * wanted
    return PairUse(
        wanted=wanted,
        pairs=tuple((targets[i], targets[j], bits) for (i, j), bits in largest.bits.items()),
        shared=largest.total,
        utilisation=float(Fraction(2 * largest.total, there)) if there else None,
        level=level,
        proportional=sum(floor(level * bits) for row in traffic for bits in row) // 2,
        proportional_utilisation=float(consumed / there) if there else None,
    )
