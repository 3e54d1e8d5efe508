"""Tuning of ``hybrid``."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["HybridParameters", "PolishParameters"]


@dataclass(frozen=True)
class HybridParameters:
    """When schedules of blocks are listed, how individuals begin, and how time is shared.

    Attributes
    ----------
    long_block
        Active intervals; schedules of longer blocks are too many to list.
    columns, most_columns
        Schedules listed for each block, and for all together.
    cell
        Share of what a target gets: columns nearer than that count as the same.
    loss, least_loss
        What a column may lose: a share of the bound, and bits [bits].
    grain
        Share of the bound below which losses count as the same.
    groups
        Of blocks that have prices of their own, at most.
    penalty, least_mu
        What excess divergence takes from the fitness: so many times the relaxation's multiplier,
        which counts as at least ``least_mu`` [bits/nat and bit].
    seeded
        Individuals of the first generation that come from the relaxation.
    genes_s
        Work that goes to generations where time is limited [s]; the rest goes to local search.
    rating_s
        About what DEAP takes for an individual [s].
    rounds
        Of local search when there is no time limit.
    """

    long_block: int = 200
    columns: int = 400
    most_columns: int = 20_000
    cell: float = 5e-3
    loss: float = 2e-3
    least_loss: float = 1e4
    grain: float = 1e-5
    groups: int = 24
    penalty: float = 2.0
    least_mu: float = 0.05
    seeded: int = 20
    genes_s: float = 2.0
    rating_s: float = 3e-5
    rounds: int = 6


@dataclass(frozen=True)
class PolishParameters:
    """Heat and length of the local search over columns.

    Attributes
    ----------
    cold, hot
        Shares of the bound; hot ones in turn: near the start, and far from it.
    penalties
        Times the multiplier of the divergence, in turn.
    least_mu
        That multiplier is at least this.
    first_steps, most_steps
        Each round is twice as long as the one before.
    margin
        Distance that is kept from the divergence allowed [nats].
    """

    cold: float = 3e-6
    hot: tuple[float, float] = (3e-4, 3e-3)
    penalties: tuple[float, float] = (1.2, 3.0)
    least_mu: float = 0.05
    first_steps: int = 100_000
    most_steps: int = 2_000_000
    margin: float = 2e-12
