"""What one hearing may cost; work is counted before it is done, so every hearing ends soon."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

from qkdopt.errors import LimitError
from qkdopt.verifier.fields import Described

__all__ = ["MOST_KEPT", "MOST_STEPS", "Budget", "size_factor"]

MOST_STEPS = 60_000_000
"""Steps of one hearing, of some 0.1 microseconds each; published certificates take 6 million."""

MOST_KEPT = 2_000_000
"""Intermediate results kept at a time, of some 100 bytes each."""

_BITS_PER_STEP = 512


class Budget:
    """The steps, and if need be the seconds, that are left for a hearing.

    Parameters
    ----------
    time_limit
        Seconds from ``began`` on, or ``None`` for no limit but that of the steps.
    began
        An instant of `time.monotonic`; now by default.
    """

    def __init__(self, time_limit: float | None = None, began: float | None = None) -> None:
        self._time_limit = time_limit
        now = monotonic() if began is None else began
        self._until = None if time_limit is None else now + time_limit
        self._left = MOST_STEPS

    def spend(self, steps: int) -> None:
        """Count steps that are about to be taken.

        Raises
        ------
        LimitError
            When they are more than what is left, or the time is over. Nothing was found to be
            false: the document was not judged.
        """
        self._left -= steps
        if self._left < 0:
            raise _not_judged(f"take more than {MOST_STEPS:,} steps")
        if self._until is not None and monotonic() > self._until:
            raise _not_judged(f"take more than {self._time_limit:g} s")

    def keep(self, results: int) -> None:
        """Check how many intermediate results there are at a time.

        Raises
        ------
        LimitError
            When they are more than `MOST_KEPT`.
        """
        if results > MOST_KEPT:
            raise _not_judged(f"need more than {MOST_KEPT:,} results at a time")


def size_factor(numbers: Sequence[int]) -> int:
    """Return how much longer arithmetic takes with numbers of this size, at least 1."""
    return 1 + max((x.bit_length() for x in numbers), default=0) // _BITS_PER_STEP


def _not_judged(limit: str) -> LimitError:
    came = Described(f"claims that {limit}")
    return LimitError("certificate", came, "fewer (they are not judged, so neither true nor false)")
