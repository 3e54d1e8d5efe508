"""Problems drawn from a seed in which few passes are shared by many stations.

    python models/drawn_short.py night|few|ties [--seed 1] -o problem.json.gz

``night``: one pass of 60 intervals over eight stations. ``few``: three passes of 40 intervals over
eight stations, with five intervals for a hand-over. ``ties``: two passes of twelve intervals over
six stations, where every interval in view is worth 7 bits, so that very many schedules are equal.
A station rises and sets once in a pass; what an interval is worth is a parabola from rise to set.
Everything is whole numbers from the first draw on, so that every machine makes the same problem.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import qkdopt as qo
from qkdopt.optimize.problem_file import write_problem

PERIOD = 570  # intervals of 10 s from pass to pass
MOST_WEIGHT = 20
LEAST_BEST, MOST_BEST = 1_000, 100_000  # bits of the best interval of a station in a pass


@dataclass(frozen=True)
class Family:
    """Sizes; ``bits`` of every interval in view, or none where they are parabolas."""

    stations: int
    passes: int
    length: int
    hand_over: int
    bits: int | None = None


FAMILIES = {
    "night": Family(8, 1, 60, 1),
    "few": Family(8, 3, 40, 5),
    "ties": Family(6, 2, 12, 1, 7),
}


def drawn_short(kind: str, seed: int) -> qo.SchedulingProblem:
    """Return the problem of a family and a seed, intervals of 10 s."""
    family = FAMILIES[kind]
    rng = np.random.default_rng([family.stations, family.passes, family.length, seed])
    bits = np.concatenate([_one_pass(family, rng) for _ in range(family.passes)], axis=1)
    active = np.flatnonzero(bits.any(axis=0))
    names = [f"station {n + 1}" for n in range(family.stations)]
    weights = rng.integers(1, MOST_WEIGHT + 1, family.stations).tolist()
    keys = qo.KeyTensor.create(
        bits[:, active],
        active + (active // family.length) * (PERIOD - family.length),
        names,
        interval_s=10,
        switch_s=10 * family.hand_over,
        weights=dict(zip(names, weights, strict=True)),
    )
    return qo.SchedulingProblem.from_keys(keys)


def _one_pass(family: Family, rng: np.random.Generator) -> np.ndarray:
    """Return the bits of one pass, int64, shape ``(stations, length)``."""
    bits = np.zeros((family.stations, family.length), np.int64)
    for station in range(family.stations):
        seen = int(rng.integers(family.length // 2, family.length + 1))
        rise = int(rng.integers(family.length - seen + 1))
        best = int(rng.integers(LEAST_BEST, MOST_BEST))
        since_rise = np.arange(1, seen + 1)
        parabola = best * 4 * since_rise * (seen + 1 - since_rise) // (seen + 1) ** 2
        bits[station, rise : rise + seen] = parabola if family.bits is None else family.bits
    return bits


def main() -> None:
    """Write one problem."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("kind", choices=FAMILIES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, required=True)
    given = parser.parse_args()
    write_problem(drawn_short(given.kind, given.seed), given.output)


if __name__ == "__main__":
    main()
