"""Where column generation begins: multipliers, their longest path, and first schedules."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.decomposition.column_walks import ColumnWalks
from qkdopt.optimize.domain.pricing import LongestPath, PricingProblem
from qkdopt.optimize.objectives.base import ConcaveObjective, Multipliers
from qkdopt.optimize.prices_file import StartingPrices


def first_multipliers(objective: ConcaveObjective, prices: StartingPrices | None) -> Multipliers:
    """Return admissible multipliers to begin with, near prices if there are any."""
    if prices is None:
        return Multipliers.near(objective, objective.first_multipliers())
    vector, delivery = objective.first_multipliers(), objective.delivery
    if prices.target:
        vector = objective.multipliers_at(delivery.at_targets(np.array(prices.target)))
    first = Multipliers.near(objective, vector)
    stated = prices.of_receivers(delivery.problem.receivers)
    return replace(first, receiver_price=None if stated is None else stated / objective.scale)


class Beginning(NamedTuple):
    """The best multipliers to begin with, their longest path, and all schedules met."""

    multipliers: Multipliers
    path: LongestPath
    services: list[Integers]


def beginning(
    given: Multipliers,
    pricing: PricingProblem,
    walks: ColumnWalks | None,
    on_schedule: Callable[[Integers], object],
    offer: Callable[[Integers], object],
    *,
    walked: bool,
) -> Beginning:
    """Return the multipliers that a first walk suggests, if there is one, else those given.

    ``on_schedule`` is given what the clock has no part in, ``offer`` the schedules of paths;
    ``walked`` says whether to walk.
    """
    services, tried = list[Integers](), [given]
    if walks is not None:
        start = pricing.best_service(given.per_bit)
        on_schedule(start)
        service, suited = walks.begin(start) if walked else (None, [])
        if service is not None:
            on_schedule(service)
            services, tried = [service], suited
    found = []
    for first in tried:
        path = pricing(first.per_bit, (), first.receiver_price)
        offer(path.service)
        services.append(path.service)
        found.append(Beginning(replace(first, receiver_price=path.receiver_price), path, services))
    return min(found, key=lambda begun: begun.multipliers.bound(begun.path.value))
