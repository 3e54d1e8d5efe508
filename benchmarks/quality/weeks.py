"""Gaps of a week of nine cities at other intervals and hand-over times, each solved from nothing.

    python benchmarks/quality/weeks.py [--runs FILE] [--seconds 60] [--seed 1] [--only TEXT]

The week is that of uk-nine-2025 at intervals of 10, 30 and 60 s, with 1, 3 and 6 intervals for a
hand-over; targeted delivery (0.01), balanced delivery without and with keys in stock at two
cities, and least divergence at 0.9 of the largest total. Limits are CPU seconds of the one thread
that searches. Each certificate is verified. A file of runs keeps one line of JSON for each; what
is in it is not run again.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from published import load, measure

import qkdopt as qo
from qkdopt.library import problem_folder
from qkdopt.optimize.strategies import Strategy

WEEK = "uk-nine-2025"
INTERVALS_S, HANDOVERS = (10, 30, 60), (1, 3, 6)
STOCK = (300_000, 0, 0, 1_000_000)  # bits of the first targets

Question = tuple[str, qo.SchedulingProblem, Strategy]


def main() -> None:
    """Run what is missing and print a line for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--runs", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    time.perf_counter = time.process_time  # the clock of every limit
    done = load(arguments.runs) if arguments.runs and arguments.runs.exists() else {}
    for name, problem, strategy in questions(arguments.only):
        key = f"{name}, {arguments.seconds:g} s seed {arguments.seed}"
        if key not in done:
            line = measure(key, problem, strategy, arguments.seed, arguments.seconds)
            if arguments.runs:
                with arguments.runs.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(line) + "\n")
            done[key] = line
        print(row(done[key]), flush=True)


def questions(only: str) -> Iterator[Question]:
    """Yield every problem and strategy of which the name has a text."""
    scenario = qo.load_scenario(problem_folder(WEEK) / "scenario.toml")
    for interval_s in INTERVALS_S:
        for intervals in HANDOVERS:
            settings = {"interval_s": interval_s, "switch_s": intervals * interval_s}
            keys = qo.compute_keys(scenario.with_settings(settings))
            problem = qo.SchedulingProblem.from_keys(keys)
            stocked = problem.having(stock=dict(zip(problem.targets, STOCK, strict=False)))
            for what, own, strategy in (
                ("td-0.01", problem, qo.TargetedDelivery(kl_max="0.01")),
                ("balanced", problem, qo.BalancedDelivery()),
                ("balanced with stock", stocked, qo.BalancedDelivery()),
                ("least-0.9", problem, qo.LeastDivergence(fraction="0.9")),
            ):
                name = f"{interval_s} s, hand-over {intervals}, {what}"
                if only in name:
                    yield name, own, strategy


def row(line: dict[str, Any]) -> str:
    """Return one line of the table."""
    gap = "none" if line["gap"] is None else f"{line['gap']:.2e}"
    optimal = "optimal" if line["optimal"] else ""
    verified = "verified" if line["verified"] is True else line["verified"] or "NOT VERIFIED"
    return f"{line['run']:55} {gap:>9} {line['cpu_s']:6.1f} CPU s {optimal:8} {verified}" + (
        f" in {line['verify_cpu_s']:.1f} CPU s"
    )


if __name__ == "__main__":
    main()
