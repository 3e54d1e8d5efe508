"""The table ``[plugin]``: a protocol and loss terms from other packages, by name.

::

    [plugin.protocol]              # in place of [source]
    name = "single-photon-bb84"    # entry point of the group qkdopt.protocols
    qber = 0.02                    # every other key is an argument

    [[plugin.loss]]                # any number of them
    name = "fixed-loss"            # entry point of the group qkdopt.losses
    loss_db = 1.5
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qkdopt.errors import InputError, PluginError
from qkdopt.physics.scenario.validation import check_keys, plain, table_of, tables_of
from qkdopt.plugins import LOSSES, PROTOCOLS, load_plugin, origin_of, plugin_names, words_of

_KINDS = ("protocol", "loss")


@dataclass(frozen=True)
class PluginEntry:
    """One entry: the plug-in's name, its arguments, and the package that it came from."""

    group: str
    name: str
    settings: tuple[tuple[str, object], ...]
    package: str
    where: str = ""

    def make(self) -> Any:
        """Return the plug-in, made with the arguments.

        Raises
        ------
        InputError
            When it refuses them, or cannot be loaded any more.
        """
        try:
            return load_plugin(self.group, self.name)(**dict(self.settings))
        except PluginError as error:
            raise InputError(self.where, self.name, str(error)) from error
        except Exception as error:  # any exception of foreign code
            given = ", ".join(f"{key} = {value!r}" for key, value in self.settings) or "nothing"
            message = f"arguments that {self.name} takes ({words_of(error)})"
            raise InputError(self.where, given, message) from error

    def canonical(self) -> list[object]:
        """Return what counts for the key tensor."""
        return [self.group, self.name, dict(self.settings), self.package]

    def __str__(self) -> str:
        """Return name, arguments and package."""
        given = ", ".join(f"{key} {value}" for key, value in self.settings)
        return f"{self.name} ({'; '.join(filter(None, (given, self.package)))})"


@dataclass(frozen=True)
class PluginTable:
    """All entries of the table ``[plugin]``."""

    protocol: PluginEntry | None
    losses: tuple[PluginEntry, ...]

    def canonical(self) -> list[object]:
        """Return what counts for the key tensor."""
        protocol = None if self.protocol is None else self.protocol.canonical()
        return [protocol, [item.canonical() for item in self.losses]]


def plugins(tables: Mapping[str, object], where: str) -> PluginTable | None:
    """Return the plug-ins, each made once to see that it can be, or ``None`` without any.

    Raises
    ------
    InputError
        For unknown plug-ins, arguments that they refuse, and a protocol beside ``[source]``.
    """
    if "plugin" not in tables:
        return None
    table, key = table_of(tables, "plugin", where), f"{where}: plugin"
    check_keys(table, _KINDS, key)
    protocol = None
    if "protocol" in table:
        if "source" in tables:
            raise InputError(f"{where}: source", "a table", "none beside [plugin.protocol]")
        protocol = _entry(table_of(table, "protocol", key), PROTOCOLS, f"{key}.protocol")
    losses = tuple(
        _entry(item, LOSSES, f"{key}.loss[{position}]")
        for position, item in enumerate(tables_of(table, "loss", key))
    )
    return PluginTable(protocol, losses) if protocol or losses else None


def _entry(table: Mapping[str, object], group: str, where: str) -> PluginEntry:
    name = table.get("name", "nothing")
    known = plugin_names(group)
    if name not in known:
        expected = f"an installed plug-in of {group} ({', '.join(known) or 'there is none'})"
        raise InputError(f"{where}.name", plain(name), expected)
    settings = tuple((key, plain(value)) for key, value in table.items() if key != "name")
    for key, value in settings:
        if not isinstance(value, str | int | float):
            raise InputError(f"{where}.{key}", value, "a number, a text, true or false")
    found = PluginEntry(group, str(name), settings, origin_of(group, str(name)), where)
    found.make()
    return found
