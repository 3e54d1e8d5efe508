"""The tables ``[[constellation]]``: many circular orbits from a few numbers.

::

    [[constellation]]
    name = "W"                   # of its satellites: W-1-1, W-1-2, ... (plane, place in the plane)
    kind = "walker-delta"        # or walker-star, train, planes
    walker = "53: 24/6/1"        # inclination [deg]: satellites/planes/phase
    altitude_km = 550

Satellite ``k`` of plane ``j`` (both from 0) of a Walker constellation ``i: t/p/f`` has its
ascending node at ``node_deg + j S/p`` (``S`` = 360 deg for delta, 180 deg for star) and is
``argument_deg + 360 deg (k p + j f)/t`` past it at the epoch (Walker, J. Br. Interplanet. Soc. 37,
1984). Each satellite of a train is ``spacing_s`` or ``spacing_deg`` behind the one before, in one
plane; ``planes`` have free distances. Angles are rounded to 0.0001 deg, as elements state them.
"""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le
from pydantic import Field

from qkdopt.errors import InputError
from qkdopt.numerals import NumeralError, read_float, read_whole
from qkdopt.physics.scenario.circular import circular, mean_motion_rad_per_min
from qkdopt.physics.scenario.elements import Elements
from qkdopt.physics.scenario.validation import check_keys, plain, validated
from qkdopt.physics.scenario.values import Number, Part, Text, Whole, default
from qkdopt.timegrid import utc_instant

MOST_GENERATED = 20_000
"""Most satellites of one table."""

_WALKER = re.compile(r"\s*([\d.]+)\s*(?:deg)?\s*:\s*(\d+)\s*/\s*(\d+)\s*/\s*(\d+)\s*", re.ASCII)
_FORM = '"i: t/p/f" with 0 <= i <= 180, t satellites (at most {:,}) in p planes, 0 <= f < p'
_TURN_DEG, _HALF_TURN_DEG = 360.0, 180.0
_SECONDS_PER_MINUTE = 60.0

_Place = tuple[str, float, float]
"""End of the name, node [deg] after that of the table, angle past the node [deg] likewise."""


class _Constellation(Part):
    """What all kinds have: a name, the altitude, and where the first satellite is."""

    name: Text = Field(description="Name that those of its satellites begin with")
    altitude_km: Annotated[Number, Ge(200), Le(100_000)] = Field(
        description="Semi-major axis of the orbits less 6,378.137 km"
    )
    node_deg: Annotated[Number, Ge(-360), Le(360)] = default(
        0.0, "Right ascension of the first ascending node (TEME)", "zero"
    )
    argument_deg: Annotated[Number, Ge(-360), Le(360)] = default(
        0.0, "Angle of the first satellite past its ascending node at the epoch", "zero"
    )


