"""Verdict: plans are compared 300 at a time, and lists of blocks gone through three times.

The proof that the common level of hard-balanced is at most 18,521,270 takes a verifier 74 million
steps and 13 CPU s. Comparing all plans with each other takes 73 million and 19 CPU s: what brings
more to every target mostly stands near in falling order. Two rounds take 84 million steps, five as
many as three.

    python benchmarks/decisions/plan_comparison.py [--goal 18521271]
"""

from __future__ import annotations

import argparse
import math
import time
from fractions import Fraction
from itertools import product

import qkdopt as qo
from qkdopt.library import problem_folder
from qkdopt.optimize.certified import certificate_of
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.decomposition.plan_lists import PlanLists
from qkdopt.optimize.decomposition.plans import Effort
from qkdopt.optimize.objectives.max_min import MaxMinObjective
from qkdopt.verifier import budget, plans

AT_ONCE, ROUNDS = (300, 4_000, 10**9), (2, 3, 5)


def main() -> None:
    """Find multipliers, then verify with lists made in different ways."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--goal", type=int, default=18_521_271)
    problem = qo.load_problem(problem_folder("hard-balanced") / "problem.json.gz")
    claim = proved(problem, parser.parse_args().goal)
    steps, spend = [0], budget.Budget.spend

    def counted(self: budget.Budget, more: int) -> None:
        steps[0] += more
        spend(self, more)

    budget.MOST_STEPS = budget.MOST_KEPT = 10**12
    budget.Budget.spend = counted  # type: ignore[method-assign]
    for rounds, at_once in product(ROUNDS, AT_ONCE):
        plans._ROUNDS, plans._AT_ONCE = rounds, at_once
        steps[0], began = 0, time.process_time()
        assert qo.verify(claim)
        took_s = time.process_time() - began
        print(
            f"{rounds} rounds, {at_once:13,} plans compared at once: "
            f"{steps[0] / 1e6:7.1f} million steps, {took_s:6.1f} CPU s",
            flush=True,
        )


def proved(problem: qo.SchedulingProblem, goal: int) -> qo.Certificate:
    """Return the claim that t is no more than a goal, for a schedule that idles."""
    objective = MaxMinObjective.create(problem)
    root = lagrangian_bound(objective)
    lists = PlanLists(objective, root.pricing, root.master.unit)
    bound = objective.round_down(Fraction(goal))
    proof = lists.proof(
        bound, [root.multipliers.vector], Effort(math.inf, lambda: False), lambda _: None
    )
    assert proof is not None
    print(f"t <= {float(bound):,.1f} by {len(proof['prices'])} multipliers")  # type: ignore[arg-type]
    idle = qo.Schedule.create([-1] * problem.interval.size)
    total = {"prices": [{"nu": ["0/1"] * len(problem.targets)}], "tree": [0]}
    part = {key: proof[key] for key in ("prices", "plans")}
    most = int(problem.bits.max(axis=0).sum())
    return certificate_of(
        problem, qo.BalancedDelivery().document(problem), idle,
        value={"t": objective.written_value(Fraction(0)), "total": 0},
        bound={"t": objective.written_bound(bound), "total": most},
        proof={"kind": "tree", "t": part, "total": total}, made_by={"solver": "decision"},
    )  # fmt: skip


if __name__ == "__main__":
    main()
