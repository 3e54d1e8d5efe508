"""Verdict: HiGHS is trusted for whole rows below 2^32 and costs below 2^44, CP-SAT below 2^40.

Three links, 8 to 14 intervals, S-GD without and with a lower bound, caps, balance and pairs,
compared with optima proved in integers. With HiGHS' tolerance of 1e-7 and rows scaled to 2^20 all
of 25 problems for each goal were right at 2^24, 2^28, ... and 2^48; rows keep a distance of 2^16
from there, for longer ones. With its usual 1e-6 a lower bound of 2^24 gave a false optimum (0.15 %
low), with 1e-9 two of 40 bounds under caps of 2^20 were one bit low. Pairs with whole bits of 2^36
did not end within 25 s; they are whole up to 2^20 only. CP-SAT's costs were clipped at 2^40; now
five of five optima there are right. Within the limits there was no crash, so solvers run in this
process: a separate one took 3.5 s on a busy machine to import HiGHS, most of these solves 0.1 s.

The limits of solvers that are not installed here are guesses on the safe side.

python -P benchmarks/decisions/trusted_numbers.py [MIP_SOLVER ...]
"""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from typing import Any

import numpy as np

import qkdopt as qo
from qkdopt.errors import SolverError
from qkdopt.mip import whole_numbers
from qkdopt.optimize.exchange.options import SolverOptions
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.solvers.formulation_run import solve_formulation
from qkdopt.optimize.strategies import with_floors
from qkdopt.tensor import KeyTensor

DIGITS = (24, 28, 32, 36, 40, 44, 48, 52)
PROBLEMS = 25
SECONDS = 2.0
SOLVERS = ("highs", "cp_sat", "pyomo:highs")
GOALS = ("gd", "gd+floors", "capped", "balanced", "paired")


def main(solvers: list[str]) -> None:
    """Ask every solver at every size, each in a separate process: some crash."""
    for solver in solvers or SOLVERS:
        for digits in DIGITS:
            command = [sys.executable, "-P", __file__, "--one", solver, str(digits)]
            try:
                done = subprocess.run(
                    command, capture_output=True, text=True, check=False, timeout=300
                )
            except subprocess.TimeoutExpired:
                print(f"{solver:12} 2^{digits:2}  does not end", flush=True)
                continue
            found = json.loads(done.stdout.splitlines()[-1]) if not done.returncode else {}
            words = found or f"crashes ({done.returncode})"
            print(f"{solver:12} 2^{digits:2}  {words}", flush=True)


def one(solver: str, digits: int) -> dict[str, Any]:
    """Return how often answers were wrong, by goal: [wrong schedule, false bound, none]."""
    whole_numbers.TRUSTED[solver] = whole_numbers.Digits(99, 99)
    counted = {goal: [0, 0, 0] for goal in GOALS}
    for seed in range(PROBLEMS):
        problem = drawn(seed, digits)
        for goal in GOALS:
            if "cp_sat" in solver and goal != "gd":
                continue
            strategy: Any = qo.GeneralDelivery()
            if goal == "gd+floors":
                strategy = with_floors(strategy, {"A": int(problem.sum_of_best // 7)})
            elif goal != "gd":
                strategy = {
                    "capped": qo.CappedDelivery,
                    "balanced": qo.BalancedDelivery,
                    "paired": qo.PairedDelivery,
                }[goal]()
            for place, wrong in enumerate(wrongs(problem, strategy, goal, solver)):
                counted[goal][place] += wrong
    return {goal: numbers for goal, numbers in counted.items() if any(numbers)} or {"all": "right"}


def wrongs(
    problem: SchedulingProblem, strategy: Any, goal: str, solver: str
) -> tuple[bool, bool, bool]:
    """Return whether the schedule is not the best, the bound is false, the answer is missing."""
    best = qo.solve(problem, strategy)
    if not best.optimal:
        return False, False, False
    linear = goal == "gd"
    asked = strategy if linear else objective_of(problem, strategy)
    try:
        found = solve_formulation(
            problem, asked, SolverOptions(time_limit=SECONDS, mip_solver=solver)
        )
    except (SolverError, OverflowError):
        return False, False, True
    if found.schedule is None or not found.schedule.is_legal(problem):
        return False, False, True
    delivered = found.schedule.delivered(problem)
    value = Fraction(sum(delivered)) if linear else asked.value(delivered)
    most = Fraction(best.value["t"] if goal == "balanced" else best.value)
    low = found.bound is not None and found.bound < int(most)
    return value is None or value < most, low, str(found.ended) != "finished"


def drawn(seed: int, digits: int) -> SchedulingProblem:
    """Return a problem of three links in 8 to 14 intervals with bits up to ``2^digits``."""
    rng = np.random.default_rng(seed)
    intervals = int(rng.integers(8, 15))
    bits = rng.integers(0, 2**digits, (3, intervals)) * (rng.random((3, intervals)) < 0.7)
    weights = dict(zip("ABC", rng.integers(1, 9, 3).tolist(), strict=True))
    interval = np.cumsum(rng.choice([1, 1, 1, 4], intervals)).tolist()
    keys = KeyTensor.create(
        bits.tolist(), interval, "ABC", interval_s=10, switch_s=10, weights=weights
    )
    problem = SchedulingProblem.from_keys(keys)
    reach = max(3, problem.sum_of_best)
    demand = {name: int(rng.integers(1, reach)) for name in "ABC"}
    wanted = rng.integers(1, reach, (3, 3))
    traffic = {
        i: {j: int(wanted[min(n, m), max(n, m)]) * (n != m) for m, j in enumerate("ABC")}
        for n, i in enumerate("ABC")
    }
    return problem.having(demand=demand, traffic=traffic)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(one(sys.argv[2], int(sys.argv[3]))))
    else:
        main(sys.argv[1:])
