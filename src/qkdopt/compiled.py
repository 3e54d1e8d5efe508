"""Numba's compiler with the settings of this project.

Kernels release the interpreter lock and are cached on disk. Numba refuses to import a
cached function when neither the package's folder nor the user's cache can be written, so
a temporary folder that lives as long as the process is named first in that case.

By itself numba does not notice that a kernel *in another file* which a cached one calls has
changed; here the cache also holds for nothing once a file that kernels come from is another.

A kernel may leave a choice to the type of an argument, a named tuple of arrays: :func:`by_type`
makes functions of several versions, of which each compiled kernel contains the one it needs.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import singledispatch
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from functools import _SingleDispatchCallable

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Result = TypeVar("_Result")

_called: dict[str, set[str]] = {}
"""By file with kernels: the other files whose kernels they call, and those that these call."""

_by_type: dict[FunctionType, Mapping[type, Callable[..., object]]] = {}
"""The versions of functions by type."""


def kernel(function: _Function) -> _Function:
    """Compile ``function`` without the interpreter lock and cache the machine code."""
    return _compiled(function, for_python=True)


def kernel_part(function: _Function) -> _Function:
    """Compile as :func:`kernel` a function that only kernels call: a fifth less to compile.

    What is left out converts arguments, named tuples of many arrays above all, from Python's. A
    call from Python runs the function itself.
    """
    compiled = _compiled(function, for_python=False)
    if compiled is not function:  # not NUMBA_DISABLE_JIT
        vars(compiled).update(
            _insert=lambda *code: None, _compile_for_args=lambda *arguments: function
        )
    return compiled


def _compiled(function: _Function, *, for_python: bool) -> _Function:
    _provide_cache_folder()
    import numba

    numba.config.CACHE_DIR = os.environ.get("NUMBA_CACHE_DIR", "")  # if imported before us
    compiled = numba.njit(
        cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True,
        no_cpython_wrapper=not for_python,
    )(function)  # fmt: skip
    from qkdopt.kernel_cache import write_side_by_side

    write_side_by_side(compiled)
    _watch_other_files(function, compiled)
    return cast(_Function, compiled)


def by_type(function: Callable[..., _Result]) -> _SingleDispatchCallable[_Result]:
    """Return a function that kernels call, with a version for each type of its first argument.

    ``function`` is what is called for all other types; its versions are added by ``register``, as
    with :func:`functools.singledispatch`. The types are classes of named tuples, and the choice is
    made when a kernel is compiled: it costs nothing while it runs.
    """
    _provide_cache_folder()
    from numba.extending import overload

    chosen = singledispatch(function)

    @overload(chosen, strict=False)  # type: ignore[untyped-decorator]
    def version(data: object, *others: object) -> Callable[..., _Result]:
        return chosen.dispatch(vars(data)["instance_class"])

    _by_type[cast(FunctionType, chosen)] = chosen.registry
    return chosen


def _watch_other_files(function: Callable[..., Any], compiled: Any) -> None:
    """Add the files whose kernels a kernel's file imports to what the cache goes by."""
    from numba.core.dispatcher import Dispatcher

    if not isinstance(compiled, Dispatcher):
        return  # NUMBA_DISABLE_JIT
    own = function.__code__.co_filename
    others = _called.setdefault(own, set())
    others |= _files_called(function) - {own}
    cache: Any = getattr(compiled, "_cache", None)  # numba's own affair: it may be called otherwise
    index: Any = getattr(cache, "_cache_file", None)
    if others and hasattr(index, "_source_stamp"):
        index._source_stamp = (index._source_stamp, *map(_content, sorted(others)))


def _files_called(function: Callable[..., object]) -> set[str]:
    """Return the files of the kernels that stand in a function's file, and those they call."""
    from numba.core.dispatcher import Dispatcher

    files: set[str] = set()
    waiting, seen = [function], set()
    while waiting:
        names = waiting.pop().__globals__
        if id(names) in seen:
            continue
        seen.add(id(names))
        for known in names.values():
            if isinstance(known, Dispatcher):
                file = known.py_func.__code__.co_filename
                files |= {file} | _called.get(file, set())
            elif isinstance(known, FunctionType) and known in _by_type:
                versions = _by_type[known].values()
                files |= {version.__code__.co_filename for version in versions}
                waiting += versions
    return files


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
