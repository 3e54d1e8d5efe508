"""Find drawn problems on which a search leaves a large gap: many seeds, a short time each.

    python models/search_hard.py balanced|td [--seeds 24] [--seconds 2]

Prints a line for each seed and the worst. Two families with the same draws of rise, length and
weight: ``balanced`` looks at ten cities in ten passes, ``td`` at S-TD(0.01) of six cities in five.
Published are the seeds that were worst on the day (`catalogue.py` has them). How far a search
comes in seconds depends on the machine, so another one may find another seed worst; the problem
of a seed is the same everywhere.
"""

from __future__ import annotations

import argparse
from fractions import Fraction

import numpy as np

import qkdopt as qo

LENGTH = 36  # intervals of a pass
PERIOD = 570
SIZES = {"balanced": (10, 10), "td": (6, 5)}  # cities, passes
STRATEGIES = {"balanced": qo.BalancedDelivery(), "td": qo.TargetedDelivery("0.01")}


def drawn_hard(kind: str, seed: int) -> qo.SchedulingProblem:
    """Return the problem of a seed: every city in every pass, so that all compete for all."""
    cities, passes = SIZES[kind]
    rng = np.random.default_rng([cities, passes, seed])
    bits = np.zeros((cities, passes * LENGTH), np.int64)
    for number in range(passes):
        for city in range(cities):
            length = int(rng.integers(LENGTH // 3, LENGTH + 1))
            rise = number * LENGTH + int(rng.integers(LENGTH - length + 1))
            since_rise = np.arange(1, length + 1)
            best = int(rng.integers(1_000, 100_000))
            parabola = 4 * since_rise * (length + 1 - since_rise)
            bits[city, rise : rise + length] = best * parabola // (length + 1) ** 2
    active = np.flatnonzero(bits.any(axis=0))
    interval = active + (active // LENGTH) * (PERIOD - LENGTH)
    names = [f"city {n + 1}" for n in range(cities)]
    weights = dict(zip(names, rng.integers(1, 1_000, cities).tolist(), strict=True))
    keys = qo.KeyTensor.create(
        bits[:, active], interval, names, interval_s=10, switch_s=20, weights=weights
    )
    return qo.SchedulingProblem.from_keys(keys)


def relative_gap(value: object, bound: object) -> float:
    """Return how far the bound is above the value, as a share of the bound."""
    if isinstance(value, dict) and isinstance(bound, dict):
        reached, most = Fraction(value["t"]), Fraction(bound["t"])
    else:
        reached, most = Fraction(str(value or 0)), Fraction(str(bound))
    return float((most - reached) / max(most, Fraction(1)))


def main() -> None:
    """Search."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("kind", choices=STRATEGIES)
    parser.add_argument("--seeds", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=2.0)
    given = parser.parse_args()
    worst = (0.0, 0)
    for seed in range(given.seeds):
        problem = drawn_hard(given.kind, seed)
        outcome = qo.solve(problem, STRATEGIES[given.kind], time_limit=given.seconds)
        gap = relative_gap(outcome.value, outcome.bound)
        worst = max(worst, (gap, seed))
        print(f"seed {seed}: gap {100 * gap:.4f} %", flush=True)
    print(f"worst: seed {worst[1]}, gap {100 * worst[0]:.4f} %")


if __name__ == "__main__":
    main()
