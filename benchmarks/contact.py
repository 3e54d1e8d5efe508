"""Contacts: decomposition against the published big-M model and the clique model in HiGHS.

    python benchmarks/contact.py [--seeds 3] [--limit 60] [--json FILE]

Instances in the layout of Kamke's data, drawn from seeds (see contact_instances.py): ``day`` has
400 passes, 16,000 targets and about 54,000 pairs as the published ones do; ``scarce`` has few
targets at each node, so that passes compete for them. Each run is a separate process with one
thread; the time is from parsed problem to result, wall and CPU. HiGHS gets the limit and is killed
a minute later, because it overruns limits at this size; the limit counts as its time then. A ratio
with > is a lower bound: the model was stopped before it had proved anything.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from contact_instances import draw_instance, draw_scarce

GRACE_S = 60
METHODS = ("decomposition", "cliques", "big_m")


def main() -> None:
    """Run all methods on all instances and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for each run")
    parser.add_argument("--methods", nargs="*", default=METHODS, choices=METHODS)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", nargs=2, metavar=("METHOD", "FILE"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(run_one(given.one[0], given.one[1], given.limit)))
        return
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, instance in instances(given.seeds):
            path = Path(folder) / f"{name}.json"
            path.write_text(json.dumps(instance, indent=4), encoding="utf-8")
            for method in given.methods:
                rows.append(
                    {"instance": name, "method": method, **measured(method, path, given.limit)}
                )
                show(rows[-1], rows)
    if given.json:
        given.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def instances(seeds: int) -> Any:
    """Yield name and instance."""
    print(f"{'instance':12} {'method':14} {'wall s':>8} {'CPU s':>8} {'ratio':>8}  result")
    for seed in range(1, seeds + 1):
        yield f"day-{seed}", draw_instance(seed)
    for seed in range(1, seeds + 1):
        yield (
            f"scarce-{seed}",
            draw_scarce(seed, nodes=60, passes=400, horizon_s=20_000, targets_per_node=2),
        )


def measured(method: str, path: Path, limit: float) -> dict[str, Any]:
    """Run one method in a separate process; say what it left."""
    command = [sys.executable, __file__, "--limit", str(limit), "--one", method, str(path)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=limit + GRACE_S, check=True
        )
    except subprocess.TimeoutExpired:
        return {"ended": "killed", "wall_s": limit, "cpu_s": None, "value": None}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def run_one(method: str, path: str, limit: float) -> dict[str, Any]:
    """Solve one instance in this process."""
    import qkdopt as qo
    from qkdopt.contact.milp import solve_by_milp
    from qkdopt.deadline import Deadline
    from qkdopt.interop import import_kamke

    began = time.perf_counter()
    problem = import_kamke(path)
    read_s = time.perf_counter() - began
    unit = 10**problem.decimals
    import highspy  # noqa: F401 (loading libraries is not what is compared)
    import pyomo.environ  # noqa: F401

    began, began_cpu = time.perf_counter(), time.process_time()
    sizes = {"read_s": read_s, "pairs": problem.pairs}
    if method == "decomposition":
        outcome = qo.solve(problem, time_limit=limit)
        wall, cpu = time.perf_counter() - began, time.process_time() - began_cpu
        began = time.perf_counter()
        verdict = qo.verify(outcome.certificate, problem)
        assert outcome.certificate is not None
        return {
            "ended": str(outcome.ended),
            "wall_s": wall,
            "cpu_s": cpu,
            "value": outcome.value / unit,
            "proved": bool(verdict.optimal),
            "nodes": outcome.certificate.document["made_by"]["nodes"],
            "judge_s": time.perf_counter() - began,
            **sizes,
        }
    found = solve_by_milp(problem, method, Deadline(limit))
    value = None if found.schedule is None else found.schedule.value(problem) / unit
    return {
        "ended": str(found.ended),
        "wall_s": time.perf_counter() - began,
        "cpu_s": time.process_time() - began_cpu,
        "value": value,
        "proved": found.ended == "finished",
        "bound": found.solver_bound,
        "nodes": found.nodes,
        **sizes,
    }


def show(row: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    """Print one line; the ratio is that of wall times to the decomposition's."""
    first = next(r for r in rows if r["instance"] == row["instance"])
    ratio = row["wall_s"] / first["wall_s"] if first["method"] == "decomposition" else float("nan")
    stopped = "" if row.get("proved") else ">"
    value = "nothing" if row["value"] is None else f"{row['value']:,.6f}"
    words = f"{row['ended']}: {value}{', proved' if row.get('proved') else ''}"
    if "judge_s" in row:
        words += f", {row['nodes']} cases, verified in {row['judge_s']:.2f} s"
        words += f" ({row['pairs']:,} pairs, read in {row['read_s']:.2f} s)"
    cpu = "-" if row["cpu_s"] is None else f"{row['cpu_s']:.2f}"
    print(
        f"{row['instance']:12} {row['method']:14} {row['wall_s']:8.2f} {cpu:>8} "
        f"{stopped + format(ratio, ',.0f'):>8}  {words}",
        flush=True,
    )


if __name__ == "__main__":
    main()
