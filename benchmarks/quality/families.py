"""Drawn problems on which balanced delivery is hard: short passes shared by many cities."""

from __future__ import annotations

import numpy as np

import qkdopt as qo

LINKS, PASSES = 9, 16
FEWEST_SEEN = 4  # links in view during a pass
SHORTEST, LONGEST = 20, 44  # intervals of 10 s that a link is in view
LARGEST_WEIGHT = 1000
PASS_EVERY = 540  # intervals: an hour and a half


def short_passes(seed: int = 0) -> qo.SchedulingProblem:
    """Return 9 links over 16 passes of a few minutes; a hand-over takes one interval.

    In each pass four to nine links rise and set within a minute of each other. What an interval
    is worth follows the square of a half sine, at best 5,000 to 200,000 bits, with 3 % of noise.
    Weights are drawn uniformly.
    """
    rng = np.random.default_rng([9, 16, seed])
    active: list[int] = []
    columns: list[list[int]] = []
    for number in range(PASSES):
        length = LONGEST + 12
        bits = np.zeros((LINKS, length), np.int64)
        for n in rng.choice(LINKS, rng.integers(FEWEST_SEEN, LINKS + 1), replace=False):
            seen = int(rng.integers(SHORTEST, LONGEST + 1))
            rise = int(rng.integers(0, length - seen + 1))
            best = np.exp(rng.uniform(np.log(5e3), np.log(2e5)))
            profile = np.sin(np.pi * (np.arange(seen) + 0.5) / seen) ** 2
            noise = 1 + 0.03 * rng.standard_normal(seen)
            bits[n, rise : rise + seen] = np.maximum(best * profile * noise, 0).astype(np.int64)
        some = np.flatnonzero(bits.any(axis=0))
        active += (PASS_EVERY * number + some).tolist()
        columns += bits[:, some].T.tolist()
    drawn = rng.integers(1, LARGEST_WEIGHT + 1, LINKS)
    names = [f"city {n + 1}" for n in range(LINKS)]
    weights = {name: w for name, w in zip(names, drawn.tolist(), strict=True)}
    keys = qo.KeyTensor.create(
        np.array(columns).T, active, names, interval_s=10, switch_s=10, weights=weights
    )
    return qo.SchedulingProblem.from_keys(keys)
