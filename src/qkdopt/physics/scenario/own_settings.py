"""What one satellite of several has of its own: devices, hand-over time, operations.

A key of ``[satellite.optics]`` replaces that of ``[optics]``, the others stay; likewise for
``source``, ``entanglement`` and ``operations``. Detectors belong to stations.
"""

from collections.abc import Mapping
from pathlib import Path

from qkdopt.errors import Described, InputError
from qkdopt.physics.scenario.devices import Optics
from qkdopt.physics.scenario.entanglement import entanglement
from qkdopt.physics.scenario.horizon import switching_time
from qkdopt.physics.scenario.parts import Slew
from qkdopt.physics.scenario.satellite import OwnSettings
from qkdopt.physics.scenario.tables import source
from qkdopt.physics.scenario.validation import table_of, validated

_TABLES = ("source", "optics", "entanglement", "operations")
OWN = ("switch_s", *Slew.model_fields, *_TABLES)
"""Keys of a satellite or constellation that say what it has of its own."""


def own_settings(
    table: Mapping[str, object], tables: Mapping[str, object], where: str, folder: Path
) -> OwnSettings:
    """Return by attribute of the scenario what a satellite's ``table`` replaces.

    Parameters
    ----------
    tables
        Those of the whole scenario.
    folder
        Where files of curves are looked for.

    Raises
    ------
    InputError
        As for the scenario's own tables.
    """
    merged = {key: _merged(tables, table, key, where) for key in _TABLES if key in table}
    found = OwnSettings()
    if "switch_s" in table:
        found["switch_s"] = switching_time(table["switch_s"], f"{where}.switch_s")
    if stated := {key: table[key] for key in Slew.model_fields if key in table}:
        if "switch_s" in table:
            came = Described(f"switch_s and {' and '.join(stated)}")
            raise InputError(where, came, "switch_s, or slew_rate_deg_s and settling_s")
        found["slew"] = slew = validated(Slew, stated, where)
        found["switch_s"] = slew.half_turn_s
    if "source" in table:
        found["source"] = source(merged, where)
    if "optics" in table:
        found["optics"] = validated(Optics, merged["optics"], f"{where}: optics")
    if "entanglement" in table:
        found["entanglement"] = entanglement(merged, where, folder)
    if "operations" in table:
        found["operations"] = merged["operations"]
    return found


def _merged(
    tables: Mapping[str, object], table: Mapping[str, object], key: str, where: str
) -> dict[str, object]:
    """Return the scenario's table ``key`` with the satellite's values in place of its own."""
    common, own = table_of(tables, key, where), table_of(table, key, where)
    if key != "entanglement":
        return {**common, **own}
    parts = {name: {**table_of(common, name, where), **table_of(own, name, where)} for name in own}
    return {**common, **parts}
