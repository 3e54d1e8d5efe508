"""Compiled: the mean capture probability of a truncated Gaussian beam that jitters.

Lengths across the beam are in units of the transmitter's radius ``a``. With ``omega = w0/a``,
``N = a^2/lambda (1/z - 1/f)``, ``v = k a R/z``, ``s = k a sigma``,

    eta = (4/omega^2) v^2 int int x x' E(x) E*(x') <F(d^2)> dx dx'
    E(x) = exp(-x^2/omega^2 + i pi N x^2),   d^2 = x^2 + x'^2 - 2 x x' cos(phi)
    F(t) = J1(v sqrt(t)) / (v sqrt(t)) exp(-s^2 t/2)

over ``x, x'`` from 0 to 1 (or to where the field has died down), ``<>`` the mean over ``phi``:
Gauss-Legendre in ``x``, midpoints in ``phi``. Nothing that depends on the waist stands in the
matrix of a distance, so that a further waist costs a quadratic form. ``F`` is entire in ``t``:
its power series serves while that loses few digits, and its two factors apart elsewhere.
"""

import math

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.compiled import kernel, kernel_part

LEAST_OMEGA, MOST_OMEGA = 0.1, 3.0

_NEGLIGIBLE = 1e-18
_TERMS = 48
_SERIES_ERROR = 1e-13
_SERIES_REACH = 9.0
_ASYMPTOTIC_FROM = 18.0
_FIELD_DIES_AT = 5.5
_SHARED_WITHIN = 4.0
_DARKEST_EXPONENT = 700.0
_SCAN = 24
_STEPS = 60
_TOLERANCE = 1e-11


