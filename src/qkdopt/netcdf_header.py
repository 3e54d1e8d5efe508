"""NetCDF from outside: what a file declares is checked before anything is allocated.

A few kilobytes can declare a variable of terabytes, or pieces of gigabytes that unpack from
nothing. A file is opened once, by :mod:`qkdopt.opening`; then its header is examined.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from math import prod
from typing import TYPE_CHECKING, Any

from qkdopt.errors import Described, InputError
from qkdopt.opening import FileKind, opened, shown_path

if TYPE_CHECKING:
    import xarray as xr

_MOST_VARIABLES = 1000
_LARGEST_PIECE_BYTES = 2**28  # an uncompressed chunk, which is held whole to read one value
_LARGEST_NUMBER_BYTES = 8
_TEXT_BYTES = 64  # of a string in memory, at least
_LARGEST_COORDINATE_BYTES = 2**27


@contextmanager
def opened_dataset(
    path: str | os.PathLike[str],
    kind: FileKind,
    expected: str,
    wanted: Iterable[str] | None = None,
    **options: Any,
) -> Iterator[xr.Dataset]:
    """Open a NetCDF file whose header is within the limits; values are read when used.

    Parameters
    ----------
    path, kind, expected
        As of `qkdopt.opening.opened`.
    wanted
        Names of the variables to see; all by default.
    options
        For `xarray.open_dataset`.

    Raises
    ------
    InputError
        For a file that cannot be opened as NetCDF, and for a variable that declares pieces, or a
        coordinate that declares values, beyond the limits.
    """
    import netCDF4
    import xarray as xr

    where = shown_path(path)
    with opened(path, kind, expected) as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            source = netCDF4.Dataset(_same_file(stream.fileno(), path))
        except (OSError, RuntimeError, ValueError, UnicodeError) as error:
            raise _unreadable(error, where, expected) from error
        with source:
            _check_header(source, where)
            unwanted = None
            if wanted is not None:
                unwanted = sorted(set(source.variables) - set(wanted))
            try:
                store: Any = xr.backends.NetCDF4DataStore(source)  # type: ignore[no-untyped-call]
                dataset = xr.open_dataset(store, drop_variables=unwanted, **options)
            except (OSError, ValueError, RuntimeError, LookupError, TypeError,
                    AttributeError, ArithmeticError) as error:  # fmt: skip
                raise _unreadable(error, where, expected) from error
            try:
                yield dataset
            except RuntimeError as error:  # how the HDF5 library reports damaged values
                raise _unreadable(error, where, expected) from error


def check_declared(sizes: Mapping[Hashable, int], most_bytes: int, where: str) -> None:
    """Refuse to read numbers that are too many, by the sizes of their dimensions.

    Raises
    ------
    InputError
        Naming the shape, for more than ``most_bytes`` in memory.
    """
    if prod(sizes.values()) * _LARGEST_NUMBER_BYTES > most_bytes:
        came = Described(f"{' x '.join(f'{size:,}' for size in sizes.values())} values")
        raise InputError(where, came, f"at most {most_bytes // 2**20} MiB of them")


def _same_file(descriptor: int, path: str | os.PathLike[str]) -> str:
    """Return a path of the open file itself where the system has one: nothing can replace it."""
    own = f"/proc/self/fd/{descriptor}"
    return own if os.path.exists(own) else os.fspath(path)


def _check_header(source: Any, where: str) -> None:
    if source.groups:
        raise InputError(
            where, Described(f"groups {', '.join(source.groups)}"), "variables without groups"
        )
    if len(source.variables) > _MOST_VARIABLES:
        came = Described(f"{len(source.variables):,} variables")
        raise InputError(where, came, f"at most {_MOST_VARIABLES:,}")
    for name, variable in source.variables.items():
        size = _size_of_one(variable)
        if size is None:
            raise InputError(
                f"{where}: {name}", Described("values of a type of its own"), "numbers or text"
            )
        pieces = variable.chunking()
        if not isinstance(pieces, str) and pieces and prod(pieces) * size > _LARGEST_PIECE_BYTES:
            came = Described(f"pieces of {' x '.join(f'{length:,}' for length in pieces)} values")
            expected = f"pieces of at most {_LARGEST_PIECE_BYTES // 2**20} MiB"
            raise InputError(f"{where}: {name}", came, expected)
        # Coordinates are read at once: variables that have the name of their only dimension.
        coordinate = variable.dimensions == (name,)
        if coordinate and prod(variable.shape) * size > _LARGEST_COORDINATE_BYTES:
            came = Described(f"{prod(variable.shape):,} values")
            expected = f"at most {_LARGEST_COORDINATE_BYTES // 2**20} MiB of them"
            raise InputError(f"{where}: {name}", came, expected)


def _size_of_one(variable: Any) -> int | None:
    """Return the bytes of one value in memory, ``None`` for types that a file made up."""
    import numpy as np

    if variable.dtype is str:
        return _TEXT_BYTES
    kind = variable.datatype
    return kind.itemsize if isinstance(kind, np.dtype) and kind.kind in "iufS" else None


def _unreadable(error: Exception, where: str, expected: str) -> InputError:
    reason = getattr(error, "strerror", None) or error
    return InputError(where, Described(f"unreadable file ({reason})"), expected)
