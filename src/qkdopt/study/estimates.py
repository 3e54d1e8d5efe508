"""Means over cloud scenarios with standard errors, of risk values by the delta method.

The conditional value at risk is a smooth function of the distribution of rewards, so to first
order its estimate from ``M`` scenarios is the mean of one term for each (Trindade et al. 2007):

    CVaR_alpha(R) = sum_k pi_k (q - max(q - R_k, 0) / alpha),    q the alpha-quantile of R

The spread of these terms gives its standard error and, term by term, that of a difference between
two schedules on the same scenarios.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Self

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.optimize.risk import Risk

METHOD = "delta method"
"""How standard errors are found."""

_LARGE, _SMALL = 1000, 0.01


@dataclass(frozen=True)
class Estimate:
    """A mean over scenarios.

    Attributes
    ----------
    error
        Its standard error, in the same unit; ``None`` for one scenario.
    """

    value: float
    error: float | None

    @classmethod
    def of(cls, terms: Floats, probability: Sequence[Fraction]) -> Self:
        """Return the mean of one number for each of ``M`` independent scenarios.

        Parameters
        ----------
        terms
            Shape ``(M,)``.
        probability
            Of the scenarios, with a sum of 1.
        """
        shares = np.array([float(share) for share in probability])
        mean, count = float(shares @ terms), len(shares)
        if count == 1:
            return cls(mean, None)
        spread = float(((shares * (terms - mean)) ** 2).sum())
        return cls(mean, math.sqrt(spread * count / (count - 1)))

    @property
    def words(self) -> str:
        """The estimate and its standard error, with decimals where it is small."""
        if 0 < abs(self.value) < _SMALL and self.error is None:
            return f"{self.value:.2g}"
        large = abs(self.value) >= _LARGE or not (self.value or self.error)
        digits = 0 if large else 2
        beside = "" if self.error is None else f" ± {self.error:,.{digits}f}"
        return f"{self.value:,.{digits}f}{beside}"

    def document(self) -> dict[str, object]:
        """Return the estimate for a JSON file."""
        return {"estimate": self.value, "standard_error": self.error}


def risk_terms(
    rewards: Sequence[Fraction | int], probability: Sequence[Fraction], risk: Risk
) -> Floats:
    """Return one number for each scenario; their mean is the risk value of the rewards.

    Parameters
    ----------
    rewards, probability
        Of each scenario, shape ``(M,)``.

    Returns
    -------
    Shape ``(M,)``; the rewards themselves where the value is the expectation.
    """
    known = np.array([float(reward) for reward in rewards])
    order = np.argsort(known, kind="stable").tolist()
    reached = accumulate(probability[k] for k in order)
    within = zip(order, reached, strict=True)
    worst = next(k for k, share in within if share >= Fraction(risk.alpha))
    quantile, share = known[worst], float(risk.share)
    tail: Floats = quantile - np.maximum(quantile - known, 0.0) / float(risk.alpha)
    return (1.0 - share) * known + share * tail
