"""Compiled BBM92: sifted coincidences, wrong ones, and the brightness that makes most key.

Bare numbers of one window: ``lam`` (half the mean number of pairs), transmittances ``ta``,
``tb`` with detectors, background probabilities ``ya``, ``yb``. Both models return the sifted
coincidence probability, the share of it that is wrong, and the derivatives of both by ``lam``.
"""

import math

from qkdopt.arrays import Floats
from qkdopt.compiled import kernel, kernel_part

EXACT, PAPER = 0, 1

_LEAST_LAMBDA, _USUAL_LAMBDA, _MOST_LAMBDA = 1e-12, 0.05, 1e3
_DARKEST = -60.0
_WEAK_ARM, _DIFFERENCE, _LEAST_CURVATURE = 1e-6, 1e-3, 1e-3
_MOST_PAPER_LAMBDA = 1.0 - 1e-9
_LN2 = math.log(2.0)
_GOLDEN = 0.5 * (math.sqrt(5.0) - 1.0)
_SEARCH, _SEARCH_STEPS = 3.5, 24
_STEPS, _TOLERANCE = 80, 1e-4

_Terms = tuple[float, float, float, float]


@kernel
def _exact(lam: float, ta: float, tb: float, ya: float, yb: float, ed: float) -> _Terms:
    """Return the closed form of the photon-number sum, arranged so that nothing cancels.

    With ``a = ta lam``, ``b = tb lam``, ``q = 1 + a + b - ta tb lam``, ``p = (1 + a)(1 + b)``
    and ``g = p - q = ta tb lam (1 + lam)``: arm A sees no photon with ``(1 + a)^-2``, neither
    arm with ``q^-2``.
    """
    a, b = ta * lam, tb * lam
    g, g_slope = ta * tb * lam * (1.0 + lam), ta * tb * (1.0 + 2.0 * lam)
    d, d_slope = a + b - ta * tb * lam, ta + tb - ta * tb
    q, p = 1.0 + d, (1.0 + a) * (1.0 + b)
    p_slope = d_slope + g_slope
    seen_a, seen_a_slope = a * (2.0 + a) / (1.0 + a) ** 2, 2.0 * ta / (1.0 + a) ** 3
    seen_b, seen_b_slope = b * (2.0 + b) / (1.0 + b) ** 2, 2.0 * tb / (1.0 + b) ** 3
    # How much likelier both arms see nothing, or both something, than by chance.
    together = g * (p + q) / (p * q) ** 2
    turn = p_slope / p + d_slope / q
    together_slope = (g_slope * (p + q) + g * (p_slope + d_slope)) / (p * q) ** 2
    together_slope -= 2.0 * together * turn
    # How much oftener the two bits agree than not, before misalignment and background.
    agree = 2.0 * g / (p * q)
    agree_slope = 2.0 * g_slope / (p * q) - agree * turn
    # Coincidences of photons minus that: ab(2+a)(2+b) q^2 - g (p d + q (p - 1)) over p^2 q^2.
    top = a * b * (2.0 + a) * (2.0 + b) * q * q - g * (p * d + q * (d + g))
    random = top / (p * q) ** 2
    both_slope = seen_a_slope * seen_b + seen_a * seen_b_slope + together_slope
    quiet_a, quiet_b = 1.0 - ya, 1.0 - yb
    quiet = quiet_a * quiet_b
    root = math.sqrt(quiet)
    dark = ya * yb + ya * quiet_b * seen_b + yb * quiet_a * seen_a
    dark_slope = ya * quiet_b * seen_b_slope + yb * quiet_a * seen_a_slope
    lost = root * (2.0 * ed - (ya + yb - ya * yb) / (1.0 + root))
    coincident = dark + quiet * (seen_a * seen_b + together)
    slope = dark_slope + quiet * both_slope
    wrong = 0.5 * (dark + quiet * random + lost * agree)
    wrong_slope = 0.5 * (dark_slope + quiet * (both_slope - agree_slope) + lost * agree_slope)
    return 0.5 * coincident, 0.5 * wrong, 0.5 * slope, 0.5 * wrong_slope


