"""Duplicates in lists of names, in linear time."""

from collections.abc import Iterable


def first_repeated(names: Iterable[str]) -> str | None:
    """Return the first name that stood there before, ``None`` when all differ."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def link_name(satellite: str, link: str) -> str:
    """Return what a problem of several satellites calls one satellite's link."""
    return f"{satellite}-{link}"
