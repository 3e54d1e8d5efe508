"""Compiled local search from the best that a genetic algorithm left."""

from collections.abc import Callable

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.decomposition._annealing_kernels import Columns, Cooling, anneal
from qkdopt.optimize.decomposition.annealing import stages
from qkdopt.optimize.decomposition.column_generation import LagrangianBound
from qkdopt.optimize.decomposition.column_pool import ColumnPool
from qkdopt.optimize.decomposition.share_lns import ShareLNS
from qkdopt.optimize.exchange.parameters import PolishParameters
from qkdopt.optimize.objectives.targeted import TargetedObjective

Offer = Callable[[Integers], bool]


def polish_choice(
    objective: TargetedObjective,
    pool: ColumnPool,
    root: LagrangianBound,
    start: Integers,
    rounds: int,
    random: np.random.Generator,
    stop: Callable[[], bool],
    offer: Offer,
    parameters: PolishParameters,
) -> None:
    """Anneal a choice of columns ``rounds`` times, always from the best so far.

    Parameters
    ----------
    objective, pool, root
        What is asked, the columns, and the bound with its prices.
    start
        A choice that need not be near enough, shape ``(B,)``.
    stop
        Asked before each round.
    offer
        Given services that seem to be near enough; says whether they are the best so far.
    """
    scale, mu = float(root.value), max(objective.mu(root.multipliers.vector), parameters.least_mu)
    best, total, steps = start.copy(), 0.0, parameters.first_steps
    columns = Columns(pool.first, pool.delivered)
    shares = objective.kernel_data._replace(kl_max=float(objective.kl_max) - parameters.margin)
    for turn in range(rounds):
        if stop():
            return
        found = best.copy()
        reached, choice = total, best.copy()
        hot, cold = parameters.hot[turn % 2] * scale, parameters.cold * scale
        data = shares._replace(penalty=mu * parameters.penalties[turn % 2])
        for warm, cool, part in stages(hot, cold, steps, 4 * shares.wanted.size):
            cooling = Cooling(warm, cool, part)
            reached = anneal(columns, data, cooling, random, choice, found, reached)
            if stop():
                break
        if reached > total:
            best, total = found, reached
            offer(pool.service(best))
        steps = min(2 * steps, parameters.most_steps)


def polish_service(
    objective: TargetedObjective,
    root: LagrangianBound,
    start: Integers,
    rounds: int,
    random: np.random.Generator,
    stop: Callable[[], bool],
    offer: Offer,
) -> None:
    """Replace windows of a schedule by longest paths ``rounds`` times; see :func:`polish_choice`.

    ``start`` are services, shape ``(A,)``.
    """
    walk = ShareLNS(
        objective.shares,
        kl_max=float(objective.kl_max),
        mu=objective.mu(root.multipliers.vector),
        scale=float(root.value),
        start=start,
    )
    for _ in range(rounds):
        if stop():
            return
        if walk.run(random, stop):
            offer(walk.best)
