"""How a search by generations went."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Generation"]


@dataclass(frozen=True)
class Generation:
    """One line of the history of a search that keeps a population.

    Attributes
    ----------
    evaluations
        Individuals rated so far.
    seconds
        Wall time so far [s].
    best
        Value of the best allowed schedule so far; 0 while there is none.
    divergence
        ``KL(E / S || q)`` [nats] of that schedule, or ``None`` while there is none, without
        weights, or where it is infinite.
    mean
        Mean value of the individuals of this generation.
    least_divergence
        Least divergence in this generation [nats], or ``None`` as above.
    """

    evaluations: int
    seconds: float
    best: int
    divergence: float | None
    mean: float
    least_divergence: float | None