@kernel
def _paper(lam: float, ta: float, tb: float, ya: float, yb: float) -> _Terms:
    """Return A + B + C and 3/8 of what is missing in the fidelity: the equations as printed."""
    la, lb = 1.0 - ta, 1.0 - tb
    one = lam * (1.0 - lam)
    one_slope = 1.0 - 2.0 * lam
    two, two_slope = lam * lam, 2.0 * lam
    target, dephased = ta * tb, 5.0 * ta * tb * la * lb
    single = ta * lb * yb + tb * la * ya + la * lb * ya * yb
    double = 3.0 * ta * la * lb * lb * yb + 3.0 * tb * lb * la * la * ya
    double += 1.5 * la * la * lb * lb * ya * yb
    garbage = one * single + two * double + 0.5 * (1.0 - lam) ** 2 * ya * yb
    garbage_slope = one_slope * single + two_slope * double - (1.0 - lam) * ya * yb
    sifted = one * target + two * dephased + garbage
    slope = one_slope * target + two_slope * dephased + garbage_slope
    missing = 7.0 / 12.0 * dephased
    wrong, wrong_slope = two * missing + garbage, two_slope * missing + garbage_slope
    return sifted, 0.375 * wrong, slope, 0.375 * wrong_slope


@kernel_part
def _terms(model: int, lam: float, ta: float, tb: float, ya: float, yb: float, ed: float) -> _Terms:
    if model == EXACT:
        return _exact(lam, ta, tb, ya, yb, ed)
    return _paper(lam, ta, tb, ya, yb)


@kernel_part
def _fraction(sifted: float, wrong: float, spent: float) -> float:
    """Return ``1 - spent h2(wrong/sifted)``, also negative."""
    if wrong <= 0.0:
        return 1.0
    error = wrong / sifted
    if error >= 1.0:
        return 1.0
    nats = -error * math.log(error) - (1.0 - error) * math.log1p(-error)
    return 1.0 - spent * nats / _LN2


@kernel_part
def _slope(terms: _Terms, spent: float) -> float:
    """Return the derivative of ``sifted (1 - spent h2(wrong/sifted))`` by ``lam``."""
    sifted, wrong, slope, wrong_slope = terms
    if wrong <= 0.0:
        return slope
    error = wrong / sifted
    nats = -wrong_slope * math.log(error) - (slope - wrong_slope) * math.log1p(-error)
    return slope - spent * nats / _LN2


@kernel_part
def _purest(
    guess: float, model: int, ta: float, tb: float, ya: float, yb: float, ed: float
) -> float:
    """Return where the error rate is least, by golden section in the logarithm."""
    low, high = math.log(guess) - _SEARCH, math.log(guess) + _SEARCH
    high = min(high, math.log(_MOST_PAPER_LAMBDA if model == PAPER else _MOST_LAMBDA))
    one, other = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    first = _terms(model, math.exp(one), ta, tb, ya, yb, ed)
    second = _terms(model, math.exp(other), ta, tb, ya, yb, ed)
    for _ in range(_SEARCH_STEPS):
        if first[1] * second[0] < second[1] * first[0]:
            high, other, second = other, one, first
            one = high - _GOLDEN * (high - low)
            first = _terms(model, math.exp(one), ta, tb, ya, yb, ed)
        else:
            low, one, first = one, other, second
            other = low + _GOLDEN * (high - low)
            second = _terms(model, math.exp(other), ta, tb, ya, yb, ed)
    return math.exp(0.5 * (low + high))


@kernel_part
def _start(
    model: int, ta: float, tb: float, ya: float, yb: float, ed: float, spent: float
) -> tuple[float, float]:
    """Return a ``lam`` near the least error rate, ``nan`` if none makes key, and the slope."""
    guess = min(max(0.5 * math.sqrt(ya * yb / (ta * tb)), _LEAST_LAMBDA), 0.5)
    terms = _terms(model, guess, ta, tb, ya, yb, ed)
    if _fraction(terms[0], terms[1], spent) > 0.0:
        return guess, _slope(terms, spent)
    guess = _purest(guess, model, ta, tb, ya, yb, ed)
    terms = _terms(model, guess, ta, tb, ya, yb, ed)
    if _fraction(terms[0], terms[1], spent) > 0.0:
        return guess, _slope(terms, spent)
    return math.nan, 0.0


