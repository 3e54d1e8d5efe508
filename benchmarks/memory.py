"""Peak memory and time of the exact core at a year and at 100 links, and of verifying a year.

    python benchmarks/memory.py
    python benchmarks/memory.py --problem micius-china-2016-year    # read, solved by strategies

Each row runs in a separate process; the problem itself (8 bytes per link and interval) and the
interpreter with its libraries (about 130 MB) are in the figure.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

WEEKS = {"year": 52, "year of 100 links": 52}
RULES = {
    "plain": {},
    "switch matrix": {"switch_matrix_s": True},
    "dwell 60 s": {"minimum_dwell_s": 60},
    "2 hand-overs per pass": {"max_handovers_per_pass": 2},
}


def problem_of(size: str, rule: str):
    """Return the Micius week 52 times, with its links repeated (later) for 100 of them."""
    import qkdopt as qo
    from qkdopt.library import problem_folder
    from qkdopt.optimize.operations import Operations
    from qkdopt.optimize.problem_file import read_problem

    week = read_problem(problem_folder("micius-china-2016") / "problem.json.gz")
    bits, interval = week.bits, week.interval
    if "100" in size:
        shift = [np.roll(bits, 7 * copy, axis=1) for copy in range(10)]
        bits = np.vstack(shift)[:100]
    links = range(len(bits))
    keys = qo.KeyTensor.create(
        np.tile(bits, WEEKS[size]),
        (60480 * np.arange(WEEKS[size])[:, np.newaxis] + interval).ravel(),
        [f"L{n}" for n in links],
    )
    rules = dict(RULES[rule])
    if "switch_matrix_s" in rules:
        rules["switch_matrix_s"] = [
            [0 if n == m else 5 + 3 * (abs(n - m) % 11) for m in links] for n in links
        ]
    return qo.SchedulingProblem.from_keys(keys, operations=Operations.create(**rules))


def solve(size: str, rule: str, path: str) -> None:
    """Solve S-GD and write the certificate; print seconds and peak."""
    import qkdopt as qo

    problem = problem_of(size, rule)
    began = time.process_time()
    outcome = qo.solve(problem, qo.GeneralDelivery())
    report(time.process_time() - began)
    outcome.certificate.save(path)


def hear(path: str) -> None:
    """Read and verify a certificate; print seconds and peak."""
    from qkdopt import verifier

    began = time.process_time()
    if not verifier.verify(verifier.read(path)).holds:
        raise SystemExit("the verifier refuses the certificate")
    report(time.process_time() - began)


def read_published(name: str) -> None:
    """Read a published problem; print seconds and peak."""
    import qkdopt as qo

    began = time.process_time()
    qo.load_problem(name)
    report(time.process_time() - began)


def solve_published(name: str, strategy: str, seconds: str, path: str) -> None:
    """Solve a published problem and write the certificate; print seconds and peak."""
    import qkdopt as qo
    from qkdopt.optimize.strategy_names import strategy_named

    problem = qo.load_problem(name)
    began = time.process_time()
    outcome = qo.solve(problem, strategy_named(strategy), time_limit=float(seconds))
    report(time.process_time() - began)
    outcome.certificate.save(path)


def report(seconds: float) -> None:
    """Print CPU seconds and the peak memory so far [MB]."""
    print(f"{seconds:.3g} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}")


def alone(*arguments: str) -> list[str]:
    """Run one measurement in a separate process; return seconds and megabytes."""
    command = [sys.executable, __file__, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.split() if done.returncode == 0 else ["-", done.stderr.strip()[-60:]]


def of_published(name: str, strategies: list[str], seconds: float) -> None:
    """Measure one published problem; print a table."""
    table = Table(title=f"peak memory (CPU seconds): {name}, searches of {seconds:g} s")
    for heading in ("what", "s", "MB", "verify s", "verify MB"):
        table.add_column(heading, justify="right")
    table.add_row("read", *alone("read", name))
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "certificate.json.gz")
        for strategy in strategies:
            found = alone("published", name, strategy, str(seconds), path)
            table.add_row(strategy, *found, *alone("hear", path))
    Console(width=120).print(table)


def main() -> None:
    """Measure every size and rule; print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problem", help="a published problem instead")
    parser.add_argument("--strategies", nargs="+", default=["gd", "td"])
    parser.add_argument("--seconds", type=float, default=10.0)
    given = parser.parse_args()
    if given.problem:
        of_published(given.problem, given.strategies, given.seconds)
        return
    table = Table(title="peak memory (CPU seconds)")
    for heading in ("problem", "rule", "solve s", "solve MB", "verify s", "verify MB"):
        table.add_column(heading, justify="right")
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "certificate.json")
        for size in WEEKS:
            for rule in RULES:
                found = alone("solve", size, rule, path)
                many = "100" in size and rule != "plain"  # minutes in plain Python
                verified = ["-", "-"] if many else alone("hear", path)
                table.add_row(size, rule, *found, *verified)
    Console(width=120).print(table)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["solve", size, rule, path]:
            solve(size, rule, path)
        case ["hear", path]:
            hear(path)
        case ["read", name]:
            read_published(name)
        case ["published", name, strategy, seconds, path]:
            solve_published(name, strategy, seconds, path)
        case _:
            main()