@kernel
def _bessel_ratio(argument: float) -> float:
    """Return ``J1(u)/u`` for u >= 0: power series, or Hankel's expansion from 18 on."""
    if argument < _ASYMPTOTIC_FROM:
        term, total, quarter = 0.5, 0.5, 0.25 * argument * argument
        for k in range(1, 80):
            term *= -quarter / (k * (k + 1.0))
            total += term
            if abs(term) < _NEGLIGIBLE:
                break
        return total
    term, cosine, sine = 1.0, 1.0, 0.0
    for k in range(1, 24):
        following = term * (4.0 - (2.0 * k - 1.0) ** 2) / (8.0 * k * argument)
        if abs(following) >= abs(term):
            break
        term = following
        sign = 1.0 if (k // 2) % 2 == 0 else -1.0
        if k % 2 == 0:
            cosine += sign * term
        else:
            sine += sign * term
    angle = argument - 0.75 * math.pi
    wave = cosine * math.cos(angle) - sine * math.sin(angle)
    return math.sqrt(2.0 / (math.pi * argument)) * wave / argument


@kernel_part
def _series(v: float, s: float, reach: float, out: Floats) -> int:
    """Write the power series of ``F`` in ``t``; return how many terms ``t <= reach`` needs."""
    bessel, gauss = np.empty(_TERMS), np.empty(_TERMS)
    bessel[0], gauss[0] = 0.5, 1.0
    for k in range(1, _TERMS):
        bessel[k] = -bessel[k - 1] * 0.25 * v * v / (k * (k + 1.0))
        gauss[k] = -gauss[k - 1] * 0.5 * s * s / k
    power = 1.0
    needed = 0
    for k in range(_TERMS):
        total = 0.0
        size = 0.0
        for j in range(k + 1):
            total += bessel[j] * gauss[k - j]
            size += abs(bessel[j] * gauss[k - j])
        out[k] = total
        if size * power > _SERIES_ERROR:
            needed = k + 1
        power *= reach
    return min(needed + 1, _TERMS)


@kernel
def _matrix(
    v: float, s: float, fresnel: float, x: Floats, weight: Floats, angles: int, out: Floats
) -> None:
    """Write the quadratic form of a distance: lower triangle, weights and phases included."""
    n = x.shape[0]
    reach = 4.0 * x[n - 1] * x[n - 1]
    coefficients = np.empty(_TERMS)
    by_series = v * math.sqrt(reach) + 0.5 * s * s * reach <= _SERIES_REACH
    terms = _series(v, s, reach, coefficients) if by_series else 0
    cosine, values = np.empty(angles), np.empty(angles)
    for k in range(angles):
        cosine[k] = math.cos(math.pi * (k + 0.5) / angles)
    for i in range(n):
        for j in range(i + 1):
            square = x[i] * x[i] + x[j] * x[j]
            cross = 2.0 * x[i] * x[j]
            total = 0.0
            if by_series:
                values[:] = coefficients[terms - 1]
                for term in range(terms - 2, -1, -1):
                    for k in range(angles):
                        values[k] = values[k] * (square - cross * cosine[k]) + coefficients[term]
                for k in range(angles):
                    total += values[k]
            else:
                for k in range(angles):
                    t = max(square - cross * cosine[k], 0.0)
                    exponent = 0.5 * s * s * t
                    if exponent < _DARKEST_EXPONENT:
                        total += _bessel_ratio(v * math.sqrt(t)) * math.exp(-exponent)
            phase = math.cos(math.pi * fresnel * (x[i] * x[i] - x[j] * x[j]))
            pairs = 1.0 if i == j else 2.0
            out[i, j] = pairs * weight[i] * x[i] * weight[j] * x[j] * phase * total / angles


@kernel
def _form(matrix: Floats, x: Floats, omega: float) -> tuple[float, float]:
    """Return the double integral and the same with ``x^2 + x'^2`` in it."""
    n = x.shape[0]
    field = np.empty(n)
    for i in range(n):
        field[i] = math.exp(-((x[i] / omega) ** 2))
    total = moment = 0.0
    for i in range(n):
        row = row_moment = 0.0
        for j in range(i + 1):
            part = matrix[i, j] * field[j]
            row += part
            row_moment += part * (x[i] * x[i] + x[j] * x[j])
        total += row * field[i]
        moment += row_moment * field[i]
    return total, moment


@kernel_part
def _nodes_needed(cut: float, omega: float, fresnel: float, v: float, s: float) -> float:
    """Return how many Gauss nodes a distance needs for its narrowest beam."""
    return 6.5 + 2.05 * cut / omega + 2.9 * abs(fresnel) * cut * cut + 0.4 * v * cut + 1.2 * s * cut


@kernel_part
def _angles_needed(cut: float, v: float, s: float) -> int:
    return math.ceil(5.0 + 0.7 * v * cut + 2.9 * s * cut)


@kernel_part
def _prepare(
    cut: float, omega: float, channel: Floats, counts: Integers, nodes: Floats, weights: Floats
) -> tuple[int, Floats, Floats]:
    """Return the number of nodes (0 where none suffice), the nodes and the matrix."""
    fresnel, v, s = channel
    needed = _nodes_needed(cut, omega, fresnel, v, s)
    for level in range(counts.shape[0]):
        n = counts[level]
        if n >= needed:
            x = cut * nodes[level, :n]
            matrix = np.empty((n, n))
            angles = _angles_needed(cut, v, s)
            _matrix(v, s, fresnel, x, cut * weights[level, :n], angles, matrix)
            return n, x, matrix
    return 0, np.empty(0), np.empty((0, 0))


@kernel
def probabilities(
    omega: Floats,
    first: Integers,
    channel: Floats,
    counts: Integers,
    nodes: Floats,
    weights: Floats,
    out: Floats,
) -> None:
    """Write the capture probability of every waist of every distance.

    Parameters
    ----------
    omega
        Waists over ``a``, shape ``(C,)``, those of one distance side by
        side and growing, finite.
    first
        Where each distance begins in ``omega``, and C, shape ``(D + 1,)``.
    channel
        ``N``, ``v``, ``s`` of each distance, shape ``(D, 3)``, finite.
    counts, nodes, weights
        Gauss-Legendre rules on [0, 1] by growing size, shapes ``(L,)``, ``(L, n)``, ``(L, n)``.
    out
        Shape ``(C,)``; ``nan`` where the largest rule does not suffice.
    """
    for d in range(channel.shape[0]):
        begin = first[d]
        while begin < first[d + 1]:
            # Waists that differ much get matrices of their own: narrow beams need a fine rule.
            end = begin + 1
            most = _SHARED_WITHIN * omega[begin]
            while end < first[d + 1] and (omega[end] <= most or omega[begin] >= 1.0):
                end += 1
            cut = min(1.0, _FIELD_DIES_AT * omega[end - 1])
            n, x, matrix = _prepare(cut, omega[begin], channel[d], counts, nodes, weights)
            for position in range(begin, end):
                if n == 0:
                    out[position] = math.nan
                    continue
                total, _ = _form(matrix, x, omega[position])
                share = (2.0 * channel[d, 1] / omega[position]) ** 2 * total
                out[position] = min(max(share, 0.0), 1.0)
            begin = end


@kernel_part
def _slope(matrix: Floats, x: Floats, log_omega: float) -> float:
    """Return what has the sign of the derivative of the capture probability by the waist."""
    omega = math.exp(log_omega)
    total, moment = _form(matrix, x, omega)
    return moment / (omega * omega) - total


@kernel
def _best(matrix: Floats, x: Floats) -> float:
    """Return the best omega: a scan, then the slope's root by the Illinois method."""
    low, high = math.log(LEAST_OMEGA), math.log(MOST_OMEGA)
    step = (high - low) / (_SCAN - 1)
    best, highest = 0, -1.0
    for k in range(_SCAN):
        omega = math.exp(low + k * step)
        value = _form(matrix, x, omega)[0] / (omega * omega)
        if value > highest:
            best, highest = k, value
    left, right = low + max(best - 1, 0) * step, low + min(best + 1, _SCAN - 1) * step
    rising, falling = _slope(matrix, x, left), _slope(matrix, x, right)
    if rising <= 0.0:
        return math.exp(left)
    if falling >= 0.0:
        return math.exp(right)
    side = 0
    for _ in range(_STEPS):
        middle = (left * falling - right * rising) / (falling - rising)
        slope = _slope(matrix, x, middle)
        if slope == 0.0 or right - left < _TOLERANCE:
            return math.exp(middle)
        if slope > 0.0:
            if abs(middle - left) < _TOLERANCE:
                return math.exp(middle)
            left, rising = middle, slope
            falling *= 0.5 if side == 1 else 1.0
            side = 1
        else:
            if abs(right - middle) < _TOLERANCE:
                return math.exp(middle)
            right, falling = middle, slope
            rising *= 0.5 if side == -1 else 1.0
            side = -1
    return math.exp(0.5 * (left + right))


@kernel
def optimum_omegas(
    channel: Floats, counts: Integers, nodes: Floats, weights: Floats, out: Floats
) -> None:
    """Write the best waist over ``a`` of each distance, shape ``(D,)``; arguments as above."""
    for d in range(channel.shape[0]):
        n, x, matrix = _prepare(1.0, LEAST_OMEGA, channel[d], counts, nodes, weights)
        out[d] = math.nan if n == 0 else _best(matrix, x)
