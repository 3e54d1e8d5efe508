"""Prices of proportion: the multipliers behind every bound on targeted delivery."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.optimize.solvers.decomposition._tilt_kernels import boundary_tilt
from qkdopt.optimize.solvers.decomposition.multipliers import Multipliers
from qkdopt.optimize.solvers.decomposition.shares import Shares

__all__ = ["Prices", "RationalPrices", "rational"]

_DENOMINATOR = 2**60
_HAIR = Fraction(1, 2**58)  # the sum of exponentials is moved this far below one
_DIGITS = 40
_LEAST_MU = 2.0**-30
_LARGEST_A = 2.0**20


@dataclass(frozen=True, eq=False)
class Prices(Multipliers):
    """Multipliers ``mu >= 0`` and ``a`` with ``sum_n q_n exp(a_n + kl_max) <= 1``.

    Then ``a . p <= KL(p || q) - kl_max`` for all shares ``p`` (Gibbs' inequality), so allowed
    schedules have ``a . E <= 0`` and ``S <= S - mu a . E``: their total is at most what they
    are worth at the prices ``c_n = 1 - mu a_n`` per bit. With ``kl_max`` = 0 the condition is
    ``sum_n q_n a_n <= 0``, for then ``a . E = S a . q``.

    Attributes
    ----------
    mu
        Bits of total per bit by which ``a . E`` may rise.
    a
        By target of positive weight, shape ``(T,)``.
    """

    mu: float
    a: Floats

    @classmethod
    def none(cls, shares: Shares) -> Prices:
        """Return the multipliers that charge nothing."""
        return cls(0.0, np.full(shares.target.size, -float(shares.kl_max)))

    @property
    def per_bit(self) -> Floats:
        """What a bit for each target is worth, ``c = 1 - mu a``, shape ``(T,)``."""
        return 1.0 - self.mu * self.a

    def tightened(self, shares: Shares) -> Prices:
        """Return the lowest prices that differ from these by one amount for every target.

        For ``b = mu a`` fixed up to a constant, ``mu ln sum q exp(b / mu) + mu kl_max`` is what
        ``b`` lies too high; it is least for the ``mu`` at which the shares ``~ q exp(b / mu)``
        are just allowed.
        """
        if shares.exact:
            return Prices(self.mu, self.a - float(shares.wanted @ self.a))
        kl_max = float(shares.kl_max)
        a, mu = self.a, self.mu
        if mu > 0.0 and float(np.ptp(a)) > 0.0:
            tilt = boundary_tilt(a, shares.wanted, kl_max, 1.0)
            a, mu = a * tilt, mu / tilt
        top = float(a.max())
        excess = top + float(np.log(shares.wanted @ np.exp(a - top))) + kl_max
        return Prices(mu, a - excess)

    def towards(self, other: Prices, step: float) -> Prices:
        """Return ``(1 - step)`` of these and ``step`` of ``other``: again allowed (convexity)."""
        mu = (1.0 - step) * self.mu + step * other.mu
        if mu == 0.0:
            return self
        slope = (1.0 - step) * self.mu * self.a + step * other.mu * other.a
        return Prices(mu, slope / mu)

    def shares(self, shares: Shares) -> Floats:
        """Return the shares ``q exp(a)``, normalised, at which these prices are tight."""
        weights = shares.wanted * np.exp(self.a - self.a.max())
        return np.asarray(weights / weights.sum())


@dataclass(frozen=True)
class RationalPrices:
    """The same in whole numbers, as a certificate states them; one ``a`` for each target."""

    mu: Fraction
    a: tuple[Fraction, ...]

    def proof(self) -> dict[str, Any]:
        """Return the certificate's proof."""
        return {"kind": "prices", "a": [_text(a) for a in self.a], "mu": _text(self.mu)}

    def per_bit(self, shares: Shares) -> Floats:
        """Return ``1 - mu a`` of the targets of positive weight, rounded, shape ``(T,)``."""
        return np.array([float(1 - self.mu * self.a[n]) for n in shares.target])


def rational(prices: Prices, shares: Shares) -> RationalPrices:
    """Round multipliers to fractions and move ``a`` down until the condition surely holds.

    Costs less than a bit. Prices of targets with weight 0 do not matter and are 0.
    """
    mu = _fraction(prices.mu)
    if mu == 0:
        a = [Fraction(-shares.kl_max) - (0 if shares.exact else _HAIR)] * shares.target.size
    else:
        a = [_fraction(min(max(x, -_LARGEST_A), _LARGEST_A)) for x in prices.a.tolist()]
        shift = _excess(a, shares)
        a = [x - shift for x in a]
    everywhere = [Fraction(0)] * len(shares.problem.targets)
    for n, x in zip(shares.target.tolist(), a, strict=True):
        everywhere[n] = x
    return RationalPrices(mu, tuple(everywhere))


def _excess(a: list[Fraction], shares: Shares) -> Fraction:
    """Return how far ``a`` lies above the condition, rounded up to the grid."""
    total = sum(shares.weights)
    if shares.exact:
        excess = sum((w * x for w, x in zip(shares.weights, a, strict=True)), Fraction(0)) / total
        return Fraction(-(-excess.numerator * _DENOMINATOR // excess.denominator), _DENOMINATOR)
    with localcontext() as context:
        context.prec = _DIGITS
        terms = [
            Decimal(w) * (Decimal(x.numerator) / Decimal(x.denominator) + shares.kl_max).exp()
            for w, x in zip(shares.weights, a, strict=True)
        ]
        excess = Fraction((sum(terms, Decimal(0)) / total).ln())
    return _fraction(excess) + _HAIR


def _fraction(number: float | Fraction) -> Fraction:
    return Fraction(round(Fraction(number) * _DENOMINATOR), _DENOMINATOR)


def _text(number: Fraction) -> str:
    return f"{number.numerator}/{number.denominator}"
