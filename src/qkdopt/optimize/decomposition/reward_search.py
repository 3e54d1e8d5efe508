"""One column of each block for rewards or a common level, chosen by annealing."""

from collections.abc import Sequence

from qkdopt.arrays import Floats
from qkdopt.optimize.decomposition.column_pool import ColumnPool
from qkdopt.optimize.decomposition.column_search import ColumnSearch
from qkdopt.optimize.decomposition.primal_heuristics import HeuristicContext
from qkdopt.optimize.decomposition.reward_levels import LEVELS, RewardLevels
from qkdopt.optimize.exchange.parameters import AnnealingParameters
from qkdopt.optimize.objectives.max_min import MaxMinObjective
from qkdopt.optimize.objectives.separable import SeparableObjective


def anneal(
    objective: MaxMinObjective | SeparableObjective,
    context: HeuristicContext,
    pool: ColumnPool,
    prices: Floats,
    rounds: int,
    parameters: AnnealingParameters,
    levels: Sequence[float] = LEVELS,
) -> float:
    """Choose one column from each block, offer what is better; return how long it takes [s]."""
    value, bound = context.incumbent.value, max(float(context.root.value), 1.0)
    data = RewardLevels(objective, prices, bound, levels)
    known = -1.0 if value is None else float(value)
    search = ColumnSearch(pool, data, bound, context.random, known, parameters)
    search.run(context.stop, lambda: context.try_incumbent(pool.service(search.choice)), rounds)
    return search.effort_s(rounds)
