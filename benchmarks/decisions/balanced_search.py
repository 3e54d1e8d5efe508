"""Verdict: walks for a common level seek goals below the bound; wider strong branching loses.

With goals at the bound, targets that are easily served get there at the cost of the others: thirty
cities of Europe stay 2.3 % from the bound after 5 CPU s, with goals between the best level and the
bound 1.7 %. A walk that begins as hot as one interval of a target's goal gets from 3.4 to 3.0 % on
the ten cities of hard-balanced. What did not pay: prices of windows tilted by what each target
lacks (3.8 to 5.4 % on Europe); in the tree, going on with strong branching until 16 candidates in a
row were in vain (32.249 million on the Micius week after 5 CPU s, 32.243 with 8), or only until 4
were (32.259: more nodes, but poor ones); other shares of the work for walks than a half (nine of
the week's cities at 30 s intervals: 0.9 % from the bound after 10 CPU s; 1.4 % with a quarter,
2.1 % with 0.7 while the gap is above a percent).

    python benchmarks/decisions/balanced_search.py [--seconds 5]
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np

import qkdopt as qo
from qkdopt.library import problem_folder
from qkdopt.optimize.decomposition import reward_lns
from qkdopt.optimize.decomposition.branch_and_bound import BranchAndBound
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.exchange.parameters import USUAL
from qkdopt.optimize.objectives.max_min import MaxMinObjective

PROBLEMS = ("hard-balanced", "europe-30-2025", "micius-china-2016")
BETWEEN, AT_BOUND = reward_lns._LEVELS, (1.0,)
SETTINGS = (("at the bound", AT_BOUND, False), ("between", BETWEEN, False), ("hot", BETWEEN, True))
LOOKAHEADS = (4, 8, 16)


def main() -> None:
    """Walk, then branch, with each setting for some CPU seconds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=5.0)
    seconds = parser.parse_args().seconds
    for name in PROBLEMS:
        problem = qo.load_problem(problem_folder(name) / "problem.json.gz")
        objective = MaxMinObjective.create(problem)
        best = max(
            walked(name, objective, goals, levels, hot, seconds) for goals, levels, hot in SETTINGS
        )
        for lookahead in LOOKAHEADS:
            branched(name, objective, lookahead, best, seconds)


def walked(
    name: str,
    objective: MaxMinObjective,
    goals: str,
    levels: tuple[float, ...],
    hot: bool,
    seconds: float,
) -> float:
    """Return the level that walks reach from nothing."""
    reward_lns._LEVELS = levels
    root = lagrangian_bound(objective)
    prices = root.multipliers.per_bit
    start = root.pricing.best_service(prices)
    random = np.random.default_rng(0)
    for limit in (0.0, seconds):  # the first compiles
        walk = reward_lns.RewardLNS(objective, prices, float(root.value), start)
        walk._hot = walk._hot if hot else reward_lns._HOT
        began = time.process_time()
        walk.run(random)
        while time.process_time() < began + limit:
            walk.run(random)
    print(f"{name}: goals {goals}: gap {float(root.value) / walk.value - 1:.2e}", flush=True)
    return walk.value


def branched(
    name: str, objective: MaxMinObjective, lookahead: int, best: float, seconds: float
) -> None:
    """Print the bound that a tree reaches against the best level."""
    root = lagrangian_bound(objective)
    parameters = replace(USUAL.branch_and_bound, lookahead=lookahead)
    tree = BranchAndBound(
        root.master, root.pricing, root.multipliers, root.priced(), root.scale,
        parameters=parameters,
    )  # fmt: skip
    began = time.process_time()
    while tree.bound > best and time.process_time() < began + seconds:
        tree.expand(best)
    print(f"{name}: lookahead {lookahead}: {tree.expanded} nodes, bound {tree.bound:,.0f}")


if __name__ == "__main__":
    main()
