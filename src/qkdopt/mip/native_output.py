"""Keep the output of compiled libraries off standard output."""

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_C = ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None)
_STANDARD_OUTPUT = 1  # the descriptor that C's stdout writes to, whatever sys.stdout is


@contextmanager
def native_output_hidden() -> Iterator[None]:
    """Send what C and C++ code prints on standard output to nowhere.

    Such prints go past ``sys.stdout``, so the file descriptor itself is turned away, for the
    whole process: keep the block short, and let nothing else print meanwhile. Blocks may stand
    inside each other and overlap in several threads; standard output comes back when the last
    one ends, also by an error, and is as before: a file, a pipe, or closed.
    """
    _HIDING.enter()
    try:
        yield
    finally:
        _HIDING.leave()


class _Hiding:
    """Counts the open blocks; the first turns standard output away, the last turns it back."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a signal handler may open a block, too
        self._blocks = 0
        self._kept: int | None = None

    def enter(self) -> None:
        with self._lock:
            if not self._blocks:
                _C.fflush(None)  # what C code printed before still goes out
                self._kept = _copy()
                _turn_away()
            self._blocks += 1

    def leave(self) -> None:
        with self._lock:
            self._blocks -= 1
            if self._blocks:
                return
            _C.fflush(None)
            if self._kept is None:
                os.close(_STANDARD_OUTPUT)
            else:
                os.dup2(self._kept, _STANDARD_OUTPUT)
                os.close(self._kept)


_HIDING = _Hiding()


def _copy() -> int | None:
    try:
        return os.dup(_STANDARD_OUTPUT)
    except OSError:
        return None  # it is closed


def _turn_away() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    if nowhere != _STANDARD_OUTPUT:  # it is where standard output was closed
        os.dup2(nowhere, _STANDARD_OUTPUT)
        os.close(nowhere)
