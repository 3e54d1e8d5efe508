"""A ground station: where it is, and what it has of its own.

::

    [[station]]
    name = "Graz"
    lat_deg = 47.0671
    lon_deg = 15.4933
    misalignment_error = 0.01          # replaces that of [source] for links to Graz

    [station.optics]                   # each key replaces that of the table [optics]
    receiver_diameter_m = 0.4

A link has two sides: what is stated of the beam is the satellite's (``[satellite.optics]``), what
is stated of telescope, detectors, site and sky is the station's. ``OF_SATELLITES`` lists the keys
that a station cannot have.
"""

import math
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, ClassVar

from annotated_types import Ge, Le
from pydantic import Field

from qkdopt.errors import InputError
from qkdopt.physics.scenario.devices import Detector, Optics
from qkdopt.physics.scenario.entanglement import PairDetector, PairOptics
from qkdopt.physics.scenario.loss_terms import Losses
from qkdopt.physics.scenario.parts import Atmosphere, Visibility
from qkdopt.physics.scenario.point_tables import with_points
from qkdopt.physics.scenario.validation import check_keys, plain, table_of, validated
from qkdopt.physics.scenario.values import ExactNumber, Number, Part, Share, Text, Whole, default

OF_SATELLITES: Mapping[str, tuple[str, ...]] = {
    "optics": ("wavelength_nm", "divergence_half_angle_urad"),
    "losses": ("pointing_jitter_urad", "turbulence"),
    "atmosphere": ("cloud_model",),
    "entanglement.optics": (
        "wavelength_nm", "transmitter_radius_m", "waist_m", "pointing_jitter_urad",
    ),
}  # fmt: skip
"""By table: keys of the beam, or of the whole scenario, which no station has of its own."""

OWN_TABLES: Mapping[str, type[Part]] = {
    "detector": Detector,
    "optics": Optics,
    "atmosphere": Atmosphere,
    "visibility": Visibility,
    "losses": Losses,
}
"""Tables of a scenario that a station may have of its own, beside ``entanglement``."""

OF_PAIRS: Mapping[str, type[Part]] = {"optics": PairOptics, "detector": PairDetector}
"""Tables of ``[station.entanglement]``."""


class PairReceiver(Part):
    """What a station has of its own for links to pairs: only keys that are stated count."""

    optics: PairOptics | None = None
    detector: PairDetector | None = None


class Station(Part):
    """A ground station: geodetic WGS-84 coordinates, traffic weight, cloud code, receivers.

    It receives at most ``receivers`` satellites at once; ``switch_s`` is the time [s] that a
    receiver needs from one satellite to another. Of its own tables only the keys that are stated
    count; :meth:`qkdopt.Scenario.at` gives them with the scenario's.
    """

    absent_by_default: ClassVar[frozenset[str]] = frozenset(
        {"receivers", "switch_s", "target", "misalignment_error", "entanglement", *OWN_TABLES}
    )

    name: Text = Field(description="Name of the station")
    lat_deg: Annotated[Number, Ge(-90), Le(90)] = Field(
        description="Geodetic latitude (WGS-84), north positive"
    )
    lon_deg: Annotated[Number, Ge(-180), Le(180)] = Field(
        description="Longitude (WGS-84), east positive"
    )
    alt_m: Annotated[Number, Ge(-500), Le(10_000)] = default(
        0.0, "Height above the WGS-84 ellipsoid", "the ellipsoid"
    )
    weight: Annotated[ExactNumber, Ge(0), Le(10**12)] | None = default(
        None, "Share of the traffic, of which only the proportions count"
    )
    cloud_code: Annotated[Number, Ge(0), Le(150)] = default(
        0.0, "Constant cloud code: 0 clear, 150 opaque", "clear sky"
    )
    receivers: Annotated[Whole, Ge(1), Le(1000)] = default(
        1, "Most satellites that are received at once", "one telescope"
    )
    switch_s: Annotated[ExactNumber, Ge(0), Le(86_400)] = default(
        Decimal(0), "Time that a receiver needs from one satellite to another", "no time"
    )
    target: Text | None = default(
        None,
        "What its bits count for, unless a [[link]] to it says otherwise; several "
        "stations may have one target",
        "the station itself",
    )
    misalignment_error: Share | None = default(
        None,
        "Share of photons at the wrong detector of this station, as in [source]",
        "that of [source]",
    )
    detector: Detector | None = default(None, "Keys in place of those of [detector]")
    optics: Optics | None = default(None, "Keys of the telescope in place of those of [optics]")
    atmosphere: Atmosphere | None = default(None, "Keys in place of those of [atmosphere]")
    visibility: Visibility | None = default(None, "Keys in place of those of [visibility]")
    losses: Losses | None = default(None, "Keys of the sky in place of those of [losses]")
    entanglement: PairReceiver | None = default(
        None, "Keys in place of those of [entanglement], for links to pairs"
    )

    @property
    def latitude_rad(self) -> float:
        """Geodetic latitude [rad], north positive."""
        return math.radians(self.lat_deg)

    @property
    def longitude_rad(self) -> float:
        """Longitude [rad], east positive."""
        return math.radians(self.lon_deg)

    @property
    def own_tables(self) -> tuple[str, ...]:
        """Names of the tables, and of the key ``misalignment_error``, that it has of its own."""
        names = (*OWN_TABLES, "entanglement", "misalignment_error")
        return tuple(name for name in names if getattr(self, name) is not None)

    @property
    def own_words(self) -> str:
        """What it has of its own, key by key; empty for nothing."""
        found = (_words(name, getattr(self, name)) for name in self.own_tables)
        return ", ".join(word for words in found for word in words)

    def canonical(self) -> dict[str, object]:
        """Return the values that count: of its own tables, what is stated."""
        return {name: _stated(value) for name, value in super().canonical().items()}

    def __eq__(self, other: object) -> bool:
        """Say whether both state the same: a stated default is not an absent key."""
        return isinstance(other, Station) and self.canonical() == other.canonical()

    def __hash__(self) -> int:
        """Return a number that equal stations share."""
        return hash((self.name, self.lat_deg, self.lon_deg))


