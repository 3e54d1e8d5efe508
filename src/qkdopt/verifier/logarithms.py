"""Logarithms and exponentials of bits and shares, decided without floating point.

Decimal arithmetic that errs on one side only: upwards.  `decimal` rounds every operation as its
context says and computes `ln` and `exp` to within half a unit of the last digit, so the next
larger number is an upper bound.  Both grow with their argument, so an argument that was rounded
up keeps the result an upper bound.
"""

from collections.abc import Iterable, Sequence
from decimal import MAX_EMAX, MIN_EMIN, ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction

DIGITS = 60
"""Digits kept; sums of bits take about ten, a claim is decided by far fewer than fifty."""

STEPS_PER_EXPONENTIAL = 300
"""What a logarithm or an exponential takes."""

_UP = Context(prec=DIGITS, rounding=ROUND_CEILING, Emax=MAX_EMAX, Emin=MIN_EMIN)
_DOWN = Context(prec=DIGITS, rounding=ROUND_FLOOR, Emax=MAX_EMAX, Emin=MIN_EMIN)
_CERTAINLY_TOO_LARGE = 1000
"""exp(1000) > 10^434: more than the inverse of any share, as weights stay below 10^100."""
_SAME_AS_NOTHING = -5000
"""exp(-5000) < 10^-2171; more negative exponents are rounded up to this one."""

_EXPONENTS = tuple(Fraction(5, 4) ** k for k in range(-20, 16))
"""Of bounds of shares: the best one is within an eighth of one of them, where it hardly differs."""


def exp_up(x: Fraction) -> Decimal:
    """Return a decimal that is at least e to the power of ``x``, and hardly more."""
    return _UP.next_plus(_UP.exp(_rounded_up(x)))


def ln_up(x: Fraction) -> Decimal:
    """Return a decimal that is at least the natural logarithm of ``x`` > 0, and hardly more."""
    above = _rounded_up(x)
    if above == 1:
        return Decimal(0)  # exact; the next larger number has 10^18 zeros behind its point
    return _UP.next_plus(_UP.ln(above))


def sum_of_products_up(pairs: Iterable[tuple[int, Decimal]]) -> Fraction:
    """Return at least the sum of ``n * x`` over pairs of a whole ``n`` >= 0 and a decimal.

    A whole number of more digits than are kept is rounded towards the larger product.
    """
    total = Decimal(0)
    for n, x in pairs:
        whole = (_UP if x > 0 else _DOWN).create_decimal(n)
        total = _UP.add(total, _UP.multiply(whole, x))
    return Fraction(total)


def _rounded_up(x: Fraction) -> Decimal:
    """Return at least ``x``.

    Long whole numbers are rounded before they are divided, numerator up and denominator down
    in size for ``x`` > 0 and the other way round below 0.
    """
    larger = _UP.create_decimal(x.numerator)
    denominator = (_DOWN if x > 0 else _UP).create_decimal(x.denominator)
    return _UP.divide(larger, denominator)


def divergence_up(delivered: Sequence[int], weights: Sequence[int]) -> Fraction:
    """Return at least the divergence of the shares from the weights, and hardly more.

    With S = sum of E and W = sum of w, it is the sum of E ln(E W / (w S)) over the targets that
    get something, divided by S.  Something is delivered, and nothing to targets of weight 0.  It
    is 0 where E W = w S for every target, which whole numbers decide.  Otherwise it is bounded to
    some fifty digits, which decide whether it is at most a rational number above 0: it is never
    equal to one, for e to a rational power other than zero is transcendental.
    """
    S, W = sum(delivered), sum(weights)
    if all(e * W == w * S for e, w in zip(delivered, weights, strict=True)):
        return Fraction(0)
    pairs = [(e, w) for e, w in zip(delivered, weights, strict=True) if e]
    return sum_of_products_up((e, ln_up(Fraction(e * W, w * S))) for e, w in pairs) / S


def logarithms_up(weights: Sequence[int], numbers: Sequence[Fraction]) -> Fraction:
    """Return at least the sum of w ln(x), and hardly more, over all w > 0; there x > 0."""
    pairs = zip(weights, numbers, strict=True)
    return sum_of_products_up((w, ln_up(x)) for w, x in pairs if w)


def exponentials_allowed(a: Sequence[Fraction], weights: Sequence[int], kl_max: Fraction) -> bool:
    """Return whether the sum of q exp(a + kl_max) is surely at most 1; q = w / W.

    With ``kl_max`` = 0 the condition is that the sum of q a is at most 0, decided exactly.
    """
    if not kl_max:
        return sum((w * x for w, x in zip(weights, a, strict=True)), Fraction(0)) <= 0
    return exponentials_sum_to_one([x + kl_max for x in a], weights)


def exponentials_sum_to_one(a: Sequence[Fraction], weights: Sequence[int]) -> bool:
    """Return whether the sum of q exp(a) is surely at most 1; q = w / W."""
    powers = [(w, x) for w, x in zip(weights, a, strict=True) if w]
    if any(x > _CERTAINLY_TOO_LARGE for _, x in powers):
        return False
    least = Fraction(_SAME_AS_NOTHING)
    most = sum_of_products_up((w, exp_up(max(x, least))) for w, x in powers)
    return most <= sum(weights) or not any(x for _, x in powers)


def largest_share(w: int, W: int, kl_max: Fraction) -> Fraction:
    """Return at least every share of a target of weight ``w`` of ``W`` within a divergence.

    By Gibbs' inequality for that target and all others together, a divergence is at least
    x p - ln(1 - q + q exp(x)) for all x, so p is at most (kl_max + ln(...)) / x where x > 0.
    """
    q = Fraction(w, W)
    if not kl_max:
        return q
    powers = ((x, Fraction(exp_up(x))) for x in _EXPONENTS)
    return min(Fraction(1), *((kl_max + Fraction(ln_up(1 - q + q * y))) / x for x, y in powers))
