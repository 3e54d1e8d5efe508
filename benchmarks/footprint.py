"""How long importing takes, against Python itself, and how large the wheel is.

Run: python benchmarks/footprint.py [--rounds 15]

Times are medians of new processes, taken in turn, with warm caches; the ratio is what compares
between machines. The wheel is built by ``python -m pip wheel . --no-deps``.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
STATEMENTS = {
    "python alone": "pass",
    "import qkdopt": "import qkdopt",
    "qkdopt --help": "from qkdopt.cli import main; main(['--help'])",
    "qkdopt problems": "from qkdopt.cli import main; main(['problems'])",
    "import numpy": "import numpy",
    "import pyomo.environ": "import pyomo.environ",
}
MIB = 2**20


def seconds(statement: str) -> float:
    """Return the wall time of one process that executes a statement."""
    began = time.perf_counter()
    command = [sys.executable, "-c", statement]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def show_times(rounds: int) -> None:
    """Print medians, and ratios to Python alone."""
    times: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    for statement in STATEMENTS.values():
        seconds(statement)  # warm
    for _ in range(rounds):
        for name, statement in STATEMENTS.items():
            times[name].append(seconds(statement))
    alone = statistics.median(times["python alone"])
    print("| what | median [ms] | times python alone |\n|---|---|---|")
    for name, found in times.items():
        median = statistics.median(found)
        print(f"| {name} | {1000 * median:.0f} | {median / alone:.1f} |")


def show_wheel() -> None:
    """Print the size of the wheel and of its largest parts."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, ROOT]
        subprocess.run(command, check=True)
        wheel = next(Path(folder).glob("*.whl"))
        parts: Counter[str] = Counter()
        with zipfile.ZipFile(wheel) as archive:
            for item in archive.infolist():
                parts["/".join(item.filename.split("/")[:2])] += item.compress_size
        print(f"\nWheel: {wheel.stat().st_size / MIB:.2f} MiB, packed. The largest parts:\n")
        print("| part | MiB |\n|---|---|")
        for name, size in parts.most_common(5):
            print(f"| `{name}` | {size / MIB:.2f} |")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    show_times(parser.parse_args().rounds)
    show_wheel()


if __name__ == "__main__":
    main()
