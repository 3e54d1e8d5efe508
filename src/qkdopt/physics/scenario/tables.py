"""The tables of a scenario that may be repeated or refer to each other."""

from collections.abc import Mapping
from pathlib import Path

from qkdopt.errors import InputError
from qkdopt.physics.clouds import CloudSeries, Place, read_clouds
from qkdopt.physics.scenario.devices import Source
from qkdopt.physics.scenario.horizon import switching_time
from qkdopt.physics.scenario.loss_terms import Clouds
from qkdopt.physics.scenario.station import Station, station
from qkdopt.physics.scenario.validation import checked_name, plain, table_of, tables_of, validated
from qkdopt.timegrid import TimeGrid


def source(tables: Mapping[str, object], where: str) -> Source:
    """Return the source and its protocol."""
    table = table_of(tables, "source", where)
    protocol = table.get("protocol")
    if isinstance(protocol, str) and protocol.startswith("bbm92"):
        expected = "decoy-bb84 here; bbm92 belongs into [entanglement.source]"
        raise InputError(f"{where}: source.protocol", protocol, expected)
    found = validated(Source, table, f"{where}: source")
    found.check(f"{where}: source")
    return found


def stations(tables: Mapping[str, object], where: str, folder: Path) -> tuple[Station, ...]:
    """Return the stations: names differ, and either all have a weight or none has."""
    found: list[Station] = []
    for position, table in enumerate(tables_of(tables, "station", where)):
        key = f"{where}: station[{position}]"
        item = station(table, key, folder)
        switching_time(item.switch_s, f"{key}.switch_s")
        checked_name(item.name, (other.name for other in found), f"{key}.name")
        if found and (item.weight is None) != (found[0].weight is None):
            came = "nothing" if item.weight is None else plain(item.weight)
            raise InputError(f"{key}.weight", came, "a weight for all stations or for none")
        found.append(item)
    if not found:
        raise InputError(f"{where}: station", "none", "at least one table [[station]]")
    if found[0].weight is not None and not any(item.weight for item in found):
        raise InputError(f"{where}: station", "only weights of zero", "at least one weight > 0")
    return tuple(found)


def clouds(
    tables: Mapping[str, object],
    ends: tuple[Station, ...],
    grid: TimeGrid,
    where: str,
    folder: Path,
    known: CloudSeries | None = None,
) -> CloudSeries | None:
    """Return the cloud series of the stations ``ends``, or ``None`` without ``[clouds]``.

    ``known``: what the files would give, where they were read before.
    """
    if "clouds" not in tables:
        return None
    key = f"{where}: clouds"
    part = validated(Clouds, table_of(tables, "clouds", where), key)
    for position, item in enumerate(ends):
        if "cloud_code" in item.model_fields_set:
            constant = f"{where}: station[{position}].cloud_code"
            raise InputError(constant, item.cloud_code, "either cloud_code or [clouds], not both")
    if known is not None:
        return known
    return read_clouds(
        part.names(key),
        part.format,
        tuple(Place(item.name, item.lat_deg, item.lon_deg) for item in ends),
        grid,
        folder=folder,
        where=key,
        missing=part.missing,
        synthetic=part.synthetic,
    )
