"""Parameters from tables that a user gives, and what of them differs from the usual values."""

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from qkdopt.documents import read_toml
from qkdopt.errors import InputError
from qkdopt.nearest import one_of
from qkdopt.optimize.exchange.parameters import USUAL, SolverParameters

_LARGEST_FACTOR = 100  # columns and samples must fit into memory


def read_parameters(path: str | os.PathLike[str]) -> SolverParameters:
    """Read a TOML file with a table for each group; errors as in :func:`parameters_of`."""
    expected = "a TOML file with a table for each group of parameters"
    return parameters_of(read_toml(path, expected, exact=False), str(path))


def parameters_of(given: Mapping[str, object], where: str = "parameters") -> SolverParameters:
    """Return parameters of all groups, the usual ones where nothing is given.

    Parameters
    ----------
    given
        By group, then by name: ``{"branch_and_bound": {"candidates": 80}}``. Whole numbers are
        from 1 to a hundred times the usual value, others above 0 and at most that; those that
        are usually below 1 are shares or tolerances and stay at most 1. Switches are true or false.
    where
        Name of the file, for errors.

    Raises
    ------
    InputError
        For unknown groups and names, with the one that was probably meant, and for values out of
        range.
    """
    _check_names(given, asdict(USUAL), where)
    groups: dict[str, Any] = {}
    for group, table in given.items():
        usual, place = asdict(getattr(USUAL, group)), f"{where}: {group}"
        if not isinstance(table, Mapping):
            raise InputError(place, table, "a table of parameters")
        _check_names(table, usual, place)
        chosen: dict[str, Any] = {
            name: _checked(value, usual[name], f"{place}.{name}") for name, value in table.items()
        }
        groups[group] = replace(getattr(USUAL, group), **chosen)
    return replace(USUAL, **groups)


def changed_parameters(parameters: SolverParameters) -> dict[str, dict[str, object]]:
    """Return what differs from the usual values as certificates write it, by group."""
    if parameters is USUAL:  # at once: every solve asks
        return {}
    usual, found = asdict(USUAL), {}
    for group, table in asdict(parameters).items():
        changed = {n: _written(value) for n, value in table.items() if value != usual[group][n]}
        if changed:
            found[group] = changed
    return found


def _written(value: object) -> object:
    if isinstance(value, tuple):
        return [_written(item) for item in value]
    return value if isinstance(value, int) else str(value)


def _check_names(given: Iterable[str], names: Collection[str], where: str) -> None:
    for name in given:
        if name not in names:
            raise InputError(where, f"unknown name {name}", one_of(names, str(name)))


def _checked(value: object, usual: object, where: str) -> object:
    """Return a value of the kind of the usual one."""
    if isinstance(usual, tuple):
        if not isinstance(value, list | tuple) or len(value) != len(usual):
            raise InputError(where, value, f"a list of {len(usual)} numbers")
        return tuple(_checked(v, u, where) for v, u in zip(value, usual, strict=True))
    if isinstance(usual, bool):
        if isinstance(value, bool):
            return value
        raise InputError(where, value, "true or false")
    if isinstance(usual, int):
        most = _LARGEST_FACTOR * usual
        if type(value) is int and 1 <= value <= most:
            return value
        raise InputError(where, value, f"a whole number from 1 to {most:,}")
    largest = _LARGEST_FACTOR * usual if isinstance(usual, float) and usual >= 1.0 else 1.0
    if type(value) in (int, float) and isinstance(value, int | float) and 0.0 < value <= largest:
        return 1.0 * value
    raise InputError(where, value, f"a number above 0, at most {largest:,.0f}")
