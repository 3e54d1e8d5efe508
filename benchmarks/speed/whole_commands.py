"""What a user waits for: ``--help``, a warm run, and the first run, which compiles."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from statistics import median
from time import perf_counter

from figures import Figure

RUN = ["run", "micius-china-2016"]


def measure(quick: bool) -> list[Figure]:
    """Return the figures of whole commands."""
    runs = 3 if quick else 7
    figures = [
        Figure("qkdopt --help", median(seconds(["--help"]) for _ in range(runs)), "s", 0.5),
        Figure("qkdopt run, S-GD and S-PD, warm", warm_run(runs // 2 + 1), "s", 8),
    ]
    if not quick:
        first, compiling = first_run()
        figures.append(Figure("qkdopt run, first time (compiles)", first, "s", 60))
        figures.append(Figure("compiling for it, CPU time", compiling, "s", 12))
    return figures


def seconds(arguments: list[str], **environment: str) -> float:
    """Return the wall time [s] of the command in an empty folder of its own."""
    command = shutil.which("qkdopt")
    if command is None:
        raise SystemExit("install the project first: python -m pip install -e .")
    with tempfile.TemporaryDirectory() as folder:
        began = perf_counter()
        subprocess.run(
            [command, *arguments],
            cwd=folder,
            env=os.environ | environment,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        return perf_counter() - began


def warm_run(runs: int) -> float:
    """Return the median of several runs after one that is not counted."""
    seconds(RUN)
    return median(seconds(RUN) for _ in range(runs))


def first_run() -> tuple[float, float]:
    """Return the time of a run that finds no machine code, and its CPU time above a warm run's."""
    with tempfile.TemporaryDirectory() as cache:
        began = children_cpu_s()
        first = seconds(RUN, NUMBA_CACHE_DIR=cache)
        middle = children_cpu_s()
        seconds(RUN, NUMBA_CACHE_DIR=cache)
        return first, 2 * middle - began - children_cpu_s()


def children_cpu_s() -> float:
    """Return the CPU time [s] of all commands so far, their own children included."""
    times = os.times()
    return times.children_user + times.children_system
