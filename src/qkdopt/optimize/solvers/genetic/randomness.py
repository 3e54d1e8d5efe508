"""Random numbers that leave the caller's generators alone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from qkdopt.arrays import Floats

__all__ = ["Fence", "Numbers"]

_STORE = 1 << 16


class Fence:
    """Python's global generator, lent to DEAP and given back.

    DEAP draws from the module ``random``. Within :meth:`lent` that is our own stream; outside,
    and in whatever the caller's callbacks do, it is the caller's, exactly as it was.
    """

    def __init__(self, seed: int) -> None:
        """Seed our stream."""
        self._ours = random.Random(seed).getstate()

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Let DEAP draw from our stream inside the block."""
        callers = random.getstate()
        random.setstate(self._ours)
        try:
            yield
        finally:
            self._ours = random.getstate()
            random.setstate(callers)


class Numbers:
    """A store of uniform numbers in [0, 1) for kernels, filled in bulk.

    Handing a numpy generator to a compiled function costs 20 us a call, an array one.

    Attributes
    ----------
    store
        The numbers, shape ``(S,)``.
    used
        How many of them are used up.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        """Start with an empty store."""
        self.rng = rng
        self.store: Floats = np.zeros(0)
        self.used = 0

    def need(self, count: int) -> None:
        """Make sure that at least ``count`` numbers are left."""
        if self.used + count > self.store.size:
            self.store = self.rng.random(max(_STORE, 4 * count))
            self.used = 0
