"""From samples with gaps to a code in every step of the horizon, by a named rule."""

from datetime import UTC, datetime

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.errors import InputError
from qkdopt.physics.clouds.samples import LARGEST_CODE, Place, Samples, instant_text
from qkdopt.timegrid import TimeGrid

MOST_CODES = 2**26
"""Most codes over a horizon, of all stations and members."""

_RULES = "missing = previous, clear or blocked fills gaps"


def nominal_step(samples: Samples, fallback_s: int) -> int:
    """Return the step of the series [s]: the smallest distance of two instants.

    Raises
    ------
    InputError
        When another distance is no multiple of it.
    """
    distances = np.diff(samples.time_s)
    if not distances.size:
        return fallback_s
    step_s = int(distances.min())
    odd = np.flatnonzero(distances % step_s)
    if odd.size:
        came = f"{int(distances[odd[0]])} s after {instant_text(int(samples.time_s[odd[0]]))}"
        raise InputError(f"{samples.where}: time", came, f"whole multiples of the step {step_s} s")
    return step_s


def codes_by_step(
    samples: Samples, step_s: int, grid: TimeGrid, missing: str, places: tuple[Place, ...]
) -> tuple[datetime, Floats]:
    """Return the start of the first step and the codes, shape ``(T, N)``, without gaps.

    Parameters
    ----------
    missing
        ``refuse``; ``previous`` (the last known code holds on); ``clear`` (0);
        ``blocked`` (150).

    Raises
    ------
    InputError
        For a series that lies wholly outside the horizon, and where ``missing`` does not fill
        a gap: any gap under ``refuse``, one before the first known code under ``previous``.
    """
    first_s, last_s = (round(t.timestamp()) for t in (grid.start_utc, grid.end_utc))
    begin, end = int(samples.time_s[0]), int(samples.time_s[-1]) + step_s
    horizon = f"codes from {instant_text(first_s)} to {instant_text(last_s)}"
    if end <= first_s or begin >= last_s:
        came = f"{instant_text(begin)} to {instant_text(end)}"
        raise InputError(f"{samples.where}: time", came, f"{horizon} (the scenario's horizon)")
    lead = (first_s - begin) // step_s
    count = -(-(last_s - begin) // step_s) - lead
    if count * len(places) > MOST_CODES:
        came = f"{count:,} steps of {step_s} s for {len(places):,} stations"
        raise InputError(f"{samples.where}: time", came, f"at most {MOST_CODES:,} codes")
    start_s = begin + lead * step_s
    step = (samples.time_s - begin) // step_s - lead
    codes = np.full((1 + count, len(places)), np.nan)  # the first row: known before the horizon
    inside = (step >= 0) & (step < count)
    codes[1 + step[inside]] = samples.code[inside]
    codes[0] = _last_known(samples.code[step < 0])
    filled = _filled(codes, missing)[1:]
    gaps = np.argwhere(np.isnan(filled))
    if gaps.size:
        row, column = gaps[0].tolist()
        instant = instant_text(start_s + row * step_s)
        came = f"no code at {instant}"
        raise InputError(f"{samples.where}: {places[column].name}", came, f"{horizon} ({_RULES})")
    return datetime.fromtimestamp(start_s, UTC), filled


def _last_known(codes: Floats) -> Floats:
    """Return the last code of each station that is not missing, ``nan`` without any."""
    if not len(codes):
        return np.full(codes.shape[1], np.nan)
    known: Floats = _filled(codes, "previous")[-1]
    return known


def _filled(codes: Floats, missing: str) -> Floats:
    gap = np.isnan(codes)
    if missing == "clear":
        return np.where(gap, 0.0, codes)
    if missing == "blocked":
        return np.where(gap, LARGEST_CODE, codes)
    if missing == "refuse":
        return codes
    row = np.where(gap, -1, np.arange(len(codes))[:, None])
    last = np.maximum.accumulate(row, axis=0)
    known = np.take_along_axis(codes, np.maximum(last, 0), axis=0)
    return np.where(last < 0, np.nan, known)
