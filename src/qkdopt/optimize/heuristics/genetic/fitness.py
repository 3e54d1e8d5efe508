"""What makes an individual fit: its value, and how far its shares are from the weights."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.optimize.divergence import divergences
from qkdopt.optimize.domain.longest_path import interval_gains
from qkdopt.optimize.limits import limits_of
from qkdopt.optimize.objectives.targeted import TargetedObjective
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategy import LinearStrategy, Strategy

_DOUBT = 1e-9  # nats: :meth:`FitnessFunction.allows` decides


@dataclass(frozen=True, eq=False)
class FitnessFunction:
    """Values and divergences of ``P`` individuals at once; ``T`` targets, ``N`` links.

    Attributes
    ----------
    coefficients
        ``c`` by target: the value is ``sum_n c_n E_n``; shape ``(T,)``.
    wanted
        Shares ``q`` by target, 0 at weight 0; ``None`` without weights; shape ``(T,)``.
    targeted
        What S-TD asks for, or ``None``.
    servable
        Whether a link may be served in an interval, shape ``(N, A)``.
    penalty
        What a bit of excess ``S (KL - kl_max)`` takes from the fitness; 0 for the paper's
        fitness, which does not know the divergence.
    """

    coefficients: Integers
    wanted: Floats | None
    targeted: TargetedObjective | None
    servable: Bools
    penalty: float = 0.0

    @classmethod
    def create(cls, problem: SchedulingProblem, strategy: Strategy) -> Self:
        """Return the goal of a strategy.

        Raises
        ------
        InputError
            When the strategy needs weights and there are none.
        SolverError
            When values do not fit 64-bit integers.
        """
        servable = limits_of(problem).servable
        if isinstance(strategy, LinearStrategy):
            targeted, by_link = None, strategy.coefficients(problem)
        else:
            targeted = TargetedObjective.create(problem, strategy)
            by_link = np.ones(len(problem.links), np.int64)
            servable = servable & (targeted.delivery.position >= 0)[:, np.newaxis]
        if problem.links:
            interval_gains(problem, by_link)  # refuses values that are too large
        coefficients = np.zeros(len(problem.targets), np.int64)
        coefficients[list(problem.link_target)] = by_link
        wanted = None
        if problem.weights is not None:
            wanted = np.array([w / sum(problem.weights) for w in problem.weights])
        return cls(coefficients, wanted, targeted, servable)

    @property
    def kl_max(self) -> float | None:
        """Largest divergence [nats] of S-TD, else ``None``."""
        return None if self.targeted is None else float(self.targeted.kl_max)

    def values(self, delivered: Integers) -> Integers:
        """Return ``sum_n c_n E_n`` of individuals, exact; bits of shape ``(P, T)``."""
        return delivered @ self.coefficients

    def divergences(self, delivered: Integers) -> Floats:
        """Return ``KL(E / S || q)`` [nats] of individuals, shape ``(P,)``.

        Infinite for one that delivers nothing, or something to a target of weight 0; ``nan``
        without weights.
        """
        if self.wanted is None:
            return np.full(delivered.shape[0], np.nan)
        return divergences(delivered, self.wanted)

    def fitness(self, values: Integers, divergences: Floats) -> Integers | Floats:
        """Return what individuals are selected by, shape ``(P,)``."""
        if self.kl_max is None or not self.penalty:
            return values
        excess = np.where(values > 0, np.maximum(0.0, divergences - self.kl_max), 0.0)
        return values * (1.0 - self.penalty * excess)

    def near(self, divergences: Floats) -> Bools:
        """Say which individuals seem to be near enough, shape ``(P,)``."""
        if self.kl_max is None:
            return np.ones(divergences.shape, bool)
        return divergences <= self.kl_max + _DOUBT

    def allows(self, delivered: Integers) -> bool:
        """Say whether the bits of one individual, shape ``(T,)``, are near enough, safely."""
        targeted = self.targeted
        return targeted is None or targeted.allows(delivered[targeted.shares.target])
