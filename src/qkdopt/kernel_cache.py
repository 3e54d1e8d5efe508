"""Machine code on disk that several processes may write at the same time.

Numba numbers the files of a kernel's compiled versions: the next one gets the first number that
the index does not have. Two processes that compile versions for other types at the same moment
take the same number, and the index of one then leads to the machine code of the other; a call of
it, in this process or any later one, ends in a segmentation fault. Here the name of a file follows
from what it is compiled for, and the index is written after the file.
"""

from __future__ import annotations

import hashlib

from numba.core.caching import IndexDataCacheFile
from numba.core.serialize import dumps

__all__ = ["CacheFile", "write_side_by_side"]


class CacheFile(IndexDataCacheFile):  # type: ignore[misc]
    """Index and files of one kernel, named by types, processor and source."""

    def save(self, key: object, data: object) -> None:
        """Save what was compiled for ``key``: types, processor and a digest of the kernel."""
        known = hashlib.sha256(dumps((self._source_stamp, key))).hexdigest()[:16]
        name = self._index_name.removesuffix(".nbi") + f".{known}.nbc"
        self._save_data(name, data)
        self._save_index(self._load_index() | {key: name})


def write_side_by_side(compiled: object) -> None:
    """Let a cached function of numba's keep its machine code as :class:`CacheFile` does."""
    cache = getattr(compiled, "_cache", None)  # numba's own affair: it may be called otherwise
    index = getattr(cache, "_cache_file", None)
    if type(index) is IndexDataCacheFile:
        index.__class__ = CacheFile
