"""Logarithms and exponentials of bits and shares, decided without floating point."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from qkdopt.verifier.interval_arithmetic import exp_up, ln_up, sum_of_products_up

__all__ = [
    "divergence_up",
    "exponentials_allowed",
    "exponentials_sum_to_one",
    "logarithms_up",
    "shares_match",
]

_CERTAINLY_TOO_LARGE = 1000
"""exp(1000) > 10^434: more than the inverse of any share, as weights stay below 10^100."""
_SAME_AS_NOTHING = -5000
"""exp(-5000) < 10^-2171; more negative exponents are rounded up to this one."""


def shares_match(delivered: Sequence[int], weights: Sequence[int], kl_max: Fraction) -> bool:
    """Return whether the divergence of the shares from the weights is at most ``kl_max``.

    With S = sum of E and W = sum of w, the divergence is the sum of E ln(E W / (w S)) over the
    targets that get something, divided by S.  Where ``kl_max`` is zero it is zero only if
    E W = w S for every target, which whole numbers decide.  Otherwise it is bounded from above
    to some fifty digits; it is never equal to ``kl_max``, for e to a rational power other than
    zero is transcendental, so those digits decide.

    Parameters
    ----------
    delivered
        Bits for each target, >= 0; none for targets of weight 0.
    weights
        Weight of each target, >= 0, not all 0.
    """
    S, W = sum(delivered), sum(weights)
    if all(e * W == w * S for e, w in zip(delivered, weights, strict=True)):
        return True
    return bool(kl_max) and divergence_up(delivered, weights) <= kl_max


def divergence_up(delivered: Sequence[int], weights: Sequence[int]) -> Fraction:
    """Return at least the divergence of the shares from the weights, and hardly more; see above.

    Something is delivered, and nothing to targets of weight 0.
    """
    S, W = sum(delivered), sum(weights)
    if all(e * W == w * S for e, w in zip(delivered, weights, strict=True)):
        return Fraction(0)
    times_S = sum_of_products_up(
        (e, ln_up(Fraction(e * W, w * S))) for e, w in zip(delivered, weights, strict=True) if e
    )
    return Fraction(times_S) / S


def logarithms_up(weights: Sequence[int], numbers: Sequence[Fraction]) -> Fraction:
    """Return at least the sum of w ln(x), and hardly more, over all w > 0; there x > 0."""
    pairs = zip(weights, numbers, strict=True)
    return Fraction(sum_of_products_up((w, ln_up(x)) for w, x in pairs if w))


def exponentials_allowed(a: Sequence[Fraction], weights: Sequence[int], kl_max: Fraction) -> bool:
    """Return whether the sum of q exp(a + kl_max) is surely at most 1; q = w / W.

    With ``kl_max`` = 0 the condition is that the sum of q a is at most 0, decided exactly.
    """
    W = sum(weights)
    priced = [(w, x) for w, x in zip(weights, a, strict=True) if w]
    if not kl_max:
        return sum((w * x for w, x in priced), Fraction(0)) <= 0
    return _at_most_one(priced, W, kl_max)


def exponentials_sum_to_one(a: Sequence[Fraction], weights: Sequence[int]) -> bool:
    """Return whether the sum of q exp(a) is surely at most 1; q = w / W."""
    priced = [(w, x) for w, x in zip(weights, a, strict=True) if w]
    return not any(x for _, x in priced) or _at_most_one(priced, sum(weights), Fraction(0))


def _at_most_one(priced: Sequence[tuple[int, Fraction]], W: int, kl_max: Fraction) -> bool:
    if any(x + kl_max > _CERTAINLY_TOO_LARGE for _, x in priced):
        return False
    powers = ((w, exp_up(max(x + kl_max, Fraction(_SAME_AS_NOTHING)))) for w, x in priced)
    return Fraction(sum_of_products_up(powers)) <= W
