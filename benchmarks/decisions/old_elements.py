"""Verdict: elements 16 to 25 days old cost up to 1 % of a week's keys, 65 to 128 days up to all.

Up to two weeks it is 0.02 %, and 25 to 50 days cost up to 12 %: hence a warning from 14 days on.

Element sets of Micius from public archives, 2016 to 2025, a day to 140 days apart. "Along" is
how far the older (or younger) set puts the satellite from where the set of the epoch puts it;
it is shown beside `expected_along_track_error_m`, which the warning uses. The
loss is that of a week of the published scenario: the S-GD optimum under the wrong set, counted
with the bits of the right one, against the optimum under the right one.

    python benchmarks/decisions/old_elements.py FILE    (two-line sets, # for comments)
"""

from __future__ import annotations

import sys
import warnings
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import numpy as np
from sgp4.api import Satrec

import qkdopt as qo
from qkdopt.physics.orbit.plausible import instant_utc
from qkdopt.physics.scenario.drag import expected_along_track_error_m
from qkdopt.physics.scenario.elements import Elements, tle_sets

DAYS = ((1, 3), (3, 7), (7, 14), (16, 25), (25, 50), (65, 128))
MOST_WEEKS = 15  # of each range of ages: a week takes a second or two
WEEK_S = 604_800


def main(path: str) -> None:
    """Print errors and losses by age."""
    warnings.simplefilter("ignore", qo.physics.ScenarioWarning)
    sets = tle_sets(Path(path).read_text(encoding="utf-8"), path)
    records = [item.satrec(path) for item in sets]
    pairs = list(permutations(range(len(sets)), 2))
    print(
        "age [d]    pairs   along [km], median (9 in 10)   expected   loss of keys, least to most"
    )
    for least, most in DAYS:
        own = [(i, j) for i, j in pairs if least <= abs(age(records[i], records[j])) < most]
        along = [along_track_km(records[i], records[j]) for i, j in own]
        expected = [
            expected_along_track_error_m(records[i], age(records[i], records[j])) / 1e3
            for i, j in own
        ]
        older = [(i, j) for i, j in own if age(records[i], records[j]) > 0]
        chosen = older[:: max(1, len(older) // MOST_WEEKS)][:MOST_WEEKS]
        losses = [loss(sets[i], sets[j]) for i, j in chosen]
        print(
            f"{least:3} to {most:3} {len(own):6} {np.median(along):14.1f} "
            f"({np.quantile(along, 0.9):.1f}) {np.median(expected):22.1f} "
            f"{min(losses):14.2%} to {max(losses):.2%}"
        )


def age(used: Satrec, right: Satrec) -> float:
    """Return how many days the used set is older than the right one."""
    return (right.jdsatepoch - used.jdsatepoch) + (right.jdsatepochF - used.jdsatepochF)


def along_track_km(used: Satrec, right: Satrec) -> float:
    """Return the distance along the orbit at the right set's epoch [km]."""
    ends = [item.sgp4(right.jdsatepoch, right.jdsatepochF)[1] for item in (used, right)]
    first, second = (np.array(end) for end in ends)
    lengths = np.linalg.norm(first) * np.linalg.norm(second)
    return float(np.arccos(np.clip(first @ second / lengths, -1, 1)) * np.linalg.norm(second))


def loss(used: Elements, right: Elements) -> float:
    """Return the share of a week's S-GD optimum that planning with the used set loses."""
    record = right.satrec("right")
    middle = instant_utc(record.jdsatepoch, record.jdsatepochF)
    scenario = qo.load_scenario("micius-china-2016")
    start = (middle - timedelta(seconds=WEEK_S // 2)).replace(microsecond=0)
    grid = replace(scenario.grid, start_utc=start, count=WEEK_S // scenario.grid.interval_s)
    tensors = []
    for elements in (used, right):
        satellite = replace(scenario.satellite, elements=elements)
        tensors.append(qo.compute_keys(replace(scenario, satellites=(satellite,), grid=grid,
                                               clouds=None)))  # fmt: skip
    planned, real = (qo.SchedulingProblem.from_keys(keys) for keys in tensors)
    schedule = qo.solve(planned, qo.GeneralDelivery()).certificate.schedule
    place = {index: a for a, index in enumerate(real.interval.tolist())}
    delivered = sum(
        int(real.bits[link, place[index]])
        for index, link in zip(planned.interval.tolist(), schedule, strict=True)
        if link >= 0 and index in place
    )
    return 1 - delivered / qo.solve(real, qo.GeneralDelivery()).value


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
