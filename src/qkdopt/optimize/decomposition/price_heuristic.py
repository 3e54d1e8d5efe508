"""Schedules that reach caps: prices rise below the caps and fall above them.

At the bound's own prices further bits of a target whose cap can be reached have no value, so
where all caps can be reached all schedules are equally good there, the empty one too. Gives no
guarantee; each schedule is exact for the prices of its turn (multiplicative weights).
"""

from collections.abc import Callable

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.objectives.separable import SeparableObjective
from qkdopt.optimize.schedule import Schedule

_TURNS = 60
_SATED = 0.7  # factor on the price of a target that has its cap
_LEAST = 1e-6  # of the greatest price


def multiplicative_price_heuristic(
    objective: SeparableObjective,
    pricing: PricingProblem,
    offer: Callable[[Integers], None],
    done: Callable[[], bool],
) -> Floats:
    """Offer schedules until ``done`` says so, at most sixty of them.

    Returns
    -------
    Floats
        Prices by target, from 0 to the target's cost: the mean over all turns, near which
        the search may go on.
    """
    cost = np.array(objective.reward, dtype=np.float64)
    caps = np.array([np.inf if cap is None else cap for cap in objective.upper])
    prices, total = cost.copy(), np.zeros(cost.size)
    for _ in range(_TURNS):
        if done():
            break
        total += prices / max(prices.max(), _LEAST)
        service = pricing.best_service(prices)
        offer(service)
        bits = np.array(Schedule(service).delivered(objective.problem), dtype=np.float64)
        short = np.where(np.isinf(caps) | (caps == 0.0), 0.0, 1.0 - bits / np.maximum(caps, 1.0))
        prices *= np.where(short > 0.0, 1.0 + short, np.where(caps <= bits, _SATED, 1.0))
        prices = np.maximum(prices, _LEAST * prices.max()) * (cost > 0.0)
    return np.asarray(np.minimum(total / max(total.max(), _LEAST), cost))