class Walker(_Constellation):
    """Planes at equal distances around the Earth (delta) or half of it (star)."""

    kind: Literal["walker-delta", "walker-star"] = Field(
        description="Planes around the whole Earth (delta) or half of it (star)"
    )
    walker: Text = Field(
        description='"i: t/p/f": inclination [deg], satellites, planes, phase',
        json_schema_extra={"source": "Walker 1984"},
    )

    def places(self, where: str) -> tuple[float, list[_Place]]:
        """Return the inclination [deg] and where each satellite is."""
        match = _WALKER.fullmatch(self.walker)
        came = InputError(f"{where}.walker", self.walker, _FORM.format(MOST_GENERATED))
        if match is None:
            raise came
        try:
            inclination_deg = read_float(match[1])
            count, planes, phase = (read_whole(match[place]) for place in (2, 3, 4))
        except NumeralError:
            raise came from None
        if not (inclination_deg <= _HALF_TURN_DEG and planes >= 1 and phase < planes):
            raise came
        if not (1 <= count <= MOST_GENERATED and count % planes == 0):
            raise came
        span_deg = _TURN_DEG if self.kind == "walker-delta" else _HALF_TURN_DEG
        return inclination_deg, [
            (
                f"{j + 1}-{k + 1}",
                j * span_deg / planes,
                _TURN_DEG * (k * planes + j * phase) / count,
            )
            for j in range(planes)
            for k in range(count // planes)
        ]


class Train(_Constellation):
    """Satellites one behind another in one plane, by time or by angle."""

    kind: Literal["train"] = Field(description="Satellites one behind another in one plane")
    inclination_deg: Annotated[Number, Ge(0), Le(180)] = Field(
        description="Inclination of the orbit"
    )
    satellites: Annotated[Whole, Ge(1), Le(MOST_GENERATED)] = Field(
        description="Number of satellites"
    )
    spacing_s: Annotated[Number, Gt(0), Le(86_400)] | None = default(
        None, "Time from one satellite to the next"
    )
    spacing_deg: Annotated[Number, Gt(0), Le(360)] | None = default(
        None, "Angle from one satellite to the next"
    )

    def places(self, where: str) -> tuple[float, list[_Place]]:
        """Return the inclination [deg] and where each satellite is."""
        given = [key for key in ("spacing_s", "spacing_deg") if getattr(self, key) is not None]
        if len(given) != 1:
            came = " and ".join(given) or "no spacing"
            raise InputError(where, came, "one of spacing_s and spacing_deg")
        spacing_deg = self.spacing_deg
        if spacing_deg is None:
            rate_rad_per_s = mean_motion_rad_per_min(self.altitude_km) / _SECONDS_PER_MINUTE
            spacing_deg = math.degrees(rate_rad_per_s) * (self.spacing_s or 0.0)
        return self.inclination_deg, [
            (f"{k + 1}", 0.0, -k * spacing_deg) for k in range(self.satellites)
        ]


class Planes(_Constellation):
    """Planes at a free distance, each a phase ahead of the one before."""

    kind: Literal["planes"] = Field(description="Planes at a free distance")
    inclination_deg: Annotated[Number, Ge(0), Le(180)] = Field(
        description="Inclination of the orbits"
    )
    satellites: Annotated[Whole, Ge(1), Le(MOST_GENERATED)] = Field(
        description="Number of satellites of all planes"
    )
    planes: Annotated[Whole, Ge(1), Le(MOST_GENERATED)] = Field(description="Number of planes")
    node_spacing_deg: Annotated[Number, Ge(-360), Le(360)] = Field(
        description="Angle from one ascending node to the next"
    )
    spacing_deg: Annotated[Number, Gt(0), Le(360)] | None = default(
        None, "Angle from one satellite of a plane to the next; equal distances without it"
    )
    phase_deg: Annotated[Number, Ge(-360), Le(360)] = default(
        0.0, "Angle by which a plane is ahead of the one before", "zero"
    )

    def places(self, where: str) -> tuple[float, list[_Place]]:
        """Return the inclination [deg] and where each satellite is."""
        each, rest = divmod(self.satellites, self.planes)
        if rest:
            expected = f"a multiple of planes = {self.planes}"
            raise InputError(f"{where}.satellites", self.satellites, expected)
        spacing_deg = _TURN_DEG / each if self.spacing_deg is None else self.spacing_deg
        return self.inclination_deg, [
            (f"{j + 1}-{k + 1}", j * self.node_spacing_deg, j * self.phase_deg + k * spacing_deg)
            for j in range(self.planes)
            for k in range(each)
        ]


_KINDS: dict[str, type[Walker | Train | Planes]] = {
    "walker-delta": Walker,
    "walker-star": Walker,
    "train": Train,
    "planes": Planes,
}


def constellation_elements(
    table: Mapping[str, object], also_known: tuple[str, ...], start_utc: datetime, where: str
) -> Iterator[tuple[str, Elements]]:
    """Yield name and elements of each satellite of a table, in order of planes.

    Parameters
    ----------
    also_known
        Keys of the table that somebody else reads.
    start_utc
        Epoch of the elements where the table has no ``epoch_utc``.

    Raises
    ------
    InputError
        For an unknown kind or key, and numbers that make no constellation.
    """
    kind = table.get("kind", "nothing")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise InputError(f"{where}.kind", plain(kind), f"one of {', '.join(_KINDS)}")
    part = _KINDS[kind]
    check_keys(table, (*part.model_fields, "epoch_utc", *also_known), where)
    own = {key: value for key, value in table.items() if key in part.model_fields}
    epoch_utc = start_utc
    if "epoch_utc" in table:
        epoch_utc = utc_instant(table["epoch_utc"], f"{where}.epoch_utc")
    stated = validated(part, own, where)
    inclination_deg, places = stated.places(where)
    for end, node_deg, argument_deg in places:
        elements = circular(
            stated.altitude_km,
            inclination_deg,
            epoch_utc,
            node_deg=stated.node_deg + node_deg,
            argument_deg=stated.argument_deg + argument_deg,
            where=where,
        )
        yield f"{stated.name}-{end}", elements
