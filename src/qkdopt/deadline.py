"""Deadlines: one clock for every time limit, and Ctrl-C as a request that loops obey.

A solver passes its :class:`Deadline` down to its loops, and the loops poll
:meth:`Deadline.expired` often enough (a few times a second). Within :func:`interruptible` Ctrl-C
does not tear a loop apart: it is a request to stop that every deadline of the process knows of.
Code that does not poll, such as a library that builds a model, is interrupted all the same, by
``KeyboardInterrupt``, half a second later.
"""

from __future__ import annotations

import math
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from qkdopt.errors import QkdoptError

_PATIENCE_S = 0.5  # after Ctrl-C, until code that does not poll is interrupted
_LONG_PATIENCE_S = 10.0  # the same for code that has polled, and is finishing
_LEAST_WAIT_S = 1e-3
_AGAIN_S = 0.05  # after an interrupt was lost, until the next one
_ENFORCED_AGAIN_S = 0.02  # after a deadline passed, until work that continues is ended again
_ANYWHERE_AFTER = 25  # such attempts, until work is ended in code of other packages, too
_ENDED_AT_ONCE = ("qkdopt.", "pyomo.")  # packages in whose code an error is never lost
_NEVER_ENDED = ("weakref", "_weakrefset")  # modules that Python calls where errors are lost


class DeadlinePassedError(Exception):
    """Raised in the main thread where :meth:`Deadline.enforced` ends work that does not poll."""


class _Section:
    """Code that does not poll the deadline; ``inside`` while it runs."""

    inside = True
    attempts = 0

    def may_end_in(self, frame: FrameType | None) -> bool:
        """Return whether an error raised in the frame reaches the section, as far as is known.

        A signal can arrive while Python runs a callback of the garbage collector, of a weak
        reference or of compiled code, where an error is printed and lost. Such code is left to
        end first, which takes moments.
        """
        self.attempts += 1
        module = "" if frame is None else str(frame.f_globals.get("__name__", ""))
        while frame is not None:
            if frame.f_code.co_name == "__del__" or frame.f_globals.get("__name__") in _NEVER_ENDED:
                return False
            frame = frame.f_back
        return module.startswith(_ENDED_AT_ONCE) or self.attempts > _ANYWHERE_AFTER


