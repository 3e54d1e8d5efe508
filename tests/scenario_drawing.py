"""Drawn problems in cloud scenarios, and their optima by trying every schedule.

The enumeration shares nothing with the solvers: what each schedule delivers in each scenario, what
that is worth, and the mean of the worst outcomes, in fractions from their definitions.
"""

from fractions import Fraction

import numpy as np

import qkdopt as qo
from drawing import every_schedule
from qkdopt.optimize.problem import Link, SchedulingProblem
from qkdopt.optimize.risk import Risk

ALPHAS = ("1", "0.8", "0.5", "0.3", "0.1", "0.01")
SHARES = ("0", "0.25", "0.5", "1")


def drawn_risk(rng):
    """Return a risk; each end is among those drawn."""
    return Risk(str(rng.choice(ALPHAS)), str(rng.choice(SHARES)))


def probabilities(rng, count):
    """Return equal or drawn probabilities."""
    parts = rng.integers(1, 6, count) if rng.random() < 1 / 2 else np.ones(count, int)
    return [Fraction(int(part), int(parts.sum())) for part in parts]


def scenario_problem(seed, *, most_links=3, most_intervals=6, operations=None, most_bits=9):
    """Return a drawn problem with weights, stock and demand; some links share a target."""
    rng = np.random.default_rng([seed, 21])
    links, active = int(rng.integers(1, most_links + 1)), int(rng.integers(1, most_intervals + 1))
    count, targets = int(rng.integers(1, 6)), int(rng.integers(1, links + 1))
    bits = rng.integers(0, most_bits, (count, links, active), endpoint=True)
    bits[rng.random(bits.shape) < rng.choice([0.0, 0.3, 0.6])] = 0
    names = [f"L{n}" for n in range(links)]
    keys = qo.KeyTensor.create(
        np.zeros((links, active), int), np.cumsum(rng.choice([1, 1, 1, 2, 4], active)), names,
        interval_s=10, switch_s=10 * int(rng.integers(3)),
    ).in_scenarios(bits, probabilities(rng, count))  # fmt: skip
    owners = [*range(targets), *rng.integers(0, targets, links - targets).tolist()]
    weights = rng.integers(0, 4, targets).tolist()
    weights[int(rng.integers(targets))] = 1
    joined = [Link(name, int(n)) for name, n in zip(names, owners, strict=True)]
    cities = "ABC"[:targets]
    problem = SchedulingProblem.create(keys, joined, cities, weights, operations)
    reach = int(bits.max(axis=1, initial=0).sum(axis=1).max()) + 1
    stock = dict(zip(cities, rng.integers(0, reach, targets).tolist(), strict=True))
    demand = dict(zip(cities, rng.integers(0, reach, targets).tolist(), strict=True))
    return problem.having(stock=stock if rng.random() < 1 / 2 else None, demand=demand)


def drawn_floors(problem, rng):
    """Return lower bounds that some schedule of half the problems meets in every scenario."""
    most = problem.scenarios.bits.sum(axis=2).min(axis=0)
    floors = {}
    for target, name in enumerate(problem.targets):
        own = sum(int(most[n]) for n, t in enumerate(problem.link_target) if t == target)
        floors[name] = min(int(rng.integers(0, own // 2 + 1)), problem.demand[target])
    return floors


def delivered(problem):
    """Return what every legal schedule delivers, shape ``(schedules, M, T)``."""
    schedules = list(every_schedule(problem))
    found = np.zeros((len(schedules), len(problem.scenarios), len(problem.targets)), np.int64)
    for number, schedule in enumerate(schedules):
        for a, link in enumerate(schedule):
            if link >= 0:
                found[number, :, problem.link_target[link]] += problem.scenarios.bits[:, link, a]
    return np.unique(found, axis=0)


def value_of_rewards(rewards, problem, risk):
    """Return expectation and mean of the worst, as Rockafellar and Uryasev define it."""
    outcomes = list(zip(rewards, problem.probabilities, strict=True))
    mean = sum(pi * r for r, pi in outcomes)
    alpha, share = Fraction(risk.alpha), Fraction(risk.share)
    worst = max(
        eta - sum(pi * max(eta - r, 0) for r, pi in outcomes) / alpha for eta in set(rewards)
    )
    return (1 - share) * mean + share * worst


def reward(name, problem, row):
    """Return the reward of the bits of each target in one scenario."""
    if name == "gd":
        return sum(row)
    if name == "pd":
        return sum(w * e for w, e in zip(problem.weights, row, strict=True))
    if name == "capped":
        return sum(map(min, row, problem.demand))
    whole, stock = sum(problem.weights), problem.stock or (0,) * len(row)
    levels = zip(stock, row, problem.weights, strict=True)
    return min(Fraction((b + e) * whole, w) for b, e, w in levels if w)


def best_in_scenarios(problem, name, risk, floors=None):
    """Return the optimum by enumeration, ``None`` where no schedule is allowed."""
    least = [(floors or {}).get(target, 0) for target in problem.targets]
    values = (
        value_of_rewards([reward(name, problem, row) for row in skies], problem, risk)
        for skies in delivered(problem).tolist()
        if all(e >= floor for row in skies for e, floor in zip(row, least, strict=True))
    )
    return max(values, default=None)
