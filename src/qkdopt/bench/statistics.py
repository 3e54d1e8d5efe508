"""Means and profiles of times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Floats

SHIFT_S = 1.0
"""Added to every time before the logarithm, and taken off again: short times count little."""

CONFIDENCE = 0.95
_RESAMPLES = 2000
_FEWEST = 3


@dataclass(frozen=True)
class Mean:
    """A mean and its confidence interval, which fewer than 3 times do not have."""

    value: float
    low: float | None
    high: float | None


def shifted_geometric_mean(seconds: Sequence[float]) -> Mean:
    """Return ``exp(mean(ln(t + shift))) - shift`` with a percentile bootstrap interval.

    The resampling has a fixed seed: the same times give the same interval.
    """
    logs = np.log(np.asarray(seconds, float) + SHIFT_S)
    value = float(np.exp(logs.mean()) - SHIFT_S)
    if logs.size < _FEWEST or np.ptp(logs) == 0.0:
        return Mean(value, None, None)
    from scipy.stats import bootstrap

    interval = bootstrap(
        (logs,), np.mean, confidence_level=CONFIDENCE, n_resamples=_RESAMPLES, method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval  # fmt: skip
    low, high = (float(np.exp(end) - SHIFT_S) for end in (interval.low, interval.high))
    return Mean(value, low, high)


def performance_profile(
    seconds: Mapping[str, Sequence[float | None]],
) -> dict[str, tuple[Floats, Floats]]:
    """Return Dolan and More's performance profile of each solver.

    Parameters
    ----------
    seconds
        For each solver the time on every problem, in one order; ``None`` where it failed.

    Returns
    -------
    For each solver ratios (to the quickest solver of a problem, increasing) and the share
    of *all* problems that it solves within the ratio. Problems that none solves count in the
    share. Source: Dolan and More, Mathematical Programming 91 (2002) 201-213, section 2.
    """
    table = np.array(
        [[np.inf if s is None else s for s in times] for times in seconds.values()], float
    )
    quickest = table.min(axis=0, initial=np.inf)
    profile = {}
    for name, times in zip(seconds, table, strict=True):
        solved = np.isfinite(times)
        ratios = np.sort(times[solved] / np.maximum(quickest[solved], np.finfo(float).tiny))
        profile[name] = (ratios, np.arange(1, ratios.size + 1) / max(1, times.size))
    return profile
