"""Dynamic programme, Pyomo to HiGHS, and the verifier, on the Micius week and on a year."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

import numpy as np
from figures import Figure, median_seconds, medians_in_turn
from numba import njit

import qkdopt as qo
from qkdopt import verifier
from qkdopt.library import problem_folder
from qkdopt.optimize.domain import _path_kernels as kernels
from qkdopt.optimize.domain.longest_path import best_schedule, optimum
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.problem_file import read_problem
from qkdopt.optimize.regrets import regrets

WEEKS_IN_A_YEAR = 52
WEEK_S = 604_800


@njit
def best_of_each_interval(gain):
    """Add up each interval's best link: the least that any exact method must read."""
    total = 0
    for a in range(gain.shape[0]):
        highest = 0
        for n in range(gain.shape[1]):
            highest = max(highest, gain[a, n])
        total += highest
    return total


def measure(quick: bool) -> list[Figure]:
    """Return the figures of the optimiser."""
    week = read_problem(problem_folder("micius-china-2016") / "problem.json.gz")
    year = repeated(week, WEEKS_IN_A_YEAR)
    figures = dynamic_programme(week, year)
    figures += operations(week)
    figures += the_judge(week)
    return figures + pyomo_to_highs(week, runs=3 if quick else 7)


def repeated(problem: qo.SchedulingProblem, weeks: int) -> qo.SchedulingProblem:
    """Return the problem's horizon again and again, ``weeks`` times."""
    length = int(WEEK_S / problem.interval_s)
    keys = qo.KeyTensor.create(
        np.tile(problem.bits, weeks),
        np.concatenate([problem.interval + length * week for week in range(weeks)]),
        [link.name for link in problem.links],
    )
    return qo.SchedulingProblem.from_keys(keys)


def dynamic_programme(week: qo.SchedulingProblem, year: qo.SchedulingProblem) -> list[Figure]:
    """Time the exact optimum with its schedule."""
    gd = qo.GeneralDelivery()
    public, compiled, floor, whole = medians_in_turn(
        [lambda: solve(week), kernel(week), scan(week), lambda: qo.solve(week, gd)], 500
    )
    of_year = median_seconds(kernel(year), 50)
    growth = of_year / compiled / WEEKS_IN_A_YEAR
    return [
        Figure("dynamic programme, week, schedule traced back", public * 1e6, "us", 30),
        Figure("  the compiled kernel alone", compiled * 1e6, "us", 30),
        Figure("  kernel against a scan for each interval's best link", compiled / floor, "x", 4),
        Figure("  qo.solve: the same, with canonical JSON, hash, certificate", whole * 1e3, "ms"),
        Figure("dynamic programme, year (52 weeks)", of_year * 1e3, "ms"),
        Figure("  against 52 times the week (it leaves the fast caches)", growth, "x", 2),
    ]


def operations(week: qo.SchedulingProblem) -> list[Figure]:
    """Time the labelled dynamic programme and the regrets against the plain one."""
    ones = np.ones(len(week.links), np.int64)
    links = range(len(week.links))
    matrix = [[0 if n == m else 5 + 3 * abs(n - m) for m in links] for n in links]
    rules = {
        "hand-over times by pair": {"switch_matrix_s": matrix},
        "minimum dwell of 60 s": {"minimum_dwell_s": 60},
        "at most 2 hand-overs per pass": {"max_handovers_per_pass": 2},
        "at most 300 s of service per pass": {"max_service_s_per_pass": 300},
    }
    ruled = [week.with_satellite(operations=Operations.create(**rule)) for rule in rules.values()]
    calls = [lambda: best_schedule(week, ones)]
    calls += [lambda problem=problem: optimum(problem, ones) for problem in ruled]
    calls.append(lambda: regrets(week, qo.GeneralDelivery()))
    plain, *others, shadow = medians_in_turn(calls, 300)
    figures = [
        Figure(f"{name}, week: against all operations off", seconds / plain, "x", limit)
        for name, seconds, limit in zip(rules, others, [20, None, None, None], strict=True)
    ]
    return [
        *figures,
        Figure("regrets of all links and intervals of the week", shadow * 1e3, "ms", 5),
    ]


def solve(problem: qo.SchedulingProblem):
    """Solve S-GD through the Python function."""
    return best_schedule(problem, np.ones(len(problem.links), np.int64))


def kernel(problem: qo.SchedulingProblem):
    """Return a call of the compiled kernel with its buffers ready."""
    gain = problem.bits.T
    active, links = gain.shape
    pointed = np.zeros((active + 1, links), np.int64)
    best, service = np.zeros((2, active), np.int64)
    return lambda: kernels.longest_path(gain, problem.interval, problem.tau, pointed, best, service)


def scan(problem: qo.SchedulingProblem):
    """Return a call of the scan over the same memory."""
    gain = problem.bits.T
    return lambda: best_of_each_interval(gain)


def the_judge(week: qo.SchedulingProblem) -> list[Figure]:
    """Time reading and judging both certificates of the week."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for strategy in (qo.GeneralDelivery(), qo.PrioritisedDelivery()):
            paths.append(Path(folder) / f"{strategy.name}.json.gz")
            qo.solve(week, strategy).certificate.save(paths[-1])
        seconds = median_seconds(
            lambda: [verifier.verify(verifier.read(path)) for path in paths], 10
        )
    return [Figure("verifier: read and recount both certificates of the week", seconds, "s", 0.5)]


def pyomo_to_highs(week: qo.SchedulingProblem, runs: int) -> list[Figure]:
    """Time each phase of the MILP route, S-GD on the week."""
    figures = []
    for formulation in ("paper", "startup", "pointing", "path_flow"):
        outcomes = [
            qo.solve(week, qo.GeneralDelivery(), solver="milp", formulation=formulation)
            for _ in range(runs + 1)
        ][1:]
        for phase in outcomes[0].seconds:
            seconds = median(outcome.seconds[phase] for outcome in outcomes)
            figures.append(Figure(f"milp, {formulation}, week: {phase}", seconds * 1e3, "ms"))
    return figures
