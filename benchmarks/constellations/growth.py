"""How the time to a proved S-GD optimum grows with satellites, stations and days.

Satellites and stations: the first of walker-world-2025 (a day); days: of train-europe-2025. One
run each, CPU seconds with compiled kernels. The exponent between two sizes is the slope of log
time over log size, beside those of cells and contested intervals: where the time bends, they say
whether the problem or the method does.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from marks import problem_of

import qkdopt as qo
from qkdopt.optimize.layout import laid_out

__all__ = ["print_growth"]

WORLD, TRAIN = "walker-world-2025", "train-europe-2025"
SATELLITES, STATIONS, DAYS = (3, 6, 12, 24, 48, 96), (6, 12, 25, 50, 100), (1, 2, 4, 7)
_LIMIT_S = 300.0
_ROW = "{:22} {:>9} {:>9} {:>9} {:>9} {:>8} {:>8} {:>9}  {}"


def part_of(
    problem: qo.SchedulingProblem, satellites: int, stations: int, until: int
) -> qo.SchedulingProblem:
    """Return the first satellites over the first stations, before an interval."""
    chosen, links = [], []
    for s, satellite in enumerate(problem.satellites[:satellites]):
        own = [(row, n) for row, n in enumerate(problem.links_of(s))
               if max(problem.links[n].stations) < stations]  # fmt: skip
        inside = satellite.interval < until
        bits = satellite.bits[[row for row, _ in own]][:, inside]
        kept = bits.any(axis=0)
        chosen.append(
            replace(
                satellite, bits=np.asfortranarray(bits[:, kept]),
                interval=satellite.interval[inside][kept],
            )
        )  # fmt: skip
        links += [problem.links[n] for _, n in own]
    return replace(problem, satellites=tuple(chosen), links=tuple(links))


def sizes() -> Iterator[tuple[str, int, qo.SchedulingProblem]]:
    """Yield what grows, its size and the problem."""
    world, train = problem_of(WORLD), problem_of(TRAIN)
    for count in SATELLITES:
        yield "satellites", count, part_of(world, count, 100, 2**60)
    for count in STATIONS:
        yield "stations", count, part_of(world, 100, count, 2**60)
    for days in DAYS:
        until = days * 86_400 // int(train.interval_s)
        yield "days", days, part_of(train, 12, 30, until)


def measured(problem: qo.SchedulingProblem) -> dict[str, float]:
    """Return cells, contested intervals, components, CPU seconds and the gap."""
    began = time.process_time()
    outcome = qo.solve(problem, qo.GeneralDelivery(), time_limit=_LIMIT_S)
    cpu = time.process_time() - began
    shared = laid_out(problem).problem.receivers
    begin = np.zeros(1) if shared is None else shared.begin
    return {
        "cells": sum(np.count_nonzero(one.bits) for one in problem.satellites),
        "contested": 0 if shared is None else shared.station.size,
        "components": begin.size - 1,
        "largest": float(np.diff(begin).max(initial=0)),
        "cpu": cpu,
        "gap": outcome.relative_gap or 0.0,
    }


def print_growth() -> None:
    """Print a row for each size, and the exponent of all sizes of a kind."""
    time.perf_counter = time.process_time  # the clock of every limit
    qo.solve(problem_of("hand-two-satellites"), qo.GeneralDelivery())
    heads = ("cells", "contested", "compon.", "largest", "CPU s", "exponent", "of cells", "gap")
    print(_ROW.format("", *heads))
    rows: dict[str, list[tuple[int, dict[str, float]]]] = {}
    for kind, size, problem in sizes():
        found = measured(problem)
        before = rows.setdefault(kind, [])
        slopes = ["-", "-"]
        if before:
            last, known = before[-1]
            slopes = [
                f"{math.log(found[key] / max(known[key], 1e-9)) / math.log(size / last):.2f}"
                for key in ("cpu", "cells")
            ]
        before.append((size, found))
        figures = (f"{found[key]:,.0f}" for key in ("cells", "contested", "components", "largest"))
        gap = f"{found['gap']:.1e}" if found["gap"] else "closed"
        print(_ROW.format(f"{size} {kind}", *figures, f"{found['cpu']:.2f}", *slopes, gap),
              flush=True)  # fmt: skip
    for kind, sized in rows.items():
        x, y = (np.log([a for a, _ in sized]), np.log([found["cpu"] for _, found in sized]))
        print(f"{kind}: CPU s ~ size ^ {np.polyfit(x, y, 1)[0]:.2f}")
