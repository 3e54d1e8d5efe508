"""Target shares: what objectives on the Kullback-Leibler mismatch have in common.

Gibbs' inequality: for any ``a`` with ``sum_n q_n exp(a_n) <= 1`` and all shares ``p``,
``a . p <= KL(p || q)``. So ``g(E) = sum_n E_n ln(E_n / (q_n S))``, the total times the mismatch, is
at least ``a . E``: convex, homogeneous of degree one, and every such ``a`` a subgradient.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Self

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.errors import InputError
from qkdopt.optimize.divergence import divergences
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.objectives._share_kernels import boundary_tilt
from qkdopt.optimize.objectives.base import fraction_text
from qkdopt.optimize.problem import SchedulingProblem

_DENOMINATOR = 2**60
_WORD = 2**64
_SAFETY_MARGIN = Fraction(1, 2**58)  # the sum of exponentials is moved this far below one
_DIGITS = 40
_FAR = -500.0  # nats
_NOTHING = 1e-300  # bits
_ABOVE = 1e-12  # relative: floating point is not so wrong
_LARGEST_EXPONENT = 2.0**20


@dataclass(frozen=True, eq=False)
class TargetShares:
    """Target shares of the ``T`` targets of positive weight.

    Attributes
    ----------
    delivery
        Targets of weight 0 do not count: they get nothing.
    target
        Indices of the targets with positive weight, shape ``(T,)``.
    weights
        Their weights, exact.
    wanted
        ``q = w / W``, sums to one, shape ``(T,)``.
    in_view
        Whether a target can be given any key at all, shape ``(T,)``.
    """

    delivery: Delivery
    target: Integers
    weights: tuple[int, ...]
    wanted: Floats
    in_view: Bools

    @classmethod
    def of(cls, problem: SchedulingProblem, strategy: str) -> Self:
        """Return the target shares of a problem's weights.

        Raises
        ------
        InputError
            When the problem has no weights.
        """
        if problem.weights is None:
            raise InputError("weights", "none", f"a weight for every target (strategy {strategy})")
        target = [index for index, weight in enumerate(problem.weights) if weight > 0]
        weights = tuple(problem.weights[index] for index in target)
        place = {index: position for position, index in enumerate(target)}
        position = np.array([place.get(index, -1) for index in problem.link_target], np.int64)
        in_view = np.zeros(len(target), bool)
        has_key = np.array(problem.reach, float) > 0.0
        in_view[position[has_key & (position >= 0)]] = True
        total = sum(weights)
        return cls(
            delivery=Delivery(problem, position, len(target)),
            target=np.array(target, np.int64),
            weights=weights,
            wanted=np.array([weight / total for weight in weights]),
            in_view=in_view,
        )

    def divergence(self, delivered: Floats) -> float:
        """Return ``KL(E / S || q)`` [nats]; ``inf`` when nothing is delivered, shape ``(T,)``."""
        return float(divergences(delivered, self.wanted))

    def out_of_reach(self, kl_max: float) -> str:
        """Return why no schedule's shares are within ``kl_max``, or nothing if some might be.

        Every target in view can be the only one served, so the shares that fractions of
        schedules can have are *all* those on the targets in view. Among these the nearest to
        ``q`` is ``q`` itself without the others: at ``-ln(sum of q in view)``.
        """
        if self.in_view.all():
            return ""
        problem = self.delivery.problem
        names = [problem.targets[n] for n in self.target[~self.in_view]]
        who = f"{', '.join(names)} can never be served"
        seen = float(self.wanted[self.in_view].sum())
        least = -float(np.log(seen)) if seen > 0 else float("inf")
        if least <= kl_max:
            return ""
        if not np.isfinite(least):
            return f"nothing can be delivered: {who}"
        return f"no schedule comes nearer than KL = {least:.4g}: {who}"

    @property
    def step(self) -> int:
        """What the total of every exact match is a multiple of."""
        return sum(self.weights) // math.gcd(*self.weights)

    def least_match(self, bounds: Sequence[int]) -> int:
        """Return the least total of an exact match that has at least so many bits of each."""
        whole, step = sum(self.weights), self.step
        asked = (-(-b * whole // w) for b, w in zip(bounds, self.weights, strict=True))
        return -(-max(asked) // step) * step

    def match(self, delivered: Sequence[int]) -> bool:
        """Say whether whole bits have the target shares exactly; no bits at all do."""
        total, weight = sum(map(int, delivered)), sum(self.weights)
        return all(
            int(e) * weight == w * total for e, w in zip(delivered, self.weights, strict=True)
        )

    def mismatch(self, delivered: Integers, factors: Integers) -> Integers:
        """Return the differences ``E_n w_0 - E_0 w_n`` times factors, modulo 2^64.

        Shapes ``(K, T)`` and ``(T,)``; 0 where the bits have the target shares.
        """
        weights = np.array([w % _WORD - (w % _WORD >> 63 << 64) for w in self.weights])
        differences = delivered * weights[0] - delivered[:, :1] * weights
        return np.asarray(differences @ factors)

    def most_bits(self, kl_max: float, total: int) -> Floats:
        """Return the most bits that each target can have in a total within a divergence, ``(T,)``.

        With Gibbs' inequality for that target and all others together, as the verifier has it.
        """
        most: Floats = self.wanted
        if kl_max:
            x = 1.25 ** np.arange(-20, 16)
            bounds = (kl_max + np.log1p(np.multiply.outer(self.wanted, np.expm1(x)))) / x
            most = bounds.min(axis=1).clip(max=1.0)
        return np.ceil(most * (total * (1.0 + _ABOVE)))

    def by_target(self, numbers: Sequence[int]) -> list[int]:
        """Return numbers of all targets of the problem, 0 for those that do not count."""
        known = dict(zip(self.target.tolist(), numbers, strict=False))
        return [known.get(n, 0) for n in range(len(self.delivery.problem.targets))]

    def texts(self, numbers: Sequence[Fraction]) -> list[str]:
        """Return numbers of all targets as proofs write them, 0 for those of weight 0."""
        result = ["0/1"] * len(self.delivery.problem.targets)
        for n, x in zip(self.target.tolist(), numbers, strict=True):
            result[n] = fraction_text(x)
        return result

    def normalised(self, a: Floats) -> Floats:
        """Return ``a`` shifted so that ``sum q exp(a)`` is one."""
        top = float(a.max(initial=0.0))
        if a.size and float(a.max()) < _FAR:  # exponentials would vanish
            top = float(a.max())
        return np.asarray(a - top - np.log(self.wanted @ np.exp(a - top)))

    def cut(self, slope: Floats, kl_max: float) -> Floats:
        """Return ``a`` with ``a . p <= 0`` within ``kl_max``, ``slope`` tilted to be strongest."""
        tilted = slope * boundary_tilt(slope, self.wanted, kl_max)
        return np.asarray(self.normalised(tilted) - kl_max)

    def slopes(self, delivered: Floats, least: float = 1e-9) -> Floats:
        """Return ``ln(p / q)`` at the shares of some bits, at least ``least q``, normalised."""
        bits = np.maximum(delivered, 0.0)
        share = np.maximum(bits / max(float(bits.sum()), _NOTHING), least * self.wanted)
        return self.normalised(np.log(share / self.wanted))

    def rational_exponents(self, a: Floats, beside: Decimal) -> list[Fraction]:
        """Return ``a`` as fractions, moved down until ``sum q exp(a + beside) <= 1`` for sure.

        Costs less than a bit.
        """
        exact = [on_grid(min(max(x, -_LARGEST_EXPONENT), _LARGEST_EXPONENT)) for x in a.tolist()]
        with localcontext(prec=_DIGITS):
            terms = [
                Decimal(w) * (Decimal(x.numerator) / Decimal(x.denominator) + beside).exp()
                for w, x in zip(self.weights, exact, strict=True)
            ]
            total = sum(terms, Decimal(0)) / sum(self.weights)
            excess = on_grid(Fraction(total.ln())) + _SAFETY_MARGIN
        return [x - excess for x in exact]

    def rational_slopes(self, a: Floats) -> list[Fraction]:
        """Return ``a`` as fractions, moved down until ``sum q a <= 0``."""
        exact = [on_grid(min(max(x, -_LARGEST_EXPONENT), _LARGEST_EXPONENT)) for x in a.tolist()]
        mean = sum((w * x for w, x in zip(self.weights, exact, strict=True)), Fraction(0))
        mean /= sum(self.weights)
        up = Fraction(-(-mean.numerator * _DENOMINATOR // mean.denominator), _DENOMINATOR)
        return [x - up for x in exact]


def unwanted(problem: SchedulingProblem, floors: Sequence[int]) -> str:
    """Return which target has a lower bound and must not be served, or nothing."""
    for name, least, weight in zip(problem.targets, floors, problem.weights or (), strict=False):
        if least and not weight:
            return f"{name} has a lower bound, but weight 0"
    return ""


def on_grid(number: float | Fraction) -> Fraction:
    """Return the nearest multiple of ``2^-60``."""
    return Fraction(round(Fraction(number) * _DENOMINATOR), _DENOMINATOR)
