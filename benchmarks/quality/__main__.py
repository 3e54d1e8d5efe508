"""How near the optimum S-TD comes, and how fast: the tables of the docs.

    python benchmarks/quality [--runs FILE] [--seeds 5] [--seconds 10 60] [--kl-max ...]
                              [--cpu] [--relaxation] [--full] [--print]

Each seed is one run of the decomposition on the Micius week, from nothing, with its own time
limit; gaps are those of the certificates, which the verifier has confirmed. Medians, worst seed
beside them. With ``--runs`` every finished run is kept as a line of JSON, and what is in the
file is not run again: an interrupted benchmark goes on. ``--print`` runs nothing. ``--cpu``
counts every time limit in CPU seconds of the one thread that searches, which is what a crowded
machine can measure; on a quiet one they are as long as seconds.
``--relaxation`` measures the bound against the linear relaxation with cuts in HiGHS (a minute
or more for each divergence). ``--full`` adds longer horizons and shorter intervals.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from statistics import median

from horizons import with_interval, with_weeks
from runs import Run, Runs

import qkdopt as qo
from qkdopt.library import problem_folder
from qkdopt.optimize.decomposition.warm_up import warm_up
from qkdopt.optimize.problem_file import read_problem
from qkdopt.optimize.solvers.outer_approximation import relaxation_with_cuts

DIVERGENCES = ("0.1", "0.01", "0.001", "0")
HEADER = (
    "case        kl_max  limit s   seeds  near s  bound of prices  best value  least bound  "
    "gap median (worst)  proved  CPU s   leaves  verify s  CPU/wall"
)


def main() -> None:
    """Run what is missing, and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--runs", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--seconds", type=float, nargs="*", default=[10.0, 60.0])
    parser.add_argument("--kl-max", nargs="*", default=list(DIVERGENCES))
    parser.add_argument("--cpu", action="store_true")
    parser.add_argument("--relaxation", action="store_true")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--print", action="store_true", dest="only_print")
    arguments = parser.parse_args()
    if arguments.cpu:
        time.perf_counter = time.process_time  # the solvers' clock
    runs = Runs(arguments.runs, "cpu" if arguments.cpu else "wall")
    if not arguments.only_print:
        warm_up("td")
        measure(runs, arguments)
    show(list(runs.done.values()))


def measure(runs: Runs, arguments: argparse.Namespace) -> None:
    """Run what is not in the file yet."""
    week = read_problem(problem_folder("micius-china-2016") / "problem.json.gz")
    for seconds in arguments.seconds:
        for kl_max in arguments.kl_max:
            for seed in range(arguments.seeds):
                runs.get("week", week, kl_max, seed, seconds)
    if arguments.full:
        runs.get("4 weeks", with_weeks(4), "0.01", 0, 120.0)
        runs.get("52 weeks", with_weeks(52), "0.01", 0, 300.0)
        for step in (5, 2, 1):
            runs.get(f"{step} s", with_interval(step), "0.01", 0, 60.0)
    if arguments.relaxation:
        for kl_max in arguments.kl_max:
            if kl_max != "0":
                _, rounds, seconds = relaxation_with_cuts(week, qo.TargetedDelivery(kl_max))
                bound = runs.get("week", week, kl_max, 0, arguments.seconds[0]).near_s
                print(
                    f"{kl_max}: relaxation with cuts in HiGHS {seconds:.1f} s in {rounds} rounds, "
                    f"{seconds / bound:.0f} times the bound of prices",
                    flush=True,
                )


def show(runs: list[Run]) -> None:
    """Print a row for each group of runs that differ only by the seed."""
    groups: dict[tuple[str, str, float, str], list[Run]] = {}
    for run in runs:
        groups.setdefault((run.case, run.kl_max, run.limit_s, run.clock), []).append(run)
    print(HEADER)
    for (case, kl_max, limit_s, clock), group in groups.items():
        gaps = [run.gap for run in group]
        print(
            f"{case:10} {kl_max:>7} {limit_s:4.0f} {clock:4} {len(group):6} "
            f"{median(run.near_s for run in group):7.2f} "
            f"{median(run.plain_bound for run in group):16,.0f} "
            f"{max(run.value for run in group):11,} {min(run.bound for run in group):12,}  "
            f"{median(gaps):.1e} ({max(gaps):.1e})  {gaps.count(0.0):6} "
            f"{median(run.cpu_s for run in group):6.1f}   "
            f"{median(run.leaves for run in group):6.0f} "
            f"{median(run.judge_cpu_s for run in group):9.2f} "
            f"{sum(run.cpu_s for run in group) / sum(run.wall_s for run in group):9.0%}"
        )


if __name__ == "__main__":
    main()
