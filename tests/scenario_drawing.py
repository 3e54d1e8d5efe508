"""Drawn problems in cloud scenarios, and their optima by trying every schedule.

The enumeration shares nothing with the solvers: what each schedule delivers in each scenario, what
that is worth, and the mean of the worst outcomes, in fractions from their definitions.
"""

from dataclasses import replace
from fractions import Fraction

import numpy as np

import qkdopt as qo
from drawing import every_schedule
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.problem import Link, SchedulingProblem
from qkdopt.optimize.problem_file import problem_from_document
from qkdopt.optimize.risk import Risk
from test_satellites_by_programmes import legal_cells

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


def drawn_operations(rng, problem):
    """Return rules for one satellite, each off more often than on; few contradict each other."""

    def maybe(value):
        return value if rng.random() < 1 / 3 else None

    links, last = len(problem.links), int(problem.interval[-1])
    cells = [(int(rng.integers(-1, links)), int(rng.integers(last + 1))) for _ in range(2)]
    matrix = 10 * rng.integers(0, 3, (links, links))
    np.fill_diagonal(matrix, 0)
    return Operations.create(
        forbidden=maybe(cells) or (),
        locked=maybe(cells[:1]) or (),
        minimum_dwell_s=maybe(20),
        max_handovers=maybe(int(rng.integers(3))),
        max_handovers_per_pass=maybe(int(rng.integers(2))),
        max_service_s_per_pass=maybe(int(rng.integers(10, 40))),
        switch_matrix_s=maybe(matrix.tolist()),
    )


def satellites_problem(seed, most_cells=9, operated=1 / 3):
    """Return two or three satellites over two stations, of which some links take both.

    A share ``operated`` of the problems has operations.
    """
    rng = np.random.default_rng([seed, 22])
    count, left = int(rng.integers(1, 4)), most_cells
    share = probabilities(rng, count)
    satellites = int(rng.integers(2, 4))
    ends = [[0], [1], [0, 1]][: int(rng.integers(2, 4))]
    links, contacts = [], []
    for s in range(satellites):
        for target, stations in enumerate(ends):
            first, length = int(rng.integers(3)), min(left, int(rng.integers(1, 3)))
            if length:
                bits = rng.integers(0, 9, (count, length), endpoint=True)
                bits[0] += bits.max(axis=0) == 0
                contacts.append({"link": len(links), "first": first, "bits": bits.tolist()})
                name = f"{s} {target}"
                links.append({"name": name, "satellite": s, "stations": stations, "target": target})
                left -= length
    document = {
        "format": "qkdopt-problem", "version": 2, "interval_s": "10",
        "satellites": [
            {"name": str(s), "switch_s": str(10 * int(rng.integers(3)))} for s in range(satellites)
        ],
        "stations": [
            {
                "name": name,
                "receivers": int(rng.choice([1, 1, 2])),
                "switch_s": str(10 * int(rng.integers(2))),
            }
            for name in "XY"
        ],
        "targets": [
            {"name": name, "weight": int(rng.integers(1, 4)), "demand": int(rng.integers(1, 15))}
            for name in "ABC"[: len(ends)]
        ],
        "links": links, "contacts": contacts,
        "scenarios": {"probabilities": [f"{x.numerator}/{x.denominator}" for x in share]},
    }  # fmt: skip
    problem = problem_from_document(document)
    if rng.random() > operated:
        return problem
    parts = [problem.of_satellite(s) for s in range(satellites)]
    ruled = [
        replace(part.satellite, operations=drawn_operations(rng, part))
        if part.interval.size
        else part.satellite
        for part in parts
    ]
    return replace(problem, satellites=tuple(ruled))


def drawn_floors(problem, rng):
    """Return lower bounds that some schedule of half the problems meets in every scenario."""
    most = np.zeros((len(problem.probabilities), len(problem.targets)), int)
    for s, satellite in enumerate(problem.satellites):
        for row, n in enumerate(problem.links_of(s)):
            most[:, problem.link_target[n]] += satellite.scenarios.bits[:, row].sum(axis=1)
    least = zip(problem.targets, most.min(axis=0).tolist(), problem.demand, strict=True)
    return {name: min(int(rng.integers(0, bits // 2 + 1)), most) for name, bits, most in least}


def delivered(problem):
    """Return what every legal schedule delivers, shape ``(schedules, M, T)``."""
    if len(problem.satellites) > 1:
        schedules = list(legal_cells(problem))
    else:
        schedules = [
            [(0, link, link, a) for a, link in enumerate(schedule) if link >= 0]
            for schedule in every_schedule(problem)
        ]
    shape = (len(schedules), len(problem.probabilities), len(problem.targets))
    found = np.zeros(shape, np.int64)
    for number, cells in enumerate(schedules):
        for s, n, row, a in cells:
            bits = problem.satellites[s].scenarios.bits[:, row, a]
            found[number, :, problem.link_target[n]] += bits
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
