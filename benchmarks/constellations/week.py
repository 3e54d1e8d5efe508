"""One satellite's week beside another checkout: what several satellites cost those who have one.

Solves of the Micius week (S-GD and S-PD) by two checkouts in turn, in processes of their own, with
certificates. Each solves often and gives its lower quartile of CPU seconds; the figure is the
median of the ratios of neighbours.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from statistics import median

__all__ = ["compare_week"]

HERE = Path(__file__).parents[2]
ROUNDS, SOLVES = 8, 40
MOST = 1.05
_PROGRAM = f"""
import time, qkdopt as qo
from qkdopt.optimize.problem_file import read_problem
week = read_problem({str(HERE / "models/micius-china-2016/problem.json.gz")!r})
goals = [qo.GeneralDelivery(), qo.PrioritisedDelivery()]
for goal in goals: qo.solve(week, goal)
took = [[], []]
for _ in range({SOLVES}):
    for n, goal in enumerate(goals):
        began = time.process_time()
        qo.solve(week, goal)
        took[n].append(time.process_time() - began)
print(*(sorted(one)[len(one) // 4] for one in took))
"""


def _seconds(checkout: Path) -> list[float]:
    """Return the lower quartile of a solve's CPU seconds, by S-GD and by S-PD."""
    environment = {**os.environ, "PYTHONPATH": str(checkout / "src")}
    command = [sys.executable, "-c", _PROGRAM]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return [float(word) for word in done.stdout.split()]


def compare_week(before: Path) -> None:
    """Print the times of both checkouts, and exit with 1 where this one takes longer."""
    ratios: list[list[float]] = [[], []]
    for number in range(ROUNDS):
        pair = [before, HERE] if number % 2 else [HERE, before]
        found = dict(zip(map(str, pair), map(_seconds, pair), strict=True))
        for n, goal in enumerate(("S-GD", "S-PD")):
            old, new = found[str(before)][n], found[str(HERE)][n]
            ratios[n].append(new / old)
            print(f"{goal}: before {1e3 * old:.2f} ms, now {1e3 * new:.2f} ms, {new / old:.3f}")
    for n, goal in enumerate(("S-GD", "S-PD")):
        print(f"{goal}: median of {ROUNDS} ratios {median(ratios[n]):.3f}, at most {MOST}")
    if max(map(median, ratios)) > MOST:
        raise SystemExit(1)
