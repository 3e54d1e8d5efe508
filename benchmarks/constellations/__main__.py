"""Several satellites: gaps after some CPU seconds, beside HiGHS; growth; one satellite's week.

    python benchmarks/constellations                            # all marks at 10 and 60 s, 3 seeds
    python benchmarks/constellations --seconds 10 --only train --seeds 1 --runs runs.jsonl
    python benchmarks/constellations --table runs.jsonl         # the table of what was measured
    python benchmarks/constellations --growth                   # with satellites, stations, days
    python benchmarks/constellations --week BEFORE              # BEFORE: another checkout

Limits are CPU seconds of the one thread that searches, so a busy machine does not matter much;
wall seconds are printed beside them. A run that closes its gap is not repeated at longer limits,
whose result would be the same. A file of runs keeps a line of JSON for each: what is in it is not
run again. Certificates are verified in a process of their own. HiGHS has one seed, S-GD and S-PD
only, and its model is built before its clock starts.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from growth import print_growth
from marks import MARKS, Mark
from solving import certified, gap_of, solved_by_highs
from week import compare_week

LINEAR = ("gd", "pd")
COLUMNS = "{:34} {:>5} {:>7} {:>8} {:>8} {:7} {:>6} {:>6} {:>6} {:>5} {:>8} {:>6} {:>6}"
HEADS = (
    "problem, strategy", "limit", "wanted", "median", "worst", "", "CPU s", "wall", "verify", "MB",
    "HiGHS", "CPU s", "build",
)  # fmt: skip


def main() -> None:
    """Run what is missing and print the table, or measure growth or the week."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=float, nargs="+", default=[10.0, 60.0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="+", default=[""], help="parts of names of marks")
    parser.add_argument("--runs", type=Path, help="file of runs, to go on with")
    parser.add_argument("--table", type=Path, metavar="FILE", help="print a file of runs only")
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--week", type=Path, metavar="BEFORE")
    arguments = parser.parse_args()
    if arguments.growth:
        print_growth()
    elif arguments.week:
        compare_week(arguments.week)
    else:
        path = arguments.table or arguments.runs
        runs = _loaded(path) if path is not None and path.exists() else {}
        if arguments.table is None:
            for key, run in _missing(arguments, runs):
                runs[key] = run
                if arguments.runs is not None:
                    with arguments.runs.open("a", encoding="utf-8") as stream:
                        stream.write(json.dumps({"key": key, **run}) + "\n")
        print_table(runs)


def _loaded(path: Path) -> dict[str, Any]:
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {line["key"]: line for line in lines}


def _key(mark: Mark, seconds: float, who: str) -> str:
    return f"{mark.name}, {seconds:g} s, {who}"


def _missing(arguments: argparse.Namespace, runs: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the runs that are not there yet, one limit after another."""
    marks = [mark for mark in MARKS if any(part in mark.name for part in arguments.only)]
    limits = sorted(arguments.seconds)
    for n, seconds in enumerate(limits):
        for mark in marks:
            given = mark.problem, mark.setup, mark.strategy, seconds
            solvers = [f"seed {seed}" for seed in range(arguments.seeds)]
            for who in [*solvers, *(["HiGHS"] if mark.strategy in LINEAR else [])]:
                key = _key(mark, seconds, who)
                before = [runs.get(_key(mark, less, who), {}) for less in limits[:n]]
                if key in runs or any(_closed(run) for run in before):
                    continue
                run = solved_by_highs(*given) if who == "HiGHS" else certified(*given, int(who[5:]))
                print(f"{key}: {_words(run)}", flush=True)
                yield key, run


def _closed(run: dict[str, Any]) -> bool:
    return run.get("value") is not None and gap_of(run["value"], run["bound"]) == 0.0


def _words(run: dict[str, Any]) -> str:
    if "error" in run:
        return str(run["error"])
    return f"{_gap_words(gap_of(run['value'], run['bound']))}, {run['cpu']:.1f} CPU s"


def _gap_words(gap: float | None) -> str:
    return "none" if gap is None else "closed" if gap == 0.0 else f"{gap:.1e}"


def print_table(runs: dict[str, Any]) -> None:
    """Print a row for each mark and limit: median and worst gap of all seeds."""
    print("\n" + COLUMNS.format(*HEADS))
    limits = sorted({float(key.rsplit(", ", 2)[1].removesuffix(" s")) for key in runs})
    for mark in MARKS:
        for seconds in limits:
            found = [
                run for seed in range(100) if (run := _at(runs, mark, seconds, f"seed {seed}"))
            ]
            if found:
                print(_row(mark, seconds, found, _at(runs, mark, seconds, "HiGHS") or {}))


def _at(runs: dict[str, Any], mark: Mark, seconds: float, who: str) -> dict[str, Any] | None:
    """Return a run at a limit, or one at a shorter limit that closed its gap."""
    own = runs.get(_key(mark, seconds, who))
    shorter = (runs.get(_key(mark, less, who)) for less in (10.0, 60.0) if less < seconds)
    return own or next((run for run in shorter if run and _closed(run)), None)


def _row(mark: Mark, seconds: float, found: list[dict[str, Any]], highs: dict[str, Any]) -> str:
    gaps = [gap_of(run.get("value"), run.get("bound")) for run in found]
    infinite = [float("inf") if gap is None else gap for gap in gaps]
    middle, worst = median(infinite), max(infinite)
    verified = all(run.get("verified") for run in found)
    reached = middle <= mark.gap_wanted(seconds) and verified
    figures = [median(run.get(key, 0.0) for run in found) for key in ("cpu", "wall", "verify")]
    memory = max(run.get("mb", 0.0) for run in found)
    beside = ("-", "-", "-")
    if "cpu" in highs:
        gap = _gap_words(gap_of(highs["value"], highs["bound"]))
        beside = (gap, f"{highs['cpu']:.1f}", f"{highs['build']:.1f}")
    wanted = _gap_words(mark.gap_wanted(seconds)).replace("closed", "0")
    return COLUMNS.format(
        mark.name, f"{seconds:g}", wanted,
        *(_gap_words(None if gap == float("inf") else gap) for gap in (middle, worst)),
        "" if reached else "MISSED", *(f"{x:.1f}" for x in figures), f"{memory:.0f}", *beside,
    )  # fmt: skip


if __name__ == "__main__":
    main()
