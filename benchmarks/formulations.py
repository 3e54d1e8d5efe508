"""Each formulation from tiny to a year: relaxation gap, size, and the time of every phase.

    python benchmarks/formulations.py [--sizes tiny,day,week,month] [--time-limit 60] [--json FILE]

Problems are the Micius week (published), pieces of it and repetitions of it; S-GD. The gap is
that of the linear relaxation above the optimum of the dynamic programme. ``year`` takes minutes
and gigabytes for ``path_flow``. Each job runs in a separate process, which also gives its
peak memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

import qkdopt as qo
from qkdopt.library import problem_folder
from qkdopt.optimize.domain.longest_path import best_schedule
from qkdopt.optimize.formulations import FORMULATIONS, formulation_named
from qkdopt.optimize.problem_file import read_problem

INTERVALS_IN_A_DAY = 8640
INTERVALS_IN_A_WEEK = 60480
WEEKS = {"week": 1, "month": 4, "year": 52}
SIZES = ("tiny", "day", *WEEKS)
COLUMNS = ("build", "compile", "hand_over", "relax", "solve")


def problem_of(size: str, switch_seconds: int) -> qo.SchedulingProblem:
    """Return a piece or a repetition of the Micius week."""
    week = read_problem(problem_folder("micius-china-2016") / "problem.json.gz")
    bits, interval = week.bits, week.interval
    if size in WEEKS:
        bits = np.tile(bits, WEEKS[size])
        starts = INTERVALS_IN_A_WEEK * np.arange(WEEKS[size])
        interval = (starts[:, np.newaxis] + interval).ravel()
    else:
        kept = interval < interval[0] + {"tiny": 30, "day": INTERVALS_IN_A_DAY}[size]
        bits, interval = bits[:, kept], interval[kept]
    keys = qo.KeyTensor.create(bits, interval, [link.name for link in week.links])
    return qo.SchedulingProblem.from_keys(keys, switch_seconds=switch_seconds)


def measure(size: str, formulation: str, switch_seconds: int, limit: float) -> dict:
    """Build, compile, relax and solve one model; runs alone in its process."""
    from qkdopt.mip.exchange import MipOptions
    from qkdopt.mip.highs import solve_form
    from qkdopt.mip.standard_form import compile_model

    problem = problem_of(size, switch_seconds)
    optimum = best_schedule(problem, np.ones(len(problem.links), np.int64))[1]
    build = formulation_named(formulation).build  # imports Pyomo
    began = time.perf_counter()
    model = build(problem, qo.GeneralDelivery())
    built = time.perf_counter()
    form = compile_model(model)
    compiled = time.perf_counter()
    relaxed = solve_form(form, MipOptions(relax=True, time_limit=limit))
    solved = solve_form(form, MipOptions(time_limit=limit))
    return {
        "rows": form.matrix.shape[0],
        "columns": form.matrix.shape[1],
        "entries": int(form.matrix.nnz),
        "gap": None if relaxed.bound is None else relaxed.bound / optimum - 1,
        "right": solved.objective is not None and round(solved.objective) == optimum,
        "build": built - began,
        "compile": compiled - built,
        "hand_over": solved.hand_over_s,
        "relax": relaxed.solve_s,
        "solve": solved.solve_s,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def alone(job: tuple[str, str, int, float]) -> dict:
    """Run :func:`measure` in a separate process."""
    code = (
        "import sys, json, formulations; "
        "print(json.dumps(formulations.measure(*json.loads(sys.argv[1]))))"
    )
    command = [sys.executable, "-c", code, json.dumps(job)]
    folder = Path(__file__).parent
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or ["killed"])[-1]}
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Measure every size, switching time and formulation; print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="tiny,day,week,month")
    parser.add_argument("--switch-seconds", default="10,30")
    parser.add_argument("--time-limit", type=float, default=60.0)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rows = []
    for size in arguments.sizes.split(","):
        for switch in map(int, arguments.switch_seconds.split(",")):
            problem = problem_of(size, switch)
            for name in FORMULATIONS:
                if formulation_named(name).refusal(problem) is None:
                    found = alone((size, name, switch, arguments.time_limit))
                    rows.append({"size": size, "tau": problem.tau, "formulation": name, **found})
    print_table(rows)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))


def print_table(rows: list[dict]) -> None:
    """Print sizes, gaps and seconds."""
    table = Table(title="formulations (seconds, one run each)")
    for heading in ("size", "tau", "formulation", "rows", "columns", "entries", "gap %"):
        table.add_column(heading, justify="right", no_wrap=True)
    for heading in (*COLUMNS, "MB", "optimum"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        head = [row["size"], str(row["tau"]), row["formulation"]]
        if "failed" in row:
            table.add_row(*head, row["failed"])
            continue
        sizes = [f"{row[key]:,}" for key in ("rows", "columns", "entries")]
        gap = "-" if row["gap"] is None else f"{100 * row['gap']:.4f}"
        times = [f"{row[key]:.3g}" for key in COLUMNS]
        word = "found" if row["right"] else "not found"
        table.add_row(*head, *sizes, gap, *times, f"{row['peak_mb']:.0f}", word)
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
