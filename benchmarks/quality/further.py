"""How near the optimum balanced, capped, floored and least-divergence delivery come: docs' tables.

    python benchmarks/quality/further.py FILE.jsonl [--seeds 5] [--seconds 10 60] [--cpu]
                                         [--only NAME ...] [--print]

Every run is one line of FILE, written when it ends; runs that are there already are not repeated.
The table is printed from the file; ``--print`` does nothing else. ``--cpu`` counts the time limits
of the decomposition in CPU seconds of its one thread, which a crowded machine can measure.

Each certificate has been verified; gaps are exact: from the integer value to the bound that the
verifier confirms. HiGHS gets the same time for the same aim; its bound is the better one of its own
and the prices'.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

from families import short_passes

import qkdopt as qo
from qkdopt.library import problem_folder
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.problem_file import read_problem
from qkdopt.optimize.strategies import with_floors
from qkdopt.tensor import gravity_traffic

FAMILY_SEED = 1  # the hardest of the first three
DEMAND, FLOOR = 1.2, 0.3  # of a proportional share of the S-GD optimum
FAR_WEST = {"Urumqi": 5_000_000, "Lhasa": 3_000_000}  # bits that balanced delivery has to spare
TRAFFIC = (15_000_000, 20_000_000)  # shared bits of all pairs, as in docs/pairwise-keys.md
WARM_UP_S = 3.0
Case = tuple[qo.SchedulingProblem, Any]


def main() -> None:
    """Run what is missing, then print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--seconds", type=float, nargs="*", default=[10.0, 60.0])
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--cpu", action="store_true")
    parser.add_argument("--print", action="store_true", dest="only_print")
    arguments = parser.parse_args()
    clock = "cpu" if arguments.cpu else "wall"
    if arguments.cpu:
        time.perf_counter = time.process_time  # the solvers' clock
    known = cases()
    runs = read(arguments.file)
    done = {key(run) for run in runs}
    warm: set[str] = set()
    for name, solver, seconds, seed in () if arguments.only_print else wanted(known, arguments):
        if (name, solver, seconds, clock, seed) in done:
            continue
        problem, strategy = known[name]()
        if solver not in warm:
            qo.solve(problem, strategy, solver=solver, time_limit=WARM_UP_S)
            warm.add(solver)
        run = {"case": name, "solver": solver, "limit_s": seconds, "clock": clock, "seed": seed}
        run |= one(problem, strategy, solver, seconds, seed)
        with arguments.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(run) + "\n")
        runs.append(run)
    table(runs)


def wanted(
    known: dict[str, Callable[[], Case]], arguments: argparse.Namespace
) -> Iterator[tuple[str, str, float, int]]:
    """Yield case, solver, seconds and seed of every run; short ones first."""
    for seconds in sorted(arguments.seconds):
        for name in arguments.only or known:
            for seed in range(arguments.seeds):
                yield name, "decomposition", seconds, seed
            if name.startswith(("balanced", "paired")):
                yield name, "milp", seconds, 0


def cases() -> dict[str, Callable[[], Case]]:
    """Return the problems and strategies by name, built on demand."""

    def week() -> qo.SchedulingProblem:
        return read_problem(problem_folder("micius-china-2016") / "problem.json.gz")

    def part(share: float) -> dict[str, int]:
        problem = week()
        most, total = qo.solve(problem, qo.GeneralDelivery()).value, sum(problem.weights or ())
        pairs = zip(problem.targets, problem.weights or (), strict=True)
        return {name: int(share * most * weight / total) for name, weight in pairs}

    def pairs(total: int) -> Callable[[], Case]:
        def case() -> Case:
            problem = week()
            weights = dict(zip(problem.targets, problem.weights or (), strict=True))
            return problem.having(traffic=gravity_traffic(weights, total)), qo.PairedDelivery()

        return case

    return {
        "balanced, Micius week": lambda: (week(), qo.BalancedDelivery()),
        "balanced, 16 short passes": lambda: (short_passes(FAMILY_SEED), qo.BalancedDelivery()),
        "capped, Micius week": lambda: (week(), qo.CappedDelivery(part(DEMAND))),
        "pd with floors, Micius week": lambda: (
            week(),
            with_floors(qo.PrioritisedDelivery(), part(FLOOR)),
        ),
        "balanced with floors, Micius week": lambda: (
            week(),
            with_floors(qo.BalancedDelivery(), FAR_WEST),
        ),
        "least(0.9), Micius week": lambda: (week(), qo.LeastDivergence("0.9")),
        "least(0.9) with floors, Micius week": lambda: (
            week(),
            with_floors(qo.LeastDivergence("0.9"), part(FLOOR)),
        ),
        **{f"paired {total // 10**6} Mbit, Micius week": pairs(total) for total in TRAFFIC},
    }


