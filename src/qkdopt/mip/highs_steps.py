"""HiGHS in steps: a search that pauses and goes on, so that it can take turns with other work."""

import threading
import weakref
from collections import deque
from collections.abc import Callable

import highspy
import numpy as np

from qkdopt.arrays import Floats
from qkdopt.mip.exchange import MipOptions, scaled
from qkdopt.mip.highs import configured, wait_at_exit
from qkdopt.mip.highs_factory import Highs
from qkdopt.mip.highs_model import highs_model, pass_model
from qkdopt.mip.standard_form import StandardForm
from qkdopt.mip.whole_numbers import check_numbers

_POLL_S = 0.02


class HighsSteps:
    """One tree search by HiGHS, a number of steps at a time.

    A step is what lies between two moments at which HiGHS asks whether to stop: a linear programme
    or less. So HiGHS does the same work in the same order on every machine, whatever the time
    limit. It runs in a thread of its own, which waits between turns; it ends when this object is
    gone.

    Parameters
    ----------
    form
        What to minimise.
    seed
        Of HiGHS.
    start
        Column values of a known point, shape ``(C,)``, ``nan`` where unknown.

    Raises
    ------
    SolverError
        When HiGHS refuses the model, or its numbers are larger than HiGHS is trusted with.
    """

    def __init__(self, form: StandardForm, seed: int = 0, start: Floats | None = None) -> None:
        check_numbers("highs", form)
        moderate = scaled(form)
        self._units = moderate.columns
        solver = configured(MipOptions(seed=seed))
        pass_model(solver, highs_model(moderate.form, relax=False))
        if start is not None:
            known = np.flatnonzero(~np.isnan(start)).astype(np.int32)
            solver.setSolution(known.size, known, (start / self._units)[known])
        self._turn = _Turn()
        thread = threading.Thread(target=_search, args=(solver, self._turn), daemon=True)
        thread.start()
        wait_at_exit(thread, self._turn.end)
        weakref.finalize(self, self._turn.end)

    @property
    def finished(self) -> bool:
        """Whether the search is over: HiGHS knows of nothing better than its last point."""
        return self._turn.finished

    @property
    def steps(self) -> int:
        """How many steps it has taken."""
        return self._turn.taken

    def run(self, steps: int, stop: Callable[[], bool]) -> list[Floats]:
        """Go on for some steps; return the column values of points that are better, in order.

        Where ``stop`` says so it returns at once, and the search ends.
        """
        turn = self._turn
        turn.resume(steps)
        while not turn.waited(_POLL_S):
            if stop():
                turn.end()
                break
        found = []
        while turn.found:
            found.append(turn.found.popleft() * self._units)
        return found


class _Turn:
    """What the thread of a search shares with the one that waits for it."""

    def __init__(self) -> None:
        self.taken, self._allowed = 0, 0
        self.ended = self.finished = self._idle = False
        self.found: deque[Floats] = deque()
        self._changed = threading.Condition()

    def resume(self, steps: int) -> None:
        """Allow further steps."""
        with self._changed:
            self._allowed += steps
            self._changed.notify_all()

    def waited(self, seconds: float) -> bool:
        """Wait a little; say whether all allowed steps are taken."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self.finished or (self._idle and self.taken >= self._allowed), seconds
            )

    def end(self) -> None:
        """Ask for no more steps."""
        with self._changed:
            self.ended = True
            self._changed.notify_all()

    def step(self) -> bool:
        """Wait until the next step is allowed, and count it; say whether to go on."""
        with self._changed:
            self._idle = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.ended or self.taken < self._allowed)
            self._idle = False
            self.taken += 1
            return not self.ended

    def finish(self) -> None:
        """Tell that the search is over."""
        with self._changed:
            self.finished = True
            self._changed.notify_all()


def _search(solver: Highs, turn: _Turn) -> None:
    """Run HiGHS; what it calls back makes it wait for its turn."""

    def ask(event: highspy.HighsCallbackEvent) -> None:
        if not turn.step():
            event.interrupt()

    def keep(event: highspy.HighsCallbackEvent) -> None:
        turn.found.append(np.array(event.data_out.mip_solution))

    solver.cbMipInterrupt += ask
    solver.cbMipImprovingSolution += keep
    try:
        if turn.step():
            solver.run()
    finally:
        turn.finish()
