"""How contested receivers are in problems of several satellites.

    python benchmarks/contested.py [NAME|PROBLEM|SCENARIO ...]

By default all published problems of several satellites. A cell is a link and an interval with
bits; contested are stations and intervals in view of more satellites than there are receivers.
"""

from __future__ import annotations

import sys
import warnings
from collections import Counter

import qkdopt as qo
from qkdopt.library import published_index
from qkdopt.physics import ScenarioWarning
from qkdopt.study import problem_of


def problem_in(given: str) -> qo.SchedulingProblem:
    """Return a published problem by name, or that of a file or a scenario."""
    if given.endswith(".toml"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ScenarioWarning)
            return problem_of(qo.load_scenario(given))
    found = qo.load_problem(given)
    if not isinstance(found, qo.SchedulingProblem):
        raise SystemExit(f"{given}: a problem of contacts has no receivers")
    return found


def uses_of(problem: qo.SchedulingProblem) -> tuple[int, Counter[tuple[int, int]]]:
    """Return the number of cells, and of satellites that could use each (station, interval)."""
    cells, seen = 0, set()
    for s, satellite in enumerate(problem.satellites):
        for row, n in enumerate(problem.links_of(s)):
            intervals = satellite.interval[satellite.bits[row] > 0].tolist()
            cells += len(intervals)
            seen |= {(end, t, s) for end in problem.links[n].stations for t in intervals}
    return cells, Counter((station, t) for station, t, _ in seen)


def main(names: list[str]) -> None:
    """Print a line for each problem."""
    print(f"{'':26} {'satellites':>10} {'cells':>9} {'contested':>9} {'most':>5} {'mean':>5}")
    for name in names:
        problem = problem_in(name)
        cells, uses = uses_of(problem)
        over = sum(n > problem.stations[station].receivers for (station, _), n in uses.items())
        share, mean = over / max(1, len(uses)), uses.total() / max(1, len(uses))
        print(
            f"{name:26} {len(problem.satellites):10} {cells:9,} {share:9.1%} "
            f"{max(uses.values(), default=0):5} {mean:5.2f}",
            flush=True,
        )


if __name__ == "__main__":
    several = [name for name, facts in published_index().items() if "satellites" in facts]
    main(sys.argv[1:] or several)
