"""Problems drawn from a seed: short passes over a handful of cities, one family in three sizes.

    python models/drawn_passes.py [--seed 1] [--times 1] -o problem.json.gz

Eight cities; 14 passes for ``x1``, 140 for ``x10``, 1,400 for ``x100``, one every 95 minutes or
so. In a pass two to six cities rise within three minutes of each other and stay for two to seven.
What an interval is worth is a parabola from rise to set; the best of a pass is drawn between
2,000 and 200,000 bits, evenly in powers of two. Everything is whole numbers from the first draw
on, so that every machine makes the same problem. Weights and demands are drawn, too.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import qkdopt as qo
from qkdopt.optimize.problem_file import write_problem

CITIES = ("Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Larch", "Maple")
PASSES = 14
PERIOD = 570  # intervals of 10 s from pass to pass
MOST_LATE = 30  # intervals by which a pass may begin later
FEWEST, MOST = 2, 6  # cities in a pass
SPREAD = 18  # intervals between the first and the last rise
SHORTEST, LONGEST = 12, 42
LEAST_BEST, DOUBLINGS, STEPS = 2_000, 7, 64  # 2,000 to 2,000 x 2^7 (cut at 200,000), in 1/64
MOST_BEST = 200_000


def drawn_passes(seed: int, times: int = 1) -> qo.SchedulingProblem:
    """Return the problem with ``14 x times`` passes."""
    rng = np.random.default_rng([14, 8, seed])
    weights = rng.integers(1, 100, len(CITIES)).tolist()
    interval: list[int] = []
    columns: list[np.ndarray] = []
    for number in range(PASSES * times):
        bits = _one_pass(rng)
        some = np.flatnonzero(bits.any(axis=0))
        first = PERIOD * number + int(rng.integers(MOST_LATE))
        interval += (first + some).tolist()
        columns.append(bits[:, some])
    keys = qo.KeyTensor.create(
        np.concatenate(columns, axis=1),
        interval,
        CITIES,
        interval_s=10,
        switch_s=10,
        weights=dict(zip(CITIES, weights, strict=True)),
    )
    demand = (rng.integers(500, 8_000, len(CITIES)) * 1_000 * times).tolist()
    return qo.SchedulingProblem.from_keys(keys, demand=dict(zip(CITIES, demand, strict=True)))


def _one_pass(rng: np.random.Generator) -> np.ndarray:
    """Return the bits of one pass, int64, shape ``(cities, SPREAD + LONGEST)``."""
    bits = np.zeros((len(CITIES), SPREAD + LONGEST), np.int64)
    seen = rng.permutation(len(CITIES))[: int(rng.integers(FEWEST, MOST + 1))]
    for city in seen.tolist():
        rise, length = int(rng.integers(SPREAD + 1)), int(rng.integers(SHORTEST, LONGEST + 1))
        doubling, step = divmod(int(rng.integers(DOUBLINGS * STEPS)), STEPS)
        best = min(MOST_BEST, LEAST_BEST * 2**doubling * (STEPS + step) // STEPS)
        since_rise = np.arange(1, length + 1)
        parabola = 4 * since_rise * (length + 1 - since_rise)
        bits[city, rise : rise + length] = best * parabola // (length + 1) ** 2
    return bits


def main() -> None:
    """Write one problem."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, required=True)
    given = parser.parse_args()
    write_problem(drawn_passes(given.seed, given.times), given.output)


if __name__ == "__main__":
    main()
