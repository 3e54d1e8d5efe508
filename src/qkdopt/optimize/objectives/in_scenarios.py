"""The objective of uncertain cloud scenarios that belongs to one of a single sky."""

import math
from decimal import Decimal
from fractions import Fraction
from functools import singledispatch

import numpy as np

from qkdopt.errors import SolverError
from qkdopt.optimize.domain.longest_path import check_sums
from qkdopt.optimize.domain.scenario_delivery import ScenarioDelivery
from qkdopt.optimize.objectives.base import ConcaveObjective
from qkdopt.optimize.objectives.max_min import MaxMinObjective
from qkdopt.optimize.objectives.risk import RiskObjective
from qkdopt.optimize.objectives.risk_rewards import CappedRisk, LevelRisk, TotalRisk
from qkdopt.optimize.objectives.scenario_weights import ScenarioWeights
from qkdopt.optimize.objectives.separable import SeparableObjective
from qkdopt.optimize.risk import Risk
from qkdopt.tensor import Scenarios


@singledispatch
def in_scenarios(reward: ConcaveObjective, scenarios: Scenarios, risk: Risk) -> RiskObjective:
    """Return the objective whose reward in each scenario is a given one.

    Raises
    ------
    SolverError
        For a reward that is known under one sky only.
    """
    raise SolverError(f"{type(reward).__name__} is known under one sky only")


@in_scenarios.register
def _(reward: SeparableObjective, scenarios: Scenarios, risk: Risk) -> RiskObjective:
    problem, weights = reward.problem, ScenarioWeights(risk, scenarios.probability)
    bounds = reward.lower_bounds if any(reward.lower) else ()
    caps = tuple(cap for cap in reward.upper if cap is not None)
    if caps:
        delivery = ScenarioDelivery.to_targets(problem, scenarios)
        return CappedRisk(delivery, weights, bounds, caps)
    coefficients = np.array(reward.reward, np.int64)[np.array(problem.link_target, np.int64)]
    check_sums(problem, coefficients)
    if bounds:
        delivery = ScenarioDelivery.to_targets(problem, scenarios)
        return TotalRisk(delivery, weights, bounds, reward.reward)
    return TotalRisk(ScenarioDelivery.of_sum(problem, scenarios, coefficients), weights)


@in_scenarios.register
def _(reward: MaxMinObjective, scenarios: Scenarios, risk: Risk) -> RiskObjective:
    weights = ScenarioWeights(risk, scenarios.probability)
    delivery = ScenarioDelivery.to_targets(reward.problem, scenarios)
    return LevelRisk(delivery, weights, reward.bounds, reward.problem.weights or (), reward.stock)


def worst_part(objective: RiskObjective) -> tuple[LevelRisk, Fraction]:
    """Return ``min y_kn / l_n`` over the lower bounds, and what it is where all are met."""
    least, probability = objective.bounds, objective.weights.probability
    rarer = Decimal(10) ** -len(str(math.ceil(1 / min(probability))))
    delivery = ScenarioDelivery.to_targets(objective.problem, objective.delivery.scenarios)
    worst = ScenarioWeights(Risk(rarer, 1), probability)
    return LevelRisk(delivery, worst, (), least, (0,) * len(least)), Fraction(sum(least))
