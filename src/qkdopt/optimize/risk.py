"""Rewards in uncertain cloud scenarios as one number: expectation, worst cases, or both.

With rewards ``R_k`` of probability ``pi_k > 0`` the conditional value at risk ``CVaR_alpha`` is
the mean of the worst share ``alpha`` of all outcomes (Rockafellar and Uryasev 2000):

    value = (1 - share) sum_k pi_k R_k + share CVaR_alpha(R)  =  min over p in P of sum_k p_k R_k
    P = {p: sum_k p_k = 1, (1 - share) pi_k <= p_k <= (1 - share) pi_k + share pi_k / alpha}

``alpha = 1`` or ``share = 0`` is the expectation; with ``share = 1`` and ``alpha`` at most the
least probability the value is the worst case. The value is concave in the rewards, and no larger
than their mean by any ``p`` in ``P``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from qkdopt.errors import InputError
from qkdopt.optimize.decimals import plain_decimal_up_to
from qkdopt.timegrid import plain_decimal

_ONE = Decimal(1)


@dataclass(frozen=True)
class Risk:
    """How much the worst scenarios count.

    Parameters
    ----------
    alpha
        Share of the outcomes, the worst ones, whose mean counts, 0 < alpha <= 1: decimal text, an
        integer, a decimal, or a float, which is taken as it prints. Kept as an exact decimal.
    share
        How much that mean counts beside the expectation, 0 <= share <= 1, given likewise.

    Raises
    ------
    InputError
        For anything else, and for more than 30 decimals.
    """

    alpha: Decimal
    share: Decimal

    def __init__(self, alpha: object = 1, share: object = 0) -> None:
        expected = "a decimal number, 0 < alpha <= 1, at most 30 decimals"
        exact = plain_decimal_up_to(_ONE, alpha, "alpha", expected)
        if not exact:
            raise InputError("alpha", alpha, expected)
        object.__setattr__(self, "alpha", exact)
        expected = "a decimal number, 0 <= risk_share <= 1, at most 30 decimals"
        object.__setattr__(self, "share", plain_decimal_up_to(_ONE, share, "risk_share", expected))

    def __str__(self) -> str:
        """Say both numbers, as messages quote them."""
        return ", ".join(f"{name} {number}" for name, number in self.settings().items())

    @property
    def is_linear(self) -> bool:
        """Whether the value is the expectation, so that no weights have to be chosen."""
        return not self.share or self.alpha == 1

    def settings(self) -> dict[str, object]:
        """Return what a certificate states."""
        return {"alpha": plain_decimal(self.alpha), "risk_share": plain_decimal(self.share)}

    def limits(
        self, probability: Sequence[Fraction]
    ) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
        """Return the least and largest weight of each scenario in ``P``, both shape ``(M,)``."""
        alpha, share = Fraction(self.alpha), Fraction(self.share)
        lower = tuple((1 - share) * pi for pi in probability)
        return lower, tuple(
            least + share * pi / alpha for least, pi in zip(lower, probability, strict=True)
        )

    def worst(
        self, rewards: Sequence[Fraction | int], probability: Sequence[Fraction]
    ) -> tuple[Fraction, ...]:
        """Return the weights in ``P`` at which the mean reward is least, shape ``(M,)``.

        An extreme point: the smallest rewards get all that they can, the first of equals first.
        """
        lower, upper = self.limits(probability)
        weights, left = list(lower), Fraction(self.share)
        for k in sorted(range(len(rewards)), key=rewards.__getitem__):
            more = min(left, upper[k] - lower[k])
            weights[k] += more
            left -= more
        return tuple(weights)

    def value(self, rewards: Sequence[Fraction | int], probability: Sequence[Fraction]) -> Fraction:
        """Return the exact value of rewards, both shape ``(M,)``."""
        weights = self.worst(rewards, probability)
        return sum((p * r for p, r in zip(weights, rewards, strict=True)), Fraction(0))


EXPECTATION = Risk()
"""The mean over all scenarios."""
