"""What key tensors are made of, checked."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import ArrayLike

from qkdopt.arrays import Integers
from qkdopt.errors import InputError
from qkdopt.names import first_repeated

_LARGEST_INDEX = 2**61


def checked_links(links: Sequence[str], where: str) -> tuple[str, ...]:
    """Return the names of links, all different and printable."""
    names = tuple(links)
    if not names:
        raise InputError(f"{where}: links", "none", "at least one link")
    for position, name in enumerate(names):
        if not isinstance(name, str) or not name or name != name.strip():
            raise InputError(f"{where}: links[{position}]", name, "a name without outer spaces")
        if not name.isprintable():
            raise InputError(f"{where}: links[{position}]", name, "a name that can be printed")
    twice = first_repeated(names)
    if twice is not None:
        again = names.index(twice, names.index(twice) + 1)
        raise InputError(f"{where}: links[{again}]", twice, "names that are all different")
    return names


def in_utc(instant: datetime | None) -> datetime | None:
    """Return the instant in UTC; one without a zone is taken to be in UTC already."""
    if instant is None:
        return None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def whole(values: ArrayLike, where: str) -> Integers:
    """Return whole numbers that are not negative as an array."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise InputError(where, "rows of different lengths", "a table") from error
    if array.size == 0:
        return array.astype(np.int64)
    if array.dtype.kind not in "iuf":
        raise InputError(where, f"values of type {array.dtype}", "whole numbers >= 0")
    bad = ~((array >= 0) & (array < 2**62))
    if array.dtype.kind == "f":
        with np.errstate(invalid="ignore"):
            bad |= array != np.floor(array)
    if bad.any():
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        raise InputError(f"{where}{list(place)}", array[place].item(), "whole numbers >= 0")
    return array.astype(np.int64)


def check_increasing(indices: Integers, where: str) -> None:
    """Refuse indices that do not increase, or are too large."""
    if indices.size and indices[-1] >= _LARGEST_INDEX:
        came = int(indices[-1])
        raise InputError(f"{where}: interval[{indices.size - 1}]", came, "an index below 2^61")
    wrong = np.flatnonzero(np.diff(indices) <= 0)
    if wrong.size:
        position = int(wrong[0]) + 1
        raise InputError(
            f"{where}: interval[{position}]",
            int(indices[position]),
            f"an index above the one before it ({int(indices[position - 1])})",
        )
