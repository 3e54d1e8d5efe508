"""Numba's compiler with the settings of this project.

Kernels release the interpreter lock and are cached on disk. Numba refuses to import a
cached function when neither the package's folder nor the user's cache can be written, so
a temporary folder that lives as long as the process is named first in that case.

By itself numba does not notice that a kernel *in another file* which a cached one calls has
changed; here the cache also holds for nothing once a file that kernels come from is another.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

__all__ = ["kernel"]

_Function = TypeVar("_Function", bound=Callable[..., Any])

_called: dict[str, set[str]] = {}
"""By file with kernels: the other files whose kernels they call, and those that these call."""


def kernel(function: _Function) -> _Function:
    """Compile ``function`` without the interpreter lock and cache the machine code."""
    _provide_cache_folder()
    import numba

    numba.config.CACHE_DIR = os.environ.get("NUMBA_CACHE_DIR", "")  # if imported before us
    compiled = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    _watch_other_files(function, compiled)
    return cast(_Function, compiled)


def _watch_other_files(function: Callable[..., Any], compiled: Any) -> None:
    """Add the files whose kernels a kernel's file imports to what the cache goes by."""
    from numba.core.dispatcher import Dispatcher

    if not isinstance(compiled, Dispatcher):
        return  # NUMBA_DISABLE_JIT
    own = function.__code__.co_filename
    others = _called.setdefault(own, set())
    for known in function.__globals__.values():
        if isinstance(known, Dispatcher) and (file := known.py_func.__code__.co_filename) != own:
            others |= {file} | _called.get(file, set())
    cache: Any = getattr(compiled, "_cache", None)  # numba's own affair: it may be called otherwise
    index: Any = getattr(cache, "_cache_file", None)
    if others and hasattr(index, "_source_stamp"):
        index._source_stamp = (index._source_stamp, *map(_content, sorted(others)))


def _content(file: str) -> str:
    with suppress(OSError):  # imported from an archive
        return hashlib.sha256(Path(file).read_bytes()).hexdigest()
    return ""


def _provide_cache_folder() -> None:
    if os.environ.get("NUMBA_CACHE_DIR") or _writable(Path(__file__).parent):
        return
    with suppress(RuntimeError):  # a user without a home
        if _writable(Path.home() / ".cache"):
            return
    # A folder with an unpredictable name: cached code is executed without a check.
    os.environ["NUMBA_CACHE_DIR"] = folder = tempfile.mkdtemp(prefix="qkdopt-numba-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


def _writable(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK)
