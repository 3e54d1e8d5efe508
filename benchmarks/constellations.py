"""Constellations: value, bound, CPU seconds of solving and of verifying, beside HiGHS if asked.

    python benchmarks/constellations.py                       # every problem, S-GD, 60 s
    python benchmarks/constellations.py train pair --strategy td --seconds 10 --seeds 3
    python benchmarks/constellations.py planes --highs        # HiGHS in its best settings as well

Problems are the scenarios of models/constellations, whose keys are computed first. Each solve is a
process of its own; CPU seconds are counted after loading, with compiled kernels. Seconds of the
limit are wall seconds: run it on a quiet machine.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "models" / "constellations"
COLUMNS = "{:26} {:9} {:>13} {:>24} {:>24} {:>9} {:>8} {:>8} {:>7}  {}"


def problem_of(folder: Path) -> Any:
    """Return the problem of a folder: the file, or computed from the scenario."""
    import qkdopt as qo
    from qkdopt.study import problem_of as computed

    stored = folder / "problem.json.gz"
    if stored.exists():
        return qo.load_problem(stored)
    return computed(qo.load_scenario(folder / "scenario.toml"))


def measure(name: str, strategy: str, seconds: float, seed: int, solver: str) -> dict[str, Any]:
    """Solve one problem in this process and verify its certificate."""
    import qkdopt as qo
    from qkdopt.optimize.strategy_names import strategy_named

    problem = problem_of(FOLDER / name)
    chosen = (
        strategy_named(strategy, kl_max="0.01") if strategy == "td" else strategy_named(strategy)
    )
    options: dict[str, Any] = {"time_limit": seconds, "seed": seed}
    if solver == "highs":
        options |= {"solver": "milp", "mip_solver": "highs_plain"}
    else:
        qo.solve(problem_of(FOLDER / "hand-two-satellites"), chosen)  # compiles
    began = time.process_time()
    outcome = qo.solve(problem, chosen, **options)
    solved = time.process_time()
    verdict = None if outcome.certificate is None else qo.verify(outcome.certificate)
    return {
        "value": outcome.value,
        "bound": outcome.bound,
        "solve": solved - began,
        "verify": time.process_time() - solved,
        "verdict": "none" if verdict is None else verdict.statement,
    }


def number(value: Any) -> str:
    """Return a value or a bound in a few characters."""
    if isinstance(value, dict):
        return " ".join(f"{key} {float(Fraction(part)):.8g}" for key, part in value.items())
    return "-" if value is None else str(value)


def gap(found: dict[str, Any]) -> str:
    """Return the relative gap, of balanced delivery that of its level."""
    value, bound = found["value"], found["bound"]
    if isinstance(value, dict):
        value, bound = value["t"], bound["t"]
    if value is None or bound is None or not Fraction(value):
        return "-"
    return f"{float(Fraction(bound) / Fraction(value)) - 1:.1e}"


def rows(arguments: argparse.Namespace) -> Any:
    """Yield name, solver and seed of each run."""
    names = sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir())
    chosen = [n for n in names if not arguments.names or any(a in n for a in arguments.names)]
    for name in chosen:
        for solver in ("decomposition", *(["highs"] if arguments.highs else [])):
            for seed in range(arguments.seeds):
                yield name, solver, seed


def main() -> None:
    """Print a row for each run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="parts of names, all by default")
    parser.add_argument("--strategy", default="gd")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--highs", action="store_true")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        name, solver, seed = arguments.one
        found = measure(name, arguments.strategy, arguments.seconds, int(seed), solver)
        print(json.dumps(found))
        return
    heads = ("problem", "strategy", "solver", "value", "bound", "gap", "solve", "verify", "seed")
    print(COLUMNS.format(*heads, "verdict"))
    for name, solver, seed in rows(arguments):
        command = [sys.executable, __file__, "--one", name, solver, str(seed)]
        command += ["--strategy", arguments.strategy, "--seconds", str(arguments.seconds)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(name, solver, done.stderr.strip().splitlines()[-1])
            continue
        found = json.loads(done.stdout.splitlines()[-1])
        figures = f"{found['solve']:.1f} s", f"{found['verify']:.1f} s"
        print(
            COLUMNS.format(
                name, arguments.strategy, solver, number(found["value"]), number(found["bound"]),
                gap(found), *figures, seed, found["verdict"],
            ),
            flush=True,
        )  # fmt: skip


if __name__ == "__main__":
    main()
