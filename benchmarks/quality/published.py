"""Gap of every published problem and strategy after some CPU seconds, each solved from nothing.

    python benchmarks/quality/published.py [--runs FILE] [--seconds 10] [--seeds 1] [--only TEXT]
    python benchmarks/quality/published.py --compare BEFORE AFTER

Each run is one solve of a published problem with the default solver; no published certificate is
read for anything but its strategy. Limits are CPU seconds of the one thread that searches. A file
of runs keeps one line of JSON for each; what is in it is not run again. ``--compare`` prints two
such files side by side, for instance of two versions of qkdopt.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from pathlib import Path
from typing import Any

import qkdopt as qo
from qkdopt.errors import LimitError
from qkdopt.library import problem_folder, published_index

STRATEGIES = {
    "gd": lambda s: qo.GeneralDelivery(),
    "pd": lambda s: qo.PrioritisedDelivery(),
    "td": lambda s: qo.TargetedDelivery(kl_max=s["kl_max"]),
    "least": lambda s: qo.LeastDivergence(fraction=s["fraction"]),
    "balanced": lambda s: qo.BalancedDelivery(),
    "capped": lambda s: qo.CappedDelivery(),
}
SAME = 1e-9  # gaps that differ by less are equal
WORSE = 1.05


def main() -> None:
    """Run what is missing, or compare two files."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--runs", type=Path)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--compare", type=Path, nargs=2, metavar=("BEFORE", "AFTER"))
    arguments = parser.parse_args()
    if arguments.compare:
        compare(*map(load, arguments.compare))
        return
    time.perf_counter = time.process_time  # the clock of every limit
    done = load(arguments.runs) if arguments.runs and arguments.runs.exists() else {}
    for key, problem, strategy, seed in questions(arguments):
        if key in done:
            continue
        line = measure(key, problem, strategy, seed, arguments.seconds)
        print(json.dumps(line), flush=True)
        if arguments.runs:
            with arguments.runs.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")


def questions(arguments: argparse.Namespace) -> Any:
    """Yield every published problem and strategy that is not linear."""
    for folder in sorted(published_index(problem_folder("micius-china-2016").parent)):
        path = problem_folder(folder)
        problem = None
        for certificate in sorted((path / "certificates").glob("*.json.gz")):
            label = certificate.name.removesuffix(".json.gz")
            if label in ("gd", "pd", "contact") or arguments.only not in f"{folder} {label}":
                continue
            text = json.loads(gzip.decompress(certificate.read_bytes()))
            problem = problem or qo.load_problem(path / "problem.json.gz")
            strategy = STRATEGIES[text["strategy"]["name"]](text["strategy"])
            for seed in range(arguments.seeds):
                key = f"{folder} {label} {arguments.seconds:g} s seed {seed}"
                yield key, problem, strategy, seed


def measure(key: str, problem: Any, strategy: Any, seed: int, seconds: float) -> dict[str, Any]:
    """Solve once and verify."""
    qo.solve(problem, strategy, time_limit=0.2, seed=seed)  # compiles
    began = time.process_time()
    outcome = qo.solve(problem, strategy, time_limit=seconds, seed=seed)
    cpu_s = time.process_time() - began
    began = time.process_time()
    verified: bool | str = False
    try:
        verified = outcome.certificate is not None and bool(qo.verify(outcome.certificate))
    except LimitError as limit:
        verified = str(limit)
    return {
        "run": key,
        "value": outcome.value,
        "bound": outcome.bound,
        "gap": outcome.relative_gap,
        "optimal": outcome.optimal,
        "cpu_s": round(cpu_s, 2),
        "verify_cpu_s": round(time.process_time() - began, 3),
        "verified": verified,
    }


def load(path: Path) -> dict[str, dict[str, Any]]:
    """Return the runs of a file by their key."""
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {line["run"]: line for line in lines}


def compare(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Print gaps side by side, and mark what became worse by more than 5 %."""
    print(f"{'run':58} {'gap before':>11} {'after':>11} {'CPU s':>7} {'after':>7}")
    for key in sorted(before.keys() & after.keys()):
        one, two = before[key], after[key]
        old, new = one["gap"], two["gap"]
        worse = new is None or (old is not None and new > max(WORSE * old, old + SAME))
        print(
            f"{key:58} {_text(old):>11} {_text(new):>11} {one['cpu_s']:7.1f} {two['cpu_s']:7.1f}"
            f"{'  worse' if worse else ''}"
        )


def _text(gap: float | None) -> str:
    return "none" if gap is None else f"{gap:.3g}"


if __name__ == "__main__":
    main()
