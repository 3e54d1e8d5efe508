"""How many small problems end without a proof, by strategy, after so many CPU seconds.

    python benchmarks/small.py [--draws 35] [--seconds 10] [--first 0] [--only td-0 least ...]
                               [--list] [--satellites]

Draws problems of up to 6 links and 12 intervals, some with few different bits and some with bits up
to 2^40, half of them with operations, a quarter with lower bounds; solves each once, compiled
before, and verifies what comes out. *Proved* means optimal by the verifier, or infeasible; what it
does not judge, for it would take too many steps, is open.
``--list`` prints each open one with its draw. Half a minute where all are proved. ``--satellites``
draws two or three satellites over stations that they share instead, 12 intervals in all.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import qkdopt as qo
from qkdopt.errors import LimitError
from qkdopt.optimize.decomposition.warm_up import warm_up
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.problem import Link, SchedulingProblem
from qkdopt.optimize.problem_file import problem_from_document
from qkdopt.optimize.strategies import with_floors
from qkdopt.optimize.strategy_names import strategy_named
from qkdopt.tensor import KeyTensor

KINDS = (
    "gd", "pd", "capped", "paired", "balanced", "fair", "td-0", "td-0.001", "td-0.02", "td-0.3",
    "least-0", "least-0.5", "least-0.9", "least-1",
)  # fmt: skip
MOST_LINKS, MOST_INTERVALS = 6, 12
EXPONENTS = (2, 3, 10, 20, 40)
SECONDS = 10.0


@dataclass(frozen=True)
class Drawn:
    """A problem and a strategy, and what was drawn."""

    problem: SchedulingProblem
    strategy: Any
    words: str


def drawn(kind: str, seed: int) -> Drawn:
    """Return the problem of a kind and a seed."""
    rng = np.random.default_rng([KINDS.index(kind), seed])
    full = rng.random() < 1 / 2  # of the largest size
    links = MOST_LINKS if full else int(rng.integers(1, MOST_LINKS + 1))
    intervals = MOST_INTERVALS if full else int(rng.integers(1, MOST_INTERVALS + 1))
    links = max(links, 2 if kind == "paired" else 1)  # traffic is between two
    targets = min(links, int(rng.integers(2, MOST_LINKS + 1)))
    interval = np.cumsum(rng.choice([1, 1, 1, 1, 2, 5], intervals))
    most = 2 ** int(rng.choice(EXPONENTS))
    bits = rng.integers(0, most, (links, intervals), endpoint=True)
    bits[rng.random((links, intervals)) < rng.choice([0.0, 0.3, 0.6])] = 0
    tau = int(rng.integers(0, 5))
    keys = KeyTensor.create(
        bits.tolist(), interval.tolist(), [f"link {n}" for n in range(links)], interval_s=10,
        switch_s=10 * tau,
    )  # fmt: skip
    names = "ABCDEF"[:targets]
    weights = rng.integers(0 if rng.random() < 1 / 4 else 1, 8, targets).tolist()
    weights[int(rng.integers(targets))] = 1
    owners = [*range(targets), *rng.integers(0, targets, links - targets).tolist()]
    pairs = [Link(f"link {n}", int(target)) for n, target in enumerate(owners)]
    problem = SchedulingProblem.create(keys, pairs, names, weights)
    problem = problem.having(**_wishes(rng, problem, names))
    words = f"{links} x {intervals}, tau {tau}, bits to {most:,}"
    if rng.random() < 1 / 2:
        rules = _operations(rng, links, int(interval[-1]))
        problem = problem.with_satellite(operations=Operations.create(**rules))
        words += "".join(f", {name}" for name, rule in rules.items() if rule not in (None, ()))
    strategy = _strategy(kind)
    if rng.random() < 1 / 4:
        share = float(rng.choice([0.01, 0.05, 0.2])) * problem.sum_of_best
        floors = {t: max(1, int(share * rng.random())) for t in names if rng.random() < 1 / 2}
        floors = floors or {"A": 1}
        if kind == "capped":
            caps = dict(zip(names, problem.demand or (), strict=True))
            floors = {t: min(bits, caps[t]) for t, bits in floors.items()}
        strategy = with_floors(strategy, floors)
        words += ", lower bounds"
    return Drawn(problem, strategy, words)


def drawn_satellites(kind: str, seed: int) -> Drawn:
    """Return a problem of several satellites, without operations and lower bounds."""
    rng = np.random.default_rng([KINDS.index(kind), seed, 77])
    satellites, targets = int(rng.integers(2, 4)), int(rng.integers(2, 5))
    active, most = MOST_INTERVALS // satellites, 2 ** int(rng.choice(EXPONENTS))
    names = "ABCD"[:targets]
    links: list[dict[str, Any]] = []
    contacts: list[dict[str, Any]] = []
    for s in range(satellites):
        first = int(rng.integers(4))
        count = min(targets, MOST_LINKS // satellites)
        for place in rng.choice(targets, count, replace=False).tolist():
            bits = rng.integers(0, most, active, endpoint=True)
            bits[rng.random(active) < rng.choice([0.0, 0.3, 0.6])] = 0
            some = np.flatnonzero(bits)
            contacts += [
                {"link": len(links), "first": first + int(run[0]), "bits": bits[run].tolist()}
                for run in np.split(some, np.flatnonzero(np.diff(some) > 1) + 1)
                if run.size
            ]
            link = {"satellite": s, "stations": [place], "target": place}
            links.append({"name": f"{s} {names[place]}", **link})
    document = {
        "format": "qkdopt-problem",
        "version": 2,
        "interval_s": "10",
        "satellites": [
            {"name": str(s), "switch_s": str(10 * int(rng.integers(4)))} for s in range(satellites)
        ],
        "stations": [
            {
                "name": name,
                "receivers": int(rng.integers(1, 3)),
                "switch_s": str(10 * int(rng.choice([0, 0, 1, 2]))),
            }
            for name in names
        ],
        "targets": [{"name": name, "weight": int(rng.integers(1, 8))} for name in names],
        "links": links,
        "contacts": contacts,
    }
    problem = problem_from_document(document)
    problem = problem.having(**_wishes(rng, problem, names))
    words = f"{satellites} satellites, {targets} stations, bits to {most:,}"
    return Drawn(problem, _strategy(kind), words)


def _strategy(kind: str) -> Any:
    name, _, number = kind.partition("-")
    settings = {"kl_max" if name == "td" else "fraction": number} if number else {}
    return strategy_named(name, **settings)


def _wishes(rng: np.random.Generator, problem: SchedulingProblem, names: str) -> dict[str, Any]:
    """Return stock, demand and traffic about as large as what can be had."""
    reach = max(1, problem.sum_of_best // 2)
    traffic = {i: dict.fromkeys(names, 0) for i in names}
    for place, i in enumerate(names):
        for j in names[place + 1 :]:
            traffic[i][j] = traffic[j][i] = int(rng.integers(1, reach, endpoint=True))
    stock = {name: int(rng.integers(0, reach)) for name in names} if rng.random() < 1 / 2 else None
    demand = {name: int(rng.integers(0, reach, endpoint=True)) for name in names}
    return {"stock": stock, "demand": demand, "traffic": traffic if len(names) > 1 else None}


def _operations(rng: np.random.Generator, links: int, last: int) -> dict[str, Any]:
    """Return operations, most of them off."""

    def maybe(value: Any) -> Any:
        return value if rng.random() < 0.3 else None

    def pairs(most: int) -> list[tuple[int, int]]:
        some = range(int(rng.integers(1, most + 1)))
        return [(int(rng.integers(-1, links)), int(rng.integers(last + 1))) for _ in some]

    rows = rng.integers(0, 40, (links, links))
    np.fill_diagonal(rows, 0)
    return {
        "forbidden": maybe(pairs(4)) or (),
        "locked": maybe(pairs(1)) or (),
        "minimum_dwell_s": maybe(int(rng.integers(11, 40))),
        "max_handovers_per_pass": maybe(int(rng.integers(0, 4))),
        "max_handovers": maybe(int(rng.integers(0, 6))),
        "max_service_s_per_pass": maybe(int(rng.integers(10, 90))),
        "switch_matrix_s": maybe(rows.tolist()),
    }


@dataclass(frozen=True)
class Run:
    """What became of a draw; ``gap`` is absolute for nats, ``None`` without a schedule."""

    drawn: Drawn
    seed: int
    proved: bool
    holds: bool
    solve_s: float
    verify_s: float
    words: str


def measured(one: Drawn, seed: int, seconds: float) -> Run:
    """Solve and verify one draw."""
    began = time.process_time()
    outcome = qo.solve(one.problem, one.strategy, time_limit=seconds)
    solved = time.process_time()
    if outcome.certificate is None:
        proved = outcome.reason.startswith("infeasible")
        return Run(one, seed, proved, True, solved - began, 0.0, outcome.reason)
    try:
        verdict = qo.verify(outcome.certificate)
    except LimitError as error:  # not judged
        verify_s = time.process_time() - solved
        return Run(one, seed, False, True, solved - began, verify_s, str(error))
    verified = time.process_time()
    kind_of_proof = outcome.certificate.document["proof"]["kind"]
    words = f"{verdict.statement} [{kind_of_proof}]"
    return Run(one, seed, verdict.optimal, verdict.holds, solved - began, verified - solved, words)


def runs_of(kind: str, arguments: argparse.Namespace) -> Iterator[Run]:
    """Yield the runs of a kind."""
    for seed in range(arguments.first, arguments.first + arguments.draws):
        one = (drawn_satellites if arguments.satellites else drawn)(kind, seed)
        run = measured(one, seed, arguments.seconds)
        if arguments.list and not (run.proved and run.holds):
            print(f"{kind} {seed}: {run.drawn.words}: {run.words}", flush=True)
        yield run


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=35)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=list(KINDS), choices=KINDS, metavar="KIND")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--satellites", action="store_true")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    time.perf_counter = time.process_time  # the solvers' clock
    for name in {kind.partition("-")[0] for kind in arguments.only}:
        for exact in (False, True) if name == "td" else (False,):
            warm_up(name, exact=exact)
    print("|           | drawn | open | false | median s | worst s | worst s to verify |")
    print("|-----------|-------|------|-------|----------|---------|-------------------|")
    for kind in arguments.only:
        runs = list(runs_of(kind, arguments))
        solve_s, verify_s = [x.solve_s for x in runs], [x.verify_s for x in runs]
        print(
            f"| {kind:9} | {len(runs):5} | {sum(not x.proved for x in runs):4} "
            f"| {sum(not x.holds for x in runs):5} | {np.median(solve_s):8.2f} "
            f"| {max(solve_s):7.2f} | {max(verify_s):17.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
