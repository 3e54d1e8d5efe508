"""Verdict: branching on ranges proves S-TD(0.001) of the week; on single intervals it does not.

S-TD on the Micius week, CPU seconds of one thread, against the optimum: how many nodes and seconds
until the bound of the tree is less than a bit above it. At 0.001 "does interval a serve n?" leaves
a gap of 1e-4 after a minute, because the *no* branch loses one interval only; "does any interval
from a on?" moves the hand-over, and finishes after half a minute. Strong branching on all
candidates for a short while costs less, in all, than on a few: with eight a gap of 1e-6 is left
after a minute.

    python benchmarks/decisions/targeted_branching.py [--seconds 60]
"""

from __future__ import annotations

import argparse
import time
from itertools import islice

import qkdopt as qo
from qkdopt.library import problem_folder
from qkdopt.optimize.decomposition import branching_candidates
from qkdopt.optimize.decomposition.branch_and_bound import BranchAndBound, BranchAndBoundParameters
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.decomposition.warm_up import warm_up
from qkdopt.optimize.objectives.targeted import TargetedObjective
from qkdopt.optimize.problem_file import read_problem

OPTIMA = {"0.01": 35_093_325, "0.001": 33_128_421}
SETTINGS = (
    ("single intervals", 1, 16, 2),
    ("single intervals", 1, 40, 2),
    ("ranges too", 3, 8, 2),
    ("ranges too", 3, 16, 2),
    ("ranges too", 3, 24, 1),
    ("ranges too", 3, 40, 1),
    ("ranges too", 3, 40, 2),
)


def main() -> None:
    """Branch with each setting until the bound is proved or time is up."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60.0)
    seconds = parser.parse_args().seconds
    week = read_problem(problem_folder("micius-china-2016") / "problem.json.gz")
    warm_up("td")
    every = branching_candidates._splits
    for kl_max, optimum in OPTIMA.items():
        for name, kinds, tried, rounds in SETTINGS:
            branching_candidates._splits = lambda service, most=kinds: islice(every(service), most)
            root = lagrangian_bound(TargetedObjective.create(week, qo.TargetedDelivery(kl_max)))
            search = BranchAndBound(
                root.master, root.pricing, root.multipliers, float(root.value) + 1.0, root.scale,
                parameters=BranchAndBoundParameters(candidates=tried, strong_rounds=rounds),
            )  # fmt: skip
            began = time.process_time()
            while search.bound >= optimum + 1 and time.process_time() < began + seconds:
                search.expand(float(optimum))
            print(
                f"{kl_max}: {name}, {tried} tried for {rounds} rounds: {search.expanded} nodes, "
                f"{time.process_time() - began:.1f} s, gap {search.bound // 1 / optimum - 1:.1e}",
                flush=True,
            )


if __name__ == "__main__":
    main()