class _StopRequest:
    """Requests by Ctrl-C; one at a time, in the main thread."""

    def __init__(self) -> None:
        self.installed = self.closing = False
        self.stop = self.known = False
        self.passed: _Section | None = None  # whose time is up; its signal is on the way
        self._since, self.ever = 0.0, False
        self._timers: list[threading.Timer] = []
        self._sending = threading.Lock()

    def handle(self, signal_number: int, frame: FrameType | None) -> None:
        """Take the signal: first as a request, and from half a second later on at once."""
        if self.closing:
            return
        section, self.passed = self.passed, None
        if section is not None:
            if section.inside and section.may_end_in(frame):
                raise DeadlinePassedError
            return
        self.ever = True
        if self.stop:
            if time.monotonic() - self._since >= _PATIENCE_S - _LEAST_WAIT_S:
                raise KeyboardInterrupt
            return
        self.stop, self._since = True, time.monotonic()
        self.later(_PATIENCE_S, lambda: not self.known)
        self.later(_LONG_PATIENCE_S, lambda: True)

    def later(self, seconds: float, due: Callable[[], bool]) -> threading.Timer:
        """Signal the main thread after some time if it is due then."""

        def fire() -> None:
            with self._sending:
                if not self.closing and due():
                    _signal_main_thread()

        timer = threading.Timer(seconds, fire)
        timer.daemon = True
        timer.start()
        self._timers.append(timer)
        return timer

    def close(self) -> None:
        """Send no signal from now on; one that was sent ends in :meth:`handle`."""
        with self._sending:
            self.closing = True

    def forget(self) -> None:
        """Start again."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self.stop = self.known = False
        self.passed = None


_request = _StopRequest()


def remember_interrupts() -> None:
    """Let :func:`was_interrupted` know of Ctrl-C outside :func:`interruptible`, too.

    For a program that ends by it; it begins to remember now. Handlers of others stay. An
    interrupt that reaches Python in a callback of compiled code, which cannot pass it on (Numba
    has some while it compiles), is raised again a moment later.
    """
    _request.ever = False
    in_main_thread = threading.current_thread() is threading.main_thread()
    if in_main_thread and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _remember)
        sys.unraisablehook = _raise_again


def was_interrupted() -> bool:
    """Return whether Ctrl-C was pressed since the beginning, whatever became of the exception.

    Modules that load others may turn it into an error of their own.
    """
    return _request.ever


def _remember(signal_number: int, frame: object) -> None:
    _request.ever = True
    raise KeyboardInterrupt


def _raise_again(lost: sys.UnraisableHookArgs) -> None:
    """Interrupt again where an interrupt was lost; report anything else as Python does."""
    if not issubclass(lost.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(lost)
        return
    timer = threading.Timer(_AGAIN_S, _signal_main_thread)
    timer.daemon = True
    timer.start()


def _signal_main_thread() -> None:
    if hasattr(signal, "pthread_kill"):  # also wakes a main thread that waits
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:  # pragma: no cover (Windows)
        signal.raise_signal(signal.SIGINT)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C be a request to stop while the context lives; the outermost context counts.

    Outside the main thread, and where the program handles the signal by itself, nothing changes.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT)
    if not in_main_thread or before not in (signal.default_int_handler, _remember):
        yield
        return
    _request.forget()
    _request.closing, _request.installed = False, True
    signal.signal(signal.SIGINT, _request.handle)
    try:
        yield
    finally:
        _request.close()
        signal.signal(signal.SIGINT, before)  # takes what was sent before
        _request.forget()
        _request.installed = False


class Deadline:
    """An instant on a clock, or never, at which work has to come back with what it has.

    Parameters
    ----------
    limit_s
        Seconds from now, ``None`` for no limit.
    clock
        Returns seconds: ``time.process_time``, a test's own, or ``None`` for
        ``time.perf_counter`` as it is when the deadline is made.
    """

    def __init__(
        self, limit_s: float | None = None, clock: Callable[[], float] | None = None
    ) -> None:
        self._clock, self.limit_s = clock or time.perf_counter, limit_s
        self._began = self._clock()
        self._whole: Deadline | None = None
        self._asked_to_stop = False

    def part(self, share: float) -> Deadline:
        """Return the deadline at which a share of the whole limit is used up."""
        part = Deadline(None if self.limit_s is None else share * self.limit_s, self._clock)
        part._began, part._whole = self._began, self
        return part

    def elapsed(self) -> float:
        """Return the seconds since it began."""
        return self._clock() - self._began

    def remaining(self) -> float:
        """Return the seconds left, at least 0; infinite without a limit."""
        return math.inf if self.limit_s is None else max(0.0, self.limit_s - self.elapsed())

    @property
    def stop_requested(self) -> bool:
        """Whether Ctrl-C was pressed, or :meth:`request_stop` called on this or on its whole."""
        if _request.stop:
            _request.known = True
            return True
        return self._asked_to_stop or (self._whole is not None and self._whole.stop_requested)

    def request_stop(self) -> None:
        """Ask all work under this deadline, in all its parts, to stop."""
        self._asked_to_stop = True
        if self._whole is not None:
            self._whole.request_stop()

    def expired(self) -> bool:
        """Return whether to stop now: the time is up, or a stop was requested."""
        return self.stop_requested or self.remaining() <= 0.0

    @contextmanager
    def enforced(self) -> Iterator[None]:
        """End work in the context that does not poll, by ``DeadlinePassedError`` when time is up.

        It has no effect outside :func:`interruptible` or outside the main thread.

        Raises
        ------
        DeadlinePassedError
            When the time was up, or is up at the beginning or the end: a signal may be lost in
            code that catches everything.
        """
        if self.expired():
            raise DeadlinePassedError
        in_main_thread = threading.current_thread() is threading.main_thread()
        if self.limit_s is None or not (_request.installed and in_main_thread):
            yield
            return
        section, sent = _Section(), list[bool]()

        def due() -> bool:
            if not section.inside:
                return False
            _request.later(_ENFORCED_AGAIN_S, due)  # the signal may come where it is not obeyed
            if _request.passed is not None:  # one signal at a time: a second one is Ctrl-C
                return False
            _request.passed = section
            sent.append(True)
            return True

        timer = _request.later(max(self.remaining(), _LEAST_WAIT_S), due)
        try:
            yield
            if self.remaining() <= 0.0:
                raise DeadlinePassedError
        except Exception as error:
            if sent and not isinstance(error, QkdoptError | DeadlinePassedError):
                raise DeadlinePassedError from error  # another package made an error of ours
            raise
        finally:
            section.inside = False
            timer.cancel()
