"""Prices of proportion: the multipliers behind every bound on targeted delivery."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.solvers.decomposition._tilt_kernels import boundary_tilt
from qkdopt.optimize.solvers.decomposition.multipliers import Multipliers
from qkdopt.optimize.solvers.decomposition.shares import Shares

__all__ = ["Prices", "RationalPrices", "rational"]

_DENOMINATOR = 2**60
_HAIR = Fraction(1, 2**58)  # the sum of exponentials is moved this far below one
_DIGITS = 40
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
    nu, owed
        Prices >= 0 of floors, shape ``(T,)``, and ``sum nu l``: as ``nu . (E - l) >= 0``, a bit
        may earn ``nu`` more, and what is owed is taken off.
    """

    mu: float
    a: Floats
    nu: Floats | float = 0.0
    owed: float = 0.0

    @classmethod
    def none(cls, shares: Shares) -> Prices:
        """Return the multipliers that charge nothing."""
        return cls(0.0, np.full(shares.target.size, -float(shares.kl_max)))

    @property
    def per_bit(self) -> Floats:
        """What a bit for each target is worth, ``c = 1 - mu a + nu``, shape ``(T,)``."""
        return np.asarray(1.0 - self.mu * self.a + self.nu)

    @property
    def constant(self) -> float:
        """What the bound adds to the longest path."""
        return -self.owed

    def with_floors(self, nu: Floats, floors: Integers) -> Prices:
        """Return the same prices with those of floors."""
        return replace(self, nu=nu, owed=float(nu @ floors))

    def tightened(self, shares: Shares) -> Prices:
        """Return the lowest prices that differ from these by one amount for every target.

        For ``b = mu a`` fixed up to a constant, ``mu ln sum q exp(b / mu) + mu kl_max`` is what
        ``b`` lies too high; it is least for the ``mu`` at which the shares ``~ q exp(b / mu)``
        are just allowed.
        """
        if shares.exact:
            return replace(self, a=self.a - float(shares.wanted @ self.a))
        kl_max = float(shares.kl_max)
        a, mu = self.a, self.mu
        if mu > 0.0 and float(np.ptp(a)) > 0.0:
            tilt = boundary_tilt(a, shares.wanted, kl_max, 1.0)
            a, mu = a * tilt, mu / tilt
        top = float(a.max())
        excess = top + float(np.log(shares.wanted @ np.exp(a - top))) + kl_max
        return replace(self, mu=mu, a=a - excess)

    def towards(self, other: Prices, step: float) -> Prices:
        """Return ``(1 - step)`` of these and ``step`` of ``other``: again allowed (convexity)."""
        mu = (1.0 - step) * self.mu + step * other.mu
        nu = (1.0 - step) * self.nu + step * other.nu
        owed = (1.0 - step) * self.owed + step * other.owed
        if mu == 0.0:
            return Prices(mu, self.a, nu, owed)
        slope = (1.0 - step) * self.mu * self.a + step * other.mu * other.a
        return Prices(mu, slope / mu, nu, owed)

    def shares(self, shares: Shares) -> Floats:
        """Return the shares ``q exp(a)``, normalised, at which these prices are tight."""
        weights = shares.wanted * np.exp(self.a - self.a.max())
        return np.asarray(weights / weights.sum())


@dataclass(frozen=True)
class RationalPrices:
    """The same in whole numbers, as a certificate states them; one ``a`` for each target."""

    mu: Fraction
    a: tuple[Fraction, ...]
    nu: tuple[Fraction, ...] = ()

    def stated(self) -> dict[str, Any]:
        """Return the multipliers as a certificate states them."""
        floors = {"nu": [_text(x) for x in self.nu]} if self.nu else {}
        return {"a": [_text(a) for a in self.a], "mu": _text(self.mu), **floors}

    def proof(self) -> dict[str, Any]:
        """Return the certificate's proof."""
        return {"kind": "prices", **self.stated()}

    def per_bit(self, shares: Shares) -> Floats:
        """Return ``1 - mu a + nu`` of the targets of positive weight, rounded, shape ``(T,)``."""
        nu = self.nu or (Fraction(0),) * len(self.a)
        return np.array([float(1 - self.mu * self.a[n] + nu[n]) for n in shares.target])

    def owed(self, shares: Shares) -> Fraction:
        """Return ``sum nu l``."""
        if not self.nu:
            return Fraction(0)
        pairs = zip(shares.target.tolist(), shares.floors.tolist(), strict=True)
        return sum((self.nu[n] * least for n, least in pairs), Fraction(0))


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
    nu: tuple[Fraction, ...] = ()
    if shares.floors.any():
        whole = np.zeros(shares.target.size) + prices.nu
        nu = _everywhere([max(_fraction(x), Fraction(0)) for x in whole.tolist()], shares)
    return RationalPrices(mu, _everywhere(a, shares), nu)


def _everywhere(numbers: list[Fraction], shares: Shares) -> tuple[Fraction, ...]:
    """Return numbers of all targets, 0 for those of weight 0."""
    everywhere = [Fraction(0)] * len(shares.problem.targets)
    for n, x in zip(shares.target.tolist(), numbers, strict=True):
        everywhere[n] = x
    return tuple(everywhere)


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