def one(
    problem: qo.SchedulingProblem, strategy: Any, solver: str, seconds: float, seed: int
) -> dict[str, Any]:
    """Return the verified result of one run."""
    began = time.perf_counter()
    outcome = qo.solve(problem, strategy, solver=solver, time_limit=seconds, seed=seed)
    ended = time.perf_counter()
    verdict = qo.verify(outcome.certificate)
    if not verdict:
        raise SystemExit(verdict.statement)
    made_by = outcome.certificate.document["made_by"]
    run = {
        "value": outcome.value,
        "bound": outcome.bound,
        "seconds": round(ended - began, 2),
        "judge_s": round(time.perf_counter() - ended, 2),
        "nodes": made_by.get("nodes"),
        "gap": gap(outcome.value, outcome.bound, made_by.get("milp_bound", "none")),
    }
    if isinstance(outcome.value, dict):
        run["gap_total"] = outcome.bound["total"] / outcome.value["total"] - 1
    if solver == "decomposition" and strategy.name == "balanced":
        objective = objective_of(problem, strategy)
        run["bound_s"] = median(lagrangian_bound(objective).seconds for _ in range(3))
    return run


def gap(value: Any, bound: Any, own: str) -> float:
    """Return the relative gap; of ``t`` for balanced delivery; in nats for least divergence."""
    if isinstance(value, dict):
        t, limit = Fraction(value["t"]), Fraction(bound["t"])
        limit = limit if own == "none" else min(limit, Fraction(own))
        return float(limit / t - 1) if t else float("inf")
    if isinstance(value, str):
        return float(Fraction(value) - Fraction(bound))
    return bound / value - 1


def key(run: dict[str, Any]) -> tuple[str, str, float, str, int]:
    """Return what identifies a run."""
    return run["case"], run["solver"], run["limit_s"], run.get("clock", "wall"), run["seed"]


def read(path: Path) -> list[dict[str, Any]]:
    """Return the runs of a file, none when there is no file yet."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def table(runs: list[dict[str, Any]]) -> None:
    """Print medians over seeds, the worst beside them, as a Markdown table."""
    print("| problem | solver | time limit | seeds | gap | worst | gap of total | bound alone |")
    print("|---|---|---|---|---|---|---|---|")
    for name, solver, seconds, clock in dict.fromkeys(key(run)[:4] for run in runs):
        some = [run for run in runs if key(run)[:4] == (name, solver, seconds, clock)]
        counted = "CPU s" if clock == "cpu" and solver == "decomposition" else "s"
        gaps = [run["gap"] for run in some]
        totals = [run["gap_total"] for run in some if "gap_total" in run]
        alone = [run["bound_s"] for run in some if "bound_s" in run]
        print(
            f"| {name} | {solver} | {seconds:.0f} {counted} | {len(some)} | {median(gaps):.1e} "
            f"| {max(gaps):.1e} | {f'{median(totals):.1e}' if totals else ''} "
            f"| {f'{median(alone):.2f} s' if alone else ''} |"
        )


if __name__ == "__main__":
    main()
