"""Numba's compiler with the settings of this project.

Kernels release the interpreter lock and are cached on disk. Numba refuses to import a
cached function when neither the package's folder nor the user's cache can be written, so
a folder below the system's temporary one is named first in that case.

A cached kernel does not notice that a kernel *in another file* which it calls has changed:
kernels that call each other live in one file.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

__all__ = ["kernel"]

_Function = TypeVar("_Function", bound=Callable[..., Any])


def kernel(function: _Function) -> _Function:
    """Compile ``function`` without the interpreter lock and cache the machine code."""
    _provide_cache_folder()
    from numba import njit

    return cast(_Function, njit(cache=True, nogil=True, error_model="numpy")(function))


def _provide_cache_folder() -> None:
    if os.environ.get("NUMBA_CACHE_DIR") or _writable(Path(__file__).parent):
        return
    if _writable(Path.home() / ".cache"):
        return
    fallback = Path(tempfile.gettempdir()) / f"qkdopt-numba-{os.getuid()}"
    os.environ["NUMBA_CACHE_DIR"] = str(fallback)


def _writable(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK)
