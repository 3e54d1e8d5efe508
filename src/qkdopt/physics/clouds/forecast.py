"""Forecasts of declining skill for a drawn sky: what is known at each issue, and what may come.

The martingale model of forecast evolution (Heath and Jackson 1994, for forecasts of demand): the
field of the sky is a sum of independent fields,

    Z(t) = sum_l sqrt(v_l) W_l(t),    v_l = rho_l^2 - rho_{l+1}^2,    rho_0 = 1,

each with the sky's own correlation, and ``W_l`` is known ``l`` days ahead. So the mean forecast
of the ``l``-th day has the correlation ``rho_l`` with what comes, later issues refine earlier
ones, and members drawn from what is not known yet are calibrated by construction.

Fields are needed at few instants only, those of passes; the recursion in time is exact at any.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.constants import SECONDS_PER_DAY
from qkdopt.errors import InputError
from qkdopt.numerals import NumeralError, read_float
from qkdopt.physics.clouds.fields import Correlation, distances_km
from qkdopt.physics.clouds.marginals import Marginal
from qkdopt.physics.clouds.samples import LARGEST_CODE, Place

_SECONDS_PER_HOUR = 3600.0
_RIDGE = 1e-12  # lets two stations stand at one place
_MOST_LEADS = 60
_CERTAIN = 1e-12  # deviations below it are none


@dataclass(frozen=True)
class Skill:
    """Correlation of the mean forecast with what comes, by lead.

    Attributes
    ----------
    rho
        Of the first day after the issue, of the second, ...; nothing is known beyond the last.

    Raises
    ------
    InputError
        For correlations outside 0 to 1, or that rise with the lead.
    """

    rho: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse what no forecast can have."""
        steps = pairwise((1.0, *self.rho, 0.0))
        if not 1 <= len(self.rho) <= _MOST_LEADS or not all(a >= b for a, b in steps):
            came = ",".join(f"{rho:g}" for rho in self.rho) or "nothing"
            raise InputError("skill", came, f"1 to {_MOST_LEADS} falling correlations from 0 to 1")

    @property
    def variance(self) -> Floats:
        """Share of the variance that is known 0, 1, ... days ahead, shape ``(L + 1,)``; sum 1."""
        squares = np.array([1.0, *self.rho, 0.0]) ** 2
        shares: Floats = squares[:-1] - squares[1:]
        return shares


SKILLS = {
    "good": Skill((0.92, 0.88, 0.82, 0.75, 0.68, 0.6, 0.5, 0.4, 0.3, 0.2)),
    "poor": Skill((0.7, 0.6, 0.5, 0.42, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1)),
}
"""Skills by name. Both are assumptions, not measured."""


def skill_of(text: str) -> Skill:
    """Return the skill of a name, or of correlations such as ``0.9,0.7,0.4``.

    Raises
    ------
    InputError
        For anything else.
    """
    if text in SKILLS:
        return SKILLS[text]
    try:
        return Skill(tuple(map(read_float, text.split(","))))
    except NumeralError as error:
        expected = f"{' or '.join(SKILLS)}, or correlations such as 0.9,0.7,0.4"
        raise InputError("skill", text, expected) from error


class Forecast(NamedTuple):
    """The law of a field at the instants from an issue on, given all that is known then.

    Attributes
    ----------
    first
        The first of these instants.
    mean
        Of the field, shape ``(T - first, N)``.
    deviation
        Standard deviation about it, the same for all stations, shape ``(T - first,)``.
    """

    first: int
    mean: Floats
    deviation: Floats


