"""Plug-ins: objects of other packages, found by name in entry point groups.

A package declares them in its own ``pyproject.toml``::

    [project.entry-points."qkdopt.solvers"]
    first_come = "my_package.heuristics:first_come"

A package is imported only when its name is used.
"""

from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from qkdopt.errors import PluginError

SOLVERS = "qkdopt.solvers"
PROTOCOLS = "qkdopt.protocols"
LOSSES = "qkdopt.losses"


def plugin_names(group: str) -> tuple[str, ...]:
    """Return the names that installed packages add to a group, sorted; imports none of them."""
    return tuple(sorted({point.name for point in entry_points(group=group)}))


def load_plugin(group: str, name: str) -> Any:
    """Import and return the callable of a name.

    Raises
    ------
    PluginError
        When there is none, when packages dispute the name, when its import fails, or when it
        is not callable.
    """
    found = _points(group, name)
    if not found:
        known = ", ".join(plugin_names(group)) or "none installed"
        raise PluginError(f"no {name} in the entry points {group} ({known})")
    if len(found) > 1:
        places = " and ".join(sorted(_described(point) for point in found))
        raise PluginError(f"{name} in {group} is claimed by {places}; remove one of them")
    point = found[0]
    try:
        loaded = point.load()
    except Exception as error:  # whatever another package does while it is imported
        raise PluginError(f"{_described(point)} cannot be loaded: {words_of(error)}") from error
    if not callable(loaded):
        raise PluginError(f"{_described(point)} is {type(loaded).__name__}, expected a callable")
    return loaded


def origin_of(group: str, name: str) -> str:
    """Return the package that a name comes from, with its version; empty when unknown."""
    points = _points(group, name)
    package = points[0].dist if points else None
    return "" if package is None else f"{package.name} {package.version}"


def words_of(error: BaseException) -> str:
    """Return an error of foreign code as one short line: its kind, then its message."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}".rstrip(": ")


def _points(group: str, name: str) -> Sequence[EntryPoint]:
    found = {point.value: point for point in entry_points(group=group, name=name)}
    return tuple(found.values())


def _described(point: EntryPoint) -> str:
    package = "" if point.dist is None else f" of {point.dist.name}"
    return f"{point.group} {point.name} ({point.value}{package})"
