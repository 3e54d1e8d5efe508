"""Machine code on disk that several processes may write at the same time.

Numba numbers the files of a kernel's compiled versions: the next one gets the first number that
the index does not have. Two processes that compile versions for other types at the same moment
take the same number, and the index of one then leads to the machine code of the other; a call of
it, in this process or any later one, ends in a segmentation fault. Here the name of a file follows
from what it is compiled for, and the index is written after the file.

Processes that begin together need the same kernels. The first one compiles; the others wait for
it and load what it wrote.
"""

import gc
import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from time import monotonic, sleep
from typing import cast

from numba.core.caching import IndexDataCacheFile
from numba.core.compiler_lock import global_compiler_lock
from numba.core.dispatcher import Dispatcher
from numba.core.serialize import dumps

LONGEST_WAIT_S = 300.0
"""Then a process compiles, too: whoever holds the lock may have been stopped."""

_POLL_S = 0.05


class CacheFile(IndexDataCacheFile):  # type: ignore[misc]
    """Index and files of one kernel, named by types, processor and source."""

    _handle: int | None = None

    def load(self, key: object) -> object:
        """Return what was compiled for ``key``, by a process that does it now if there is one.

        After None no other process compiles this kernel until :meth:`unlock`.
        """
        found: object = super().load(key)
        if found is None and self._handle is None and self._lock():
            found = super().load(key)
        return found

    def save(self, key: object, data: object) -> None:
        """Save what was compiled for ``key``: types, processor and a digest of the kernel."""
        known = hashlib.sha256(dumps((self._source_stamp, key))).hexdigest()[:16]
        name = self._index_name.removesuffix(".nbi") + f".{known}.nbc"
        self._save_data(name, data)
        self._save_index(self._load_index() | {key: name})

    def unlock(self) -> None:
        """Let others compile; the operating system does it when this process ends."""
        if self._handle is not None:
            with suppress(OSError):
                os.unlink(self._lock_path)
            os.close(self._handle)
            self._handle = None

    @property
    def _lock_path(self) -> str:
        return f"{self._index_path}.lock"

    def _lock(self) -> bool:
        """Take the lock; say whether another process had it. Some systems have no locks."""
        until, waited = monotonic() + LONGEST_WAIT_S, False
        with suppress(ImportError, OSError):
            import fcntl

            os.makedirs(self._cache_path, exist_ok=True)
            self._handle = os.open(self._lock_path, os.O_RDWR | os.O_CREAT, 0o666)
            while True:
                try:
                    fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    waited = True
                    if monotonic() >= until:
                        break
                sleep(_POLL_S)
        return waited


def write_side_by_side(compiled: object) -> None:
    """Let a cached function of numba's keep its machine code as :class:`CacheFile` does."""
    cache = getattr(compiled, "_cache", None)  # numba's own affair: it may be called otherwise
    index = getattr(cache, "_cache_file", None)
    if type(index) is IndexDataCacheFile and isinstance(compiled, Dispatcher):
        index.__class__ = CacheFile
        vars(compiled)["compile"] = _undisturbed(compiled.compile, cast(CacheFile, index))


def _undisturbed(compile_for: Callable[..., object], index: CacheFile) -> Callable[..., object]:
    """Return numba's compiler of one kernel, after which the lock of its files is free.

    It makes many objects that stay, which Python's collector would look through again and again
    for a tenth of the time: that waits until the kernel is done.
    """

    def compile_alone(types: object) -> object:
        with global_compiler_lock:
            outermost, collects = index._handle is None, gc.isenabled()
            gc.disable()
            try:
                return compile_for(types)
            finally:
                if collects:
                    gc.enable()
                if outermost:
                    index.unlock()

    return compile_alone
