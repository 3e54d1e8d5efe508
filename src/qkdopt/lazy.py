"""Names of a package whose modules load when the names are first used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from warnings import warn


def lazy_names(
    package: str, names: Mapping[str, str], old: Mapping[str, str] | None = None
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return the functions ``__getattr__`` and ``__dir__`` of a package (PEP 562).

    Parameters
    ----------
    names
        By module: its names, with blanks between them.
    old
        Names of version 0.1 that still work, with a ``DeprecationWarning``: what they are now.
    """
    home = {name: module for module, text in names.items() for name in text.split()}

    def getattr_(name: str) -> object:
        if old and name in old:
            warn(f"{name} is now called {old[name]}", DeprecationWarning, stacklevel=2)
            name = old[name]
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(home[name]), name)

    return getattr_, lambda: sorted(sys.modules[package].__all__)
