"""A time axis without the hours in which nothing happens: passes side by side."""

from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers

_PASS_GAP_S = 600.0
_NIGHT_GAP_S = 6 * 3600.0
_GAP_SHARE = 0.006
_NIGHT_GAP_SHARE = 0.012


@dataclass(frozen=True, eq=False)
class CompressedTime:
    """Position of each active interval on the axis.

    Attributes
    ----------
    left
        Left edge of each interval, in intervals from the left end; shape ``(A,)``. An
        interval is 1 wide; within a pass time is to scale.
    passes
        First and last position ``(a, b)`` of the intervals of each pass, b included.
    nights
        First and last pass ``(i, j)`` of each night, j included.
    length
        Length of the axis.
    """

    left: Floats
    passes: tuple[tuple[int, int], ...]
    nights: tuple[tuple[int, int], ...]
    length: float

    def pass_left(self, number: int) -> float:
        """Return where a pass begins."""
        return float(self.left[self.passes[number][0]])

    def pass_right(self, number: int) -> float:
        """Return where a pass ends."""
        return float(self.left[self.passes[number][1]]) + 1.0


def compressed_time(interval: Integers, interval_s: float) -> CompressedTime:
    """Return the axis of active intervals at global indices ``interval``, shape ``(A,)``.

    Ten minutes without key end a pass (of all stations together), six hours a night.
    """
    active = interval.size
    if not active:
        return CompressedTime(np.zeros(0), (), (), 1.0)
    step = np.diff(interval)
    idle_s = (step - 1) * interval_s
    new_pass, new_night = idle_s > _PASS_GAP_S, idle_s > _NIGHT_GAP_S
    drawn = float(step[~new_pass].sum()) + active
    advance = step.astype(np.float64)
    advance[new_pass] = 1.0 + max(1.0, _GAP_SHARE * drawn)
    advance[new_night] = 1.0 + max(2.0, _NIGHT_GAP_SHARE * drawn)
    left = np.concatenate([[0.0], np.cumsum(advance)])
    passes = _runs(new_pass)
    first_pass = [first for first, _ in passes]
    nights = tuple(
        (first_pass.index(a), max(i for i, (first, _) in enumerate(passes) if first <= b))
        for a, b in _runs(new_night)
    )
    return CompressedTime(left, passes, nights, float(left[-1]) + 1.0)


def _runs(breaks: Bools) -> tuple[tuple[int, int], ...]:
    """Return first and last position of the runs that ``breaks``, shape ``(A - 1,)``, cuts."""
    cuts = np.flatnonzero(breaks).tolist()
    firsts = [0, *(cut + 1 for cut in cuts)]
    lasts = [*cuts, breaks.size]
    return tuple(zip(firsts, lasts, strict=True))
