"""The real sky of a month, and what each issue says about what is left of it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.physics.clouds.forecast import ForecastModel, code_law
from qkdopt.physics.clouds.marginals import Marginal, codes_from_latent
from qkdopt.study.rolling.cloudy_keys import code_shares

MONTH, TRAINING, MEMBERS, SEARCH, RANKS = range(5)
"""What a stream of random numbers is for."""


def random_of(seed: int, *purpose: int) -> np.random.Generator:
    """Return the random numbers of one purpose; the same whatever else is drawn."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=purpose))


class Sky(Protocol):
    """A month as it turns out, and its forecasts; ``T`` instants, ``N`` stations."""

    @property
    def real(self) -> Integers:
        """Whole codes, shape ``(T, N)``."""

    def law(self, issue: int) -> Floats:
        """Return the probability of each code from an issue on, shape ``(151, T', N)``."""

    def members(self, issue: int, count: int) -> Integers:
        """Return at most ``count`` possible skies from an issue on, shape ``(M, T', N)``."""


class Months(Protocol):
    """Where skies come from."""

    def sky(self, month: int) -> Sky:
        """Return one of the months that are scored, from 0 on."""

    def training(self, month: int) -> Sky | None:
        """Return one of other months, for the penalty of the bound; ``None`` without any."""


@dataclass(frozen=True, eq=False)
class _DrawnSky:
    model: ForecastModel
    marginal: Marginal
    components: Floats
    seed: int
    month: int

    @property
    def real(self) -> Integers:
        return self._codes(self.components.sum(axis=0))

    def law(self, issue: int) -> Floats:
        return code_law(self.model.forecast(self.components, issue), self.marginal)

    def members(self, issue: int, count: int) -> Integers:
        random = random_of(self.seed, MEMBERS, self.month, issue)
        forecast = self.model.forecast(self.components, issue)
        return self._codes(self.model.members(forecast, issue, count, random))

    def _codes(self, field: Floats) -> Integers:
        return codes_from_latent(field, self.marginal).astype(np.int64)


@dataclass(frozen=True, eq=False)
class DrawnMonths:
    """Months drawn with their forecasts; calibrated by construction."""

    model: ForecastModel
    marginal: Marginal
    seed: int

    def sky(self, month: int) -> Sky:
        """Return one of the months that are scored."""
        return self._drawn(MONTH, month)

    def training(self, month: int) -> Sky | None:
        """Return one of other months, drawn alike."""
        return self._drawn(TRAINING, month)

    def _drawn(self, purpose: int, month: int) -> _DrawnSky:
        components = self.model.draw(random_of(self.seed, purpose, month))
        return _DrawnSky(self.model, self.marginal, components, self.seed, month)


@dataclass(frozen=True, eq=False)
class FileMonth:
    """One month with its forecasts, as files have them.

    Attributes
    ----------
    real
        Whole codes, shape ``(T, N)``.
    forecasts
        Those of the ensemble of each issue from it on, shape ``(M, T', N)`` each.
    """

    real: Integers
    forecasts: tuple[Integers, ...]

    def sky(self, month: int) -> Sky:
        """Return the one month."""
        return self

    def training(self, month: int) -> Sky | None:
        """Return nothing: there are no other months."""
        return None

    def law(self, issue: int) -> Floats:
        """Return the share of members with each code."""
        return code_shares(self.forecasts[issue])

    def members(self, issue: int, count: int) -> Integers:
        """Return the first members of the issue."""
        return self.forecasts[issue][:count]
