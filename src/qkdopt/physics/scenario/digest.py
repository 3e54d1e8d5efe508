"""The digest of everything in a scenario that its key tensor depends on."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal

from qkdopt.physics.clouds import CloudSeries
from qkdopt.physics.scenario.entanglement import Entanglement
from qkdopt.physics.scenario.plugin_table import PluginTable
from qkdopt.physics.scenario.satellite import Satellite
from qkdopt.physics.scenario.values import Part
from qkdopt.timegrid import TimeGrid, plain_decimal

_OPTIONAL = ("clouds", "losses", "entanglement", "plugins", "slew", "finite_key")
_NO_KEY_DEPENDS_ON = ("description", "operations", "origin", "loaded")


def digest_of(attributes: Mapping[str, object]) -> str:
    """Return the SHA-256 of a scenario's attributes by name, in hexadecimal.

    An attribute that is off is left out where it came with a later version.
    """
    content = {
        name: _canonical(value)
        for name, value in attributes.items()
        if name not in _NO_KEY_DEPENDS_ON and not (name in _OPTIONAL and value is None)
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(value: object) -> object:
    match value:
        case Decimal():
            return plain_decimal(value)
        case Entanglement():
            return {item.name: _canonical(getattr(value, item.name)) for item in fields(value)}
        case Part():
            return {name: _canonical(item) for name, item in value.canonical().items()}
        case TimeGrid():
            return [value.start_utc.isoformat(), value.interval_s, value.count]
        case CloudSeries() | PluginTable():
            return value.canonical()
        case Satellite():
            known = [value.name, value.elements.kind, dict(value.elements.record)]
            own = {key: _canonical(item) for key, item in value.own.items() if key != "operations"}
            return [*known, own] if own else known
        case tuple():
            return [_canonical(item) for item in value]
        case _:
            return value
