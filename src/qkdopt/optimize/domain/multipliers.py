"""Multipliers in exact numbers, as proofs state them."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from qkdopt.arrays import Floats


def fraction_text(number: Fraction | int) -> str:
    """Return a fraction as certificates write it."""
    exact = Fraction(number)
    return f"{exact.numerator}/{exact.denominator}"


@dataclass(frozen=True, eq=False)
class ComponentProof:
    """A tree over the cells of one component of satellites, with prices of its receivers.

    Attributes
    ----------
    number
        Of the component.
    branches
        In preorder the cells that are branched on, ``None`` for a leaf; first comes the side where
        the cell is served.
    leaves
        Of each leaf the cells that are decided, whether each is served, and which prices hold.
    prices
        Of the component's slots.
    """

    number: int
    branches: tuple[int | None, ...]
    leaves: tuple[tuple[Sequence[tuple[int, bool]], int], ...]
    prices: tuple[Floats, ...]


@dataclass(frozen=True, eq=False)
class RationalMultipliers:
    """Admissible multipliers in whole numbers.

    Attributes
    ----------
    per_bit, constant
        ``U(y) <= per_bit . y + constant``, prices by counted target.
    numbers
        The multipliers themselves, in the objective's own order.
    few_digits
        Whether sums of bits at these prices fit 64-bit integers.
    receiver_price
        What the use of each shared receiver costs, shape ``(S,)``; ``None`` where satellites
        share none.
    scale
        Certificates state all prices so many times larger.
    """

    per_bit: tuple[Fraction, ...]
    constant: Fraction
    numbers: tuple[Fraction, ...]
    few_digits: bool = False
    receiver_price: Floats | None = None
    components: tuple[ComponentProof, ...] = ()
    scale: int = 1
