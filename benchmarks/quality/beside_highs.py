"""Published problems, and weeks of nine stations, beside HiGHS in equal CPU time.

    python benchmarks/quality/beside_highs.py [--runs FILE] [--seconds 10] [--cells 15000]
                                              [--only TEXT] [--print]

Each is solved from nothing by the decomposition, and by HiGHS on the tightest formulation that
carries it (``startup`` where turning takes one interval) and on ``paper``, by solver ``milp``
where that carries the strategy, else by ``outer_approximation``, whose cuts HiGHS gets in a loop.
All limits are CPU seconds of one thread, building counted. Every certificate is verified. A row
shows the schedules' values beside each other, ``behind`` where HiGHS ends with the better one.
Problems of more links times intervals than ``--cells`` are left out. What is in the file of runs
is not run again.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import published

import qkdopt as qo
from qkdopt.deadline import Deadline
from qkdopt.errors import SolverError
from qkdopt.library import problem_folder
from qkdopt.mip import highs
from qkdopt.optimize.solvers.registry import SOLVERS

WAYS = ("decomposition", "tightest", "paper")
STATIONS = 9
WEEKS = ((60, 60), (60, 360), (30, 90))  # interval [s], time to turn to another station [s]


def main() -> None:
    """Run what is missing, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--runs", type=Path)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--cells", type=int, default=15_000)
    parser.add_argument("--only", default="")
    parser.add_argument("--print", action="store_true", dest="only_print")
    arguments = parser.parse_args()
    time.perf_counter = time.process_time  # the clock of every limit
    count_cpu_in_highs()
    known = arguments.runs is not None and arguments.runs.exists()
    done = published.load(arguments.runs) if known else {}
    for name, problem, strategy in () if arguments.only_print else questions(arguments):
        for way in WAYS:
            key = f"{name} {arguments.seconds:g} s {way}"
            if key in done or (line := measure(key, problem, strategy, way, arguments)) is None:
                continue
            done[key] = line
            if arguments.runs:
                with arguments.runs.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(line) + "\n")
        show(done, f"{name} {arguments.seconds:g} s")
    if arguments.only_print:
        for question in dict.fromkeys(key.rpartition(" ")[0] for key in done):
            show(done, question)


def count_cpu_in_highs() -> None:
    """Leave time limits to our own clock: that of HiGHS counts wall time."""
    usual = highs.configured
    highs.configured = lambda settings: usual(replace(settings, time_limit=None))
    Deadline.enforced = nullcontext  # a timer, which counts wall time too


def questions(arguments: argparse.Namespace) -> Iterator[tuple[str, Any, Any]]:
    """Yield problems and strategies of moderate size."""
    asked = argparse.Namespace(only=arguments.only, seconds=arguments.seconds, seeds=1)
    for key, problem, strategy, _ in published.questions(asked):
        if problem.bits.size <= arguments.cells and len(problem.satellites) == 1:
            yield " ".join(key.split(" ")[:2]), problem, strategy
    strategies = {
        "td-0.01": qo.TargetedDelivery(kl_max="0.01"), "balanced": qo.BalancedDelivery(),
        "least-0.9": qo.LeastDivergence(fraction="0.9"),
    }  # fmt: skip
    for interval_s, turn_s in WEEKS:
        problem = week(interval_s, turn_s)
        for label, strategy in strategies.items():
            name = f"nine-{interval_s}-{turn_s} {label}"
            if arguments.only in name:
                yield name, problem, strategy


def week(interval_s: int, turn_s: int) -> qo.SchedulingProblem:
    """Return the week of the first nine stations of europe-30-2025."""
    text = (problem_folder("europe-30-2025") / "scenario.toml").read_text(encoding="utf-8")
    text = re.sub(r"(?m)^interval_s = \S+", f"interval_s = {interval_s}", text)
    text = re.sub(r"(?m)^switch_s = \S+", f"switch_s = {turn_s}", text)
    head, *stations = text.split("[[station]]")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scenario.toml"
        path.write_text("[[station]]".join([head, *stations[:STATIONS]]), encoding="utf-8")
        return qo.SchedulingProblem.from_keys(qo.compute_keys(qo.load_scenario(path)))


def measure(
    key: str, problem: Any, strategy: Any, way: str, arguments: argparse.Namespace
) -> dict[str, Any] | None:
    """Solve once and verify; ``None`` where no formulation of that name carries the problem."""
    given: dict[str, Any] = {}
    if way != "decomposition":
        able = SOLVERS["milp"].carries(strategy, shared=False)
        solver = "milp" if able else "outer_approximation"
        given = {"solver": solver, "formulation": None if way == "tightest" else way}
    try:
        qo.solve(problem, strategy, time_limit=0.2, **given)  # compiles
        began = time.process_time()
        outcome = qo.solve(problem, strategy, time_limit=arguments.seconds, **given)
    except SolverError as refusal:
        print(f"{key}: {refusal}")
        return None
    cpu_s = time.process_time() - began
    document = None if outcome.certificate is None else outcome.certificate.document
    verified = document is not None and bool(qo.verify(outcome.certificate))
    return {
        "run": key,
        "value": None if document is None else float(Fraction(_first(document["value"]))),
        "bound": None if document is None else float(Fraction(_first(document["bound"]))),
        "highest": strategy.name != "least",
        "cpu_s": round(cpu_s, 2),
        "verified": verified,
    }


def _first(value: Any) -> Any:
    """Return what is pursued first, of balanced delivery ``t``."""
    return value["t"] if isinstance(value, dict) else value


def show(done: dict[str, Any], question: str) -> None:
    """Print one row."""
    lines = [done.get(f"{question} {way}") for way in WAYS]
    values = [None if line is None else line["value"] for line in lines]
    known = [value for value in values if value is not None]
    texts = ["-" if value is None else f"{value:.10g}" for value in values]
    own = lines[0]
    bound = "-" if own is None or own["bound"] is None else f"{own['bound']:.10g}"
    behind = False
    if own is not None and known:
        best = max(known) if own["highest"] else min(known)
        behind = values[0] is None or abs(best - values[0]) > published.SAME * abs(best)
    wrong = "" if all(line is None or line["verified"] for line in lines) else "  not verified"
    print(
        f"{question:44} {' '.join(f'{text:>15}' for text in texts)} of {bound:>15}"
        f"{'  behind' if behind else ''}{wrong}",
        flush=True,
    )


if __name__ == "__main__":
    main()
