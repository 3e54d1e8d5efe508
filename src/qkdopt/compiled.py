"""Numba's compiler with the settings of this project.

Kernels release the interpreter lock and are cached on disk. Numba refuses to import a
cached function when neither the package's folder nor the user's cache can be written, so
a temporary folder that lives as long as the process is named first in that case.

A cached kernel does not notice that a kernel *in another file* which it calls has changed:
kernels that call each other live in one file.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

__all__ = ["kernel"]

_Function = TypeVar("_Function", bound=Callable[..., Any])


def kernel(function: _Function) -> _Function:
    """Compile ``function`` without the interpreter lock and cache the machine code."""
    _provide_cache_folder()
    import numba

    numba.config.CACHE_DIR = os.environ.get("NUMBA_CACHE_DIR", "")  # if imported before us
    return cast(_Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def _provide_cache_folder() -> None:
    if os.environ.get("NUMBA_CACHE_DIR") or _writable(Path(__file__).parent):
        return
    with suppress(RuntimeError):  # a user without a home
        if _writable(Path.home() / ".cache"):
            return
    # A folder of a name that nobody can know beforehand: cached code is run unseen.
    os.environ["NUMBA_CACHE_DIR"] = folder = tempfile.mkdtemp(prefix="qkdopt-numba-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


def _writable(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK)