class ForecastModel:
    """Draws skies and, for each issue, what may come.

    Parameters
    ----------
    places
        The ``N`` stations.
    time_s
        Instants at which the sky is needed, seconds after some start, rising, shape ``(T,)``.
    issue_s
        When forecasts are issued, rising, shape ``(I,)``.
    """

    def __init__(
        self,
        places: Sequence[Place],
        time_s: Integers,
        issue_s: Integers,
        skill: Skill,
        correlation: Correlation,
    ) -> None:
        self.time_s, self.issue_s, self.skill = time_s, issue_s, skill
        distances = np.exp(-distances_km(places) / correlation.distance_km)
        self._factor = np.linalg.cholesky(distances + _RIDGE * np.eye(len(places)))
        gaps = np.diff(time_s, prepend=time_s[:1]) / (_SECONDS_PER_HOUR * correlation.time_h)
        self._keep = np.exp(-gaps)
        self._fresh = np.sqrt(1.0 - self._keep**2)
        self._keep[:1], self._fresh[:1] = 0.0, 1.0
        self._share = skill.variance

    def draw(self, random: np.random.Generator) -> Floats:
        """Return the components ``sqrt(v_l) W_l`` of a sky, shape ``(L + 1, T, N)``."""
        shape = self._share.size, self.time_s.size, len(self._factor)
        fields = self._correlated(random, shape)
        for i in range(1, self.time_s.size):
            fields[:, i] = self._keep[i] * fields[:, i - 1] + self._fresh[i] * fields[:, i]
        return np.sqrt(self._share)[:, None, None] * fields

    def known(self, issue: int) -> Bools:
        """Return which component is known at which instant, shape ``(L + 1, T)``."""
        lead_s = SECONDS_PER_DAY * np.arange(self._share.size)
        known: Bools = self.time_s < self.issue_s[issue] + lead_s[:, None]
        return known

    def forecast(self, components: Floats, issue: int) -> Forecast:
        """Return the conditional law at an issue; ``components`` as drawn."""
        known, unknown = self.known(issue), self._unknown(issue)
        mean = np.where(known[:, :, None], components, 0.0)
        variance = np.zeros(self.time_s.size)
        for i in range(self.time_s.size):
            new = ~known[:, i]
            if i and new.any():
                mean[new, i] = self._keep[i] * mean[new, i - 1]
            before = variance[i - 1] if i else 0.0
            variance[i] = self._keep[i] ** 2 * before + self._fresh[i] ** 2 * unknown[i]
        first = int(known[0].sum())
        return Forecast(first, mean.sum(axis=0)[first:], np.sqrt(variance[first:]))

    def members(
        self, forecast: Forecast, issue: int, count: int, random: np.random.Generator
    ) -> Floats:
        """Return fields drawn from the conditional law, shape ``(count, T - first, N)``."""
        first, unknown = forecast.first, np.sqrt(self._unknown(issue))
        fields = self._correlated(random, (self.time_s.size - first, count, len(self._factor)))
        fields *= (self._fresh * unknown)[first:, None, None]
        for i in range(1, len(fields)):
            fields[i] += self._keep[first + i] * fields[i - 1]
        return forecast.mean + fields.swapaxes(0, 1)

    def _unknown(self, issue: int) -> Floats:
        """Return the share of the variance that is not known at each instant, shape ``(T,)``."""
        return self._share @ ~self.known(issue)

    def _correlated(self, random: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        return random.standard_normal(shape) @ self._factor.T


def code_law(forecast: Forecast, marginal: Marginal) -> Floats:
    """Return the probability of each whole code, shape ``(151, T - first, N)``.

    Codes are those of :func:`~qkdopt.physics.clouds.marginals.codes_from_latent`.
    """
    from scipy.special import ndtr, ndtri

    between = 1.0 - marginal.clear - marginal.overcast
    halves = (np.arange(LARGEST_CODE) + 0.5) / LARGEST_CODE
    edges = ndtri(marginal.clear + between * halves)[:, None, None]
    deviation = np.maximum(forecast.deviation, _CERTAIN)[:, None]
    below = ndtr((edges - forecast.mean) / deviation)
    return np.diff(below, axis=0, prepend=0.0, append=1.0)
