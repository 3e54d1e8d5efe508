"""Incumbent and bound over time, as a solver reports them."""

import math
import time
from collections.abc import Iterable
from typing import Any

from qkdopt.certificates import Generation

MOST_LINES = 400


class Trace:
    """Collects ``[seconds, incumbent, bound, evaluations]`` where something changes.

    Times count from :meth:`start`, on this side's clock: solvers report their own, which leave
    out building and hand-over. Intermediate lines are as reported by the solver; the last line
    is what the verifier confirmed.
    """

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._lines: list[list[Any]] = []

    def start(self, began: float) -> None:
        """Forget everything; count from ``began`` (of ``time.perf_counter``)."""
        self._began = began
        self._lines = []

    def note(self, seconds: float, incumbent: float | None, bound: float | None) -> None:
        """Take a progress report; ``seconds`` of the solver are not used."""
        line = [_number(incumbent), _number(bound)]
        if not self._lines or self._lines[-1][1:3] != line:
            self._lines.append([time.perf_counter() - self._began, *line, None])

    def generations(self, history: Iterable[Generation]) -> None:
        """Take the history of a search by generations instead of its progress reports."""
        lines = [[one.seconds, one.best or None, None, one.evaluations] for one in history]
        if lines:
            self._lines = lines

    def end(self, seconds: float, value: object, bound: object) -> None:
        """Add what the verifier confirmed at the end; drop what it does not bear out.

        An incumbent above the final one, or a bound below it, was none: some solvers report
        those of relaxations on the way.
        """
        if not (isinstance(value, int) and isinstance(bound, int)):
            self._lines = []
            return
        for line in self._lines:
            if line[1] is not None and line[1] > value:
                line[1] = None
            if line[2] is not None and line[2] < value:
                line[2] = None
        evaluations = self._lines[-1][3] if self._lines else None
        self._lines.append([seconds, value, bound, evaluations])

    def lines(self) -> list[list[Any]]:
        """Return the lines, thinned evenly to :data:`MOST_LINES`; first and last stay."""
        step = math.ceil(len(self._lines) / MOST_LINES)
        kept = self._lines[:: step or 1]
        if self._lines and kept[-1] is not self._lines[-1]:
            kept.append(self._lines[-1])
        return kept


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
