"""Beams and key rates per million cells, as the key tensor needs them.

BBM92 looks up both beams in a table, at random distances of a low orbit.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from figures import Figure, median_seconds, medians_in_turn

from qkdopt.physics.link.diffraction import (
    BeamTable,
    mean_capture_probability,
    optimum_waist_m,
)
from qkdopt.physics.protocols import BBM92, DecoyBB84

OPTICS = (810e-9, 0.15, 0.6, 0.47e-6)
CELLS, CHUNK, PORTION = 1_000_000, 20_000, 2_000
WAIST_M = 0.129


def measure(quick: bool) -> list[Figure]:
    """Return the figures of beams and key rates."""
    runs = 3 if quick else 9
    return beams(runs) + key_rates(runs)


def beams(runs: int) -> list[Figure]:
    """Time the capture probability at new distances and at further waists.

    In portions of about a millisecond, whose median other people's work hardly touches.
    """
    range_m, waist_m = np.linspace(400e3, 2000e3, 50), np.linspace(0.05, 0.25, 2_000)
    made, spread = table(WAIST_M), random_ranges()[:20_000]
    times = medians_in_turn(
        [
            lambda: mean_capture_probability(WAIST_M, range_m, *OPTICS),
            lambda: mean_capture_probability(0.0075, range_m, *OPTICS),
            lambda: mean_capture_probability(waist_m, 600e3, *OPTICS),
            lambda: optimum_waist_m(range_m, *OPTICS),
            lambda: made.capture_probability(spread),
            lambda: table("optimised"),
        ],
        30 * runs,
    )
    cells = (range_m.size, range_m.size, waist_m.size, range_m.size, spread.size, 1)
    usual, narrow, further, best, look_up, build = np.array(times) / cells * 1e6
    return [
        Figure("beam at a new distance, w0 = 0.86 a", usual, "us", 60),
        Figure("beam at a new distance, w0 = 0.05 a", narrow, "us", 60),
        Figure("beam at a further waist", further, "us", 2),
        Figure("best waist at a new distance", best, "us"),
        Figure("table of beams with the best waist", build / 1e3, "ms"),
        Figure("  look-up against the beam itself", usual / look_up, "x", 50, True),
    ]


def key_rates(runs: int) -> list[Figure]:
    """Time key rates on all cores, in chunks as the key tensor has them."""
    decoy = DecoyBB84(
        pulse_rate_hz=2e8,
        signal_intensity=0.5,
        decoy_intensity=0.08,
        signal_share=1.0,
        sifting_factor=0.5,
        error_correction_efficiency=1.16,
        misalignment_error=0.015,
        background_yield=1e-7,
    )
    eta = 10.0 ** -np.random.default_rng(5).uniform(2.0, 5.0, CELLS)
    figures = rates("decoy BB84", lambda part: decoy.key_rate_bits_per_s(eta[part]), 5e6, runs)
    made, one, other = table(WAIST_M), random_ranges(1), random_ranges(2)
    settings = {
        "BBM92 exact, brightness optimised": ({}, 1e6),
        "BBM92 exact, brightness given": (
            {"mean_pairs_per_window": 0.1},
            None,
        ),
        "BBM92 as printed, brightness optimised": (
            {"model": "paper"},
            None,
        ),
    }
    for name, (changes, limit) in settings.items():
        protocol = BBM92(pair_rate_hz=5.9e6, pair_rate_counts="attempts", **changes)

        def pairs(part: slice, protocol: BBM92 = protocol) -> np.ndarray:
            return protocol.key_rate_bits_per_s(
                made.capture_probability(one[part]), made.capture_probability(other[part])
            )

        figures += rates(name, pairs, limit, runs)
    return figures


def rates(name: str, work, limit: float | None, runs: int) -> list[Figure]:
    """Return how many million cells a second all cores do together, and one in small portions.

    The median of portions of a millisecond is hardly touched by other people's work; where it
    exceeds half of what two cores do together, these had other work to do.
    """
    parts = [slice(begin, begin + CHUNK) for begin in range(0, CELLS, CHUNK)]
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        seconds = median_seconds(lambda: list(threads.map(work, parts)), runs)
    alone = median_seconds(lambda: work(slice(0, PORTION)), 30 * runs)
    least = None if limit is None else limit / 1e6
    return [
        Figure(f"{name}, all cores", CELLS / seconds / 1e6, "M/s", least, True),
        Figure("  one core, in small portions", PORTION / alone / 1e6, "M/s"),
    ]


def table(waist_m: float | str) -> BeamTable:
    """Return the paper's beam over the distances of a low orbit."""
    names = ("wavelength_m", "transmitter_radius_m", "receiver_radius_m", "jitter_rad")
    optics = dict(zip(names, OPTICS, strict=True))
    return BeamTable(waist_m=waist_m, nearest_m=380e3, farthest_m=2_000e3, **optics)


def random_ranges(seed: int = 0) -> np.ndarray:
    """Return distances [m] in no order, shape ``(CELLS,)``."""
    return np.random.default_rng(seed).uniform(380e3, 2_000e3, CELLS)
