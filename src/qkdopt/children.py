"""Other Python processes, which import nothing that lies in the working directory."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_SAFE_PATH = "PYTHONSAFEPATH"


def module_command(module: str) -> list[str]:
    """Return the command that runs a module in another process of this interpreter.

    Without ``-P`` Python would search the working directory first: a foreign ``numpy.py``
    there would run.
    """
    return [sys.executable, "-P", "-m", module]


@contextmanager
def safe_import_path() -> Iterator[None]:
    """Start the processes of :mod:`multiprocessing` as if by ``-P`` while the context lasts.

    They inherit the environment; it is as before when the context ends.
    """
    before = os.environ.get(_SAFE_PATH)
    os.environ[_SAFE_PATH] = "1"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(_SAFE_PATH, None)
        else:
            os.environ[_SAFE_PATH] = before