def _stated(value: object) -> object:
    if not isinstance(value, Part):
        return value
    return {key: _stated(getattr(value, key)) for key in value.model_fields_set}


def _words(name: str, value: object) -> list[str]:
    """Return each key that is stated below ``name`` with its value, of curves their size."""
    if isinstance(value, Part):
        below = sorted(value.model_fields_set)
        return [word for key in below for word in _words(f"{name}.{key}", getattr(value, key))]
    if isinstance(value, tuple) and not isinstance(value[0], str):
        return [f"{name} of {len(value)} points"]
    if isinstance(value, float):
        return [f"{name} {value:g}"]
    return [f"{name} {' and '.join(value) if isinstance(value, tuple) else value}"]


def station(table: Mapping[str, object], where: str, folder: Path) -> Station:
    """Return a station from a table ``[[station]]``; files of curves are in ``folder``.

    Raises
    ------
    InputError
        For an unknown key, a value out of range, and a key that belongs to the satellite.
    """
    own: dict[str, Part] = {}
    for name, part in OWN_TABLES.items():
        if table_of(table, name, where):
            own[name] = _own(part, table, name, where, folder)
    if pair := table_of(table, "entanglement", where):
        key = f"{where}.entanglement"
        check_keys(pair, OF_PAIRS, key)
        parts = {
            name: _own(part, pair, name, key, folder, "entanglement.")
            for name, part in OF_PAIRS.items()
            if table_of(pair, name, key)
        }
        if parts:
            own["entanglement"] = PairReceiver.model_validate(parts)
    tables = (*OWN_TABLES, "entanglement")
    plainly = {key: value for key, value in table.items() if key not in tables}
    return validated(Station, plainly, where).model_copy(update=own)


def _own(
    part: type[Part],
    table: Mapping[str, object],
    name: str,
    where: str,
    folder: Path,
    above: str = "",
) -> Part:
    """Return a table of a station's own, in which nothing belongs to the satellite."""
    own, key = table_of(table, name, where), f"{where}.{name}"
    common = f"{above}{name}"
    for stated in own:
        if stated in OF_SATELLITES.get(common, ()):
            expected = f"no such key of a station: it belongs to [{common}]"
            if "optics" in common:
                expected += f" or [satellite.{common}]"
            raise InputError(f"{key}.{stated}", plain(own[stated]), expected)
    return validated(part, with_points(part, own, key, folder), key)
