"""How near the optimum S-TD comes on the Micius week, and how fast: the table of the docs.

    python benchmarks/quality [--seeds 5] [--seconds 60] [--relaxation] [--full] [--json FILE]

Each seed is one run of the decomposition; the gap after 10 s is read from its progress, the
last one from the certificate, which the judge has confirmed. Medians, worst seed beside them.
``--relaxation`` measures the bound against the linear relaxation with cuts in HiGHS (a minute
or more for each divergence). ``--full`` adds longer horizons and shorter intervals.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from horizons import with_interval, with_weeks

import qkdopt as qo
from qkdopt.library import problem_folder
from qkdopt.optimize.problem_file import read_problem
from qkdopt.optimize.solvers.decomposition.blocks import Blocks
from qkdopt.optimize.solvers.decomposition.bound import best_bound
from qkdopt.optimize.solvers.decomposition.pricing import Oracle
from qkdopt.optimize.solvers.decomposition.shares import Shares
from qkdopt.optimize.solvers.outer_approximation import relaxation_with_cuts

DIVERGENCES = ("0.1", "0.01", "0.001", "0")
EARLY_S = 10.0
NEAR = 1e-6


@dataclass(frozen=True)
class Run:
    """One solve: gaps relative to the value, early and at the end."""

    early_gap: float
    gap: float
    value: int
    bound: int
    seconds: float
    judge_s: float


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--kl-max", nargs="*", default=DIVERGENCES)
    parser.add_argument("--relaxation", action="store_true")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    week = read_problem(problem_folder("micius-china-2016") / "problem.json.gz")
    qo.solve(week, qo.TargetedDelivery("0.5"), time_limit=5)  # compile and load
    most = qo.solve(week, qo.GeneralDelivery()).value
    document = {}
    print("kl_max   bound s   near s   limit of bound   value       of S-GD  gap 10 s (worst)")
    print("                                             bound                gap end  (worst)")
    for kl_max in arguments.kl_max:
        bound_s, near_s, limit = bound_speed(week, kl_max)
        runs = [one(week, kl_max, seed, arguments.seconds) for seed in range(arguments.seeds)]
        best = max(runs, key=lambda run: run.value)
        early, late = [run.early_gap for run in runs], [run.gap for run in runs]
        print(
            f"{kl_max:8} {bound_s:7.2f} {near_s:8.2f} {limit:16,.0f} {best.value:12,} "
            f"{best.value / most:8.1%}  {shown(early)}\n"
            f"{'':44}{min(run.bound for run in runs):12,} {'':9} {shown(late)}   "
            f"judged in {median(run.judge_s for run in runs):.2f} s",
            flush=True,
        )
        document[kl_max] = {"bound_s": bound_s, "near_s": near_s, "limit": limit} | {
            "runs": [vars(run) for run in runs]
        }
        if arguments.relaxation and kl_max != "0":
            value, rounds, seconds = relaxation_with_cuts(week, qo.TargetedDelivery(kl_max))
            print(
                f"         relaxation with cuts in HiGHS: {value:,.0f} after {rounds} rounds, "
                f"{seconds:.1f} s: {seconds / bound_s:.0f} times the bound's",
                flush=True,
            )
    if arguments.full:
        longer_and_finer()
    if arguments.json:
        arguments.json.write_text(json.dumps(document, indent=1))


def shown(gaps: list[float]) -> str:
    """Return median and worst as text; a gap of more than 1 means that there was no schedule."""
    return " ".join(
        text if gap <= 1 else "none"
        for gap, text in (
            (median(gaps), f"{median(gaps):.1e}"),
            (max(gaps), f"({max(gaps):.1e})"),
        )
    )


def bound_speed(problem: qo.SchedulingProblem, kl_max: str) -> tuple[float, float, float]:
    """Return seconds to the end and to within 1e-6 of it (medians of 3), and the bound."""
    ends, nears, value = [], [], 0.0
    for _ in range(3):
        blocks = Blocks.create(Shares.create(problem, qo.TargetedDelivery(kl_max)))
        oracle, told = Oracle(blocks), []
        began = time.perf_counter()
        bound = best_bound(
            blocks,
            oracle,
            told=lambda value, told=told, began=began: told.append(
                (time.perf_counter() - began, value)
            ),
        )
        value = told[-1][1] if told else float(bound.value)
        ends.append(bound.seconds)
        nears.append(next((s for s, v in told if v <= value * (1 + NEAR)), bound.seconds))
    return median(ends), median(nears), value


def one(problem: qo.SchedulingProblem, kl_max: str, seed: int, seconds: float) -> Run:
    """Return what one seed reaches."""
    early = [0.0, float("inf")]

    def note(at: float, value: float | None, bound: float | None) -> None:
        if at <= EARLY_S:
            early[0] = value or early[0]
            early[1] = bound if bound is not None else early[1]

    began = time.perf_counter()
    outcome = qo.solve(
        problem, qo.TargetedDelivery(kl_max), time_limit=seconds, seed=seed, progress=note
    )
    ended = time.perf_counter()
    verdict = qo.verify(outcome.certificate, problem)
    judged = time.perf_counter()
    if not verdict:
        raise SystemExit(verdict.statement)
    return Run(
        early_gap=(early[1] - early[0]) / max(1.0, early[0]),
        gap=outcome.relative_gap,
        value=outcome.value,
        bound=outcome.bound,
        seconds=ended - began,
        judge_s=judged - ended,
    )


def longer_and_finer() -> None:
    """Print how the gap of the plain bound moves with the horizon and the interval."""
    print("\nat kl_max = 0.01            links x active   bound of prices   proved     value  gap")
    cases = [(f"{weeks} weeks", with_weeks(weeks), 120.0) for weeks in (1, 4)]
    cases += [("52 weeks", with_weeks(52), 300.0)]
    cases += [(f"{s} s intervals", with_interval(s), 60.0) for s in (5, 2, 1)]
    for name, problem, seconds in cases:
        bound_s, _, limit = bound_speed(problem, "0.01")
        run = one(problem, "0.01", 0, seconds)
        links, active = problem.bits.shape
        print(
            f"{name:26} {links:4} x {active:6}  {limit:16,.0f} ({bound_s:.2f} s) {run.bound:,} "
            f"{run.value:,} {run.gap:.1e} in {run.seconds:.0f} s, plain gap "
            f"{limit / run.value - 1:.1e}",
            flush=True,
        )


if __name__ == "__main__":
    main()
