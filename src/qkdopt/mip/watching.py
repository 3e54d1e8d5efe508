"""Progress of solvers: incumbents and bounds, in the sense of the Pyomo model."""

import math
import time
from collections.abc import Callable

from qkdopt.mip.exchange import Progress
from qkdopt.mip.standard_form import StandardForm

# Called from time to time with (incumbent or None, bound or None) of a solver that minimises.
Report = Callable[[float | None, float | None], None]

_INFINITE = 1e20  # for solvers


class Watcher:
    """Passes reports of a solver that minimises ``form.cost @ x`` on to the caller."""

    def __init__(self, form: StandardForm, progress: Progress, factor: float = 1.0) -> None:
        """Begin to count seconds; the solver's costs are those of the form over ``factor``."""
        self._form, self._progress, self._factor = form, progress, factor
        self._began = time.perf_counter()
        self._error: BaseException | None = None

    def __call__(self, value: float | None, least: float | None) -> None:
        """Tell the incumbent and the bound; infinite ones are none."""
        seconds = time.perf_counter() - self._began
        self._progress(seconds, self._original(value), self._original(least))

    def inside(self, stop: Callable[[], object]) -> Report:
        """Return what a callback within a foreign library may call.

        No exception passes through such a library: the first is kept for :meth:`check`, and
        ``stop`` ends the search.
        """

        def report(value: float | None, least: float | None) -> None:
            if self._error is not None:
                return
            try:
                self(value, least)
            except BaseException as error:
                self._error = error
                stop()

        return report

    def check(self) -> None:
        """Raise what was kept."""
        if self._error is not None:
            raise self._error

    def _original(self, value: float | None) -> float | None:
        if value is None or not math.isfinite(value) or abs(value) >= _INFINITE:
            return None
        return self._form.original_value(value * self._factor)
