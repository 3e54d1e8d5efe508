"""When deliveries are listed, and how many: more each time, until a list holds them all."""

from __future__ import annotations

from collections.abc import Callable

from qkdopt.arrays import Integers
from qkdopt.optimize.decomposition.deliveries import Deliveries
from qkdopt.optimize.objectives.base import ConcaveObjective, Multipliers

__all__ = ["Listing"]

_FIRST, _MOST, _MORE = 240_000, 4_000_000, 4  # steps: partial schedules and pairs of them
_DUE_S = 0.1  # of branching before the next list, times 4 for each


class Listing:
    """The lists of one objective's deliveries.

    A list is short where horizons are, or where multipliers leave few deliveries open. It fails
    after a number of steps, and is tried again with more of them when the incumbent may have
    become better.

    Attributes
    ----------
    due_s
        Branching [s] after which the next one is due.
    """

    def __init__(self, objective: ConcaveObjective) -> None:
        self._objective, self._most = objective, _FIRST
        self._deliveries: Deliveries | None = None
        self.due_s = _DUE_S

    def exhausts(
        self,
        multipliers: Multipliers,
        limit: Callable[[], float],
        offer: Callable[[Integers], object],
        stop: Callable[[], bool],
    ) -> bool:
        """List all that may be above the limit; say whether nothing above it is left.

        The best schedule is offered, which raises the limit; what is left must be few enough for
        the verifier.
        """
        if self._most > _MOST:
            return False
        if self._deliveries is None:
            self._deliveries = Deliveries.of(self._objective)
        most, self._most, self.due_s = self._most, self._most * _MORE, self.due_s * _MORE
        if self._deliveries is None:
            self._most = _MOST + 1
            return False
        while True:
            before = limit()
            found = self._deliveries.best(multipliers, before, most, stop)
            if found is None:
                return False
            if found[0] is not None:
                offer(found[0])
            if limit() == before:
                return True