@kernel
def _brightest(
    model: int,
    ta: float,
    tb: float,
    ya: float,
    yb: float,
    ed: float,
    spent: float,
    guess: float,
    curvature: float,
) -> float:
    """Return the ``lam`` that makes most key, ``nan`` where none makes any.

    The error rate falls, then rises with ``lam``; the key has its one maximum to the right of
    the least error rate. Secants, kept within a bracket, in the logarithm of ``lam``; the first
    step goes by the slope that the derivative has at the best brightness of a weak link.
    """
    low, slope = _start(model, ta, tb, ya, yb, ed, spent)
    if math.isnan(low):
        return math.nan
    left, right = math.log(low), math.log(_MOST_PAPER_LAMBDA if model == PAPER else _MOST_LAMBDA)
    while slope <= 0.0 and left > _DARKEST:
        right, left = left, left - 1.0
        slope = _gain(model, left, ta, tb, ya, yb, ed, spent)
    x = math.log(guess)
    if not left < x < right:
        x = left + min(1.0, 0.5 * (right - left))
    before, value_before = x, 0.0
    for step in range(_STEPS):
        value = _gain(model, x, ta, tb, ya, yb, ed, spent)
        if value > 0.0:
            left = x
        else:
            right = x
        slope = curvature if step == 0 else (value - value_before) / (x - before)
        following = x - value / slope if slope < 0.0 else x + math.copysign(1.0, value)
        if not left < following < right:
            following = 0.5 * (left + right)
        before, value_before, x = x, value, following
        if abs(x - before) < _TOLERANCE:
            break
    return math.exp(x)


@kernel_part
def _gain(
    model: int, x: float, ta: float, tb: float, ya: float, yb: float, ed: float, spent: float
) -> float:
    """Return by how much the key grows with ``ln lam = x``, per sifted bit."""
    lam = math.exp(x)
    terms = _terms(model, lam, ta, tb, ya, yb, ed)
    return lam * _slope(terms, spent) / terms[0]


@kernel
def evaluate(
    model: int, lam: Floats, arms: Floats, misalignment: float, sifted: Floats, wrong: Floats
) -> None:
    """Write sifted coincidences and wrong ones per window, shape ``(C,)``.

    ``arms``, shape ``(4, C)``: both transmittances, both backgrounds. ``nan`` where one of
    them or ``lam`` is.
    """
    for i in range(arms.shape[1]):
        ta, tb, ya, yb = arms[0, i], arms[1, i], arms[2, i], arms[3, i]
        terms = _terms(model, lam[i], ta, tb, ya, yb, misalignment)
        sifted[i], wrong[i] = terms[0], terms[1]


@kernel
def optimise(model: int, arms: Floats, misalignment: float, spent: float, lam: Floats) -> None:
    """Write the ``lam`` that makes most key, shape ``(C,)``; ``nan`` where none makes any."""
    weak, step = _WEAK_ARM, _DIFFERENCE
    best = _brightest(model, weak, weak, 0.0, 0.0, misalignment, spent, _USUAL_LAMBDA, -1.0)
    if math.isnan(best):  # so much misalignment that no cell makes key
        lam[:] = math.nan
        return
    x = math.log(best)
    curvature = _gain(model, x + step, weak, weak, 0.0, 0.0, misalignment, spent)
    curvature = min(curvature / step, -_LEAST_CURVATURE)
    for i in range(arms.shape[1]):
        ta, tb, ya, yb = arms[0, i], arms[1, i], arms[2, i], arms[3, i]
        if ta > 0.0 and tb > 0.0 and ya >= 0.0 and yb >= 0.0:
            guess = best / (1.0 - 0.5 * (ta + tb) + 0.25 * ta * tb)
            lam[i] = _brightest(model, ta, tb, ya, yb, misalignment, spent, guess, curvature)
        else:
            lam[i] = math.nan
