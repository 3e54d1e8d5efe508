"""Random numbers that leave the caller's generators alone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager


class RandomStateGuard:
    """Python's global generator, lent to DEAP and given back.

    DEAP draws from the module ``random``. Within :meth:`borrowed` that is our own stream; outside,
    and in whatever the caller's callbacks do, it is the caller's, exactly as it was.
    """

    def __init__(self, seed: int) -> None:
        """Seed our stream."""
        self._ours = random.Random(seed).getstate()

    @contextmanager
    def borrowed(self) -> Iterator[None]:
        """Let DEAP draw from our stream inside the block."""
        callers = random.getstate()
        random.setstate(self._ours)
        try:
            yield
        finally:
            self._ours = random.getstate()
            random.setstate(callers)
