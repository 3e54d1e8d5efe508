"""How contested receivers are in problems of several satellites.

    python benchmarks/contested.py [SCENARIO|PROBLEM ...]

By default all of models/constellations. A cell is a link and an interval with bits; contested are
stations and intervals that are in view of more satellites than there are receivers.
"""

from __future__ import annotations

import sys
import warnings
from collections import Counter
from pathlib import Path

import qkdopt as qo
from qkdopt.physics import ScenarioWarning
from qkdopt.study import problem_of

FOLDER = Path(__file__).parents[1] / "models" / "constellations"


def problem_in(path: Path) -> qo.SchedulingProblem:
    """Return the frozen problem of a folder, else that of its scenario; or that of a file."""
    scenario, frozen = path / "scenario.toml", path / "problem.json.gz"
    if path.is_file() and path.suffix != ".toml":
        frozen, path = path, path.parent
    if frozen.is_file():
        found = qo.load_problem(frozen)
        if not isinstance(found, qo.SchedulingProblem):
            raise SystemExit(f"{frozen}: a problem of contacts has no receivers")
        return found
    given = qo.load_scenario(path if path.is_file() else scenario)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ScenarioWarning)
        return problem_of(given)


def uses_of(problem: qo.SchedulingProblem) -> tuple[int, Counter[tuple[int, int]]]:
    """Return the number of cells, and of satellites that could use each (station, interval)."""
    cells, seen = 0, set()
    for s, satellite in enumerate(problem.satellites):
        for row, n in enumerate(problem.links_of(s)):
            intervals = satellite.interval[satellite.bits[row] > 0].tolist()
            cells += len(intervals)
            seen |= {(end, t, s) for end in problem.links[n].stations for t in intervals}
    return cells, Counter((station, t) for station, t, _ in seen)


def main(paths: list[Path]) -> None:
    """Print a line for each problem."""
    print(f"{'':26} {'satellites':>10} {'cells':>9} {'contested':>9} {'most':>5} {'mean':>5}")
    for path in paths:
        problem = problem_in(path)
        cells, uses = uses_of(problem)
        over = sum(n > problem.stations[station].receivers for (station, _), n in uses.items())
        share, mean = over / max(1, len(uses)), uses.total() / max(1, len(uses))
        print(
            f"{path.name:26} {len(problem.satellites):10} {cells:9,} {share:9.1%} "
            f"{max(uses.values(), default=0):5} {mean:5.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]] or sorted(p for p in FOLDER.iterdir() if p.is_dir()))
