"""Verdict: a warm start does not pay: HiGHS proves the week in 3 s at its root node without one.

The genetic algorithm takes 15 s for schedules 1.5e-4 below the optimum (two busy cores, both
measured in turn), greedy 0.04 s for 1e-2. Started from the optimum itself, HiGHS takes as long
on S-GD and two thirds as long on S-PD: better heuristics would not change this.

python benchmarks/decisions/genetic_start.py
"""

from __future__ import annotations

from statistics import median

import qkdopt as qo
from qkdopt.library import problem_folder
from qkdopt.optimize.exchange.genetic_settings import GeneticSettings
from qkdopt.optimize.problem_file import read_problem
from qkdopt.optimize.strategy import Strategy

RUNS = 3
GENES = GeneticSettings(evaluations=100_000, run=15)


def main() -> None:
    """Solve with and without a start, in turn."""
    week = read_problem(problem_folder("micius-china-2016") / "problem.json.gz")
    print("strategy  start     gap of start  made in   HiGHS solves in  nodes")
    for strategy in (qo.GeneralDelivery(), qo.PrioritisedDelivery()):
        best = qo.solve(week, strategy)
        makers = {
            "none": lambda seed, strategy=strategy: None,
            "greedy": lambda seed, strategy=strategy: qo.solve(week, strategy, solver="greedy"),
            "genetic": lambda seed, strategy=strategy: qo.solve(
                week, strategy, solver="genetic", seed=seed, genetic=GENES
            ),
            "optimum": lambda seed, best=best: best,
        }
        rows = {name: [] for name in makers}
        for seed in range(RUNS):
            for name, make in makers.items():
                rows[name].append(one(week, strategy, seed, make(seed), best.value))
        for name, row in rows.items():
            gap, made, solved, nodes = (median(column) for column in zip(*row, strict=True))
            print(
                f"{strategy.name:9} {name:9} {gap:12.2e} {made:8.2f} s {solved:13.2f} s {nodes:6g}"
            )


def one(
    week: qo.SchedulingProblem,
    strategy: Strategy,
    seed: int,
    start: qo.Outcome | None,
    optimum: int,
) -> tuple[float, float, float, int]:
    """Return the start's gap and seconds, then HiGHS' seconds and nodes to the proved optimum."""
    known = None if start is None else qo.Schedule.create(start.certificate.schedule)
    solved = qo.solve(
        week, strategy, solver="milp", formulation="paper", seed=seed, start=known, time_limit=120
    )
    if not (solved.optimal and solved.value == optimum):
        raise SystemExit(f"HiGHS ended with {solved.value}, not with {optimum}")
    gap = float("nan") if start is None else 1 - start.value / optimum
    made = 0.0 if start is None else sum(start.seconds.values())
    return gap, made, solved.seconds["solve"], solved.certificate.document["made_by"]["nodes"]


if __name__ == "__main__":
    main()
