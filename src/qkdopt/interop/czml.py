"""A schedule as CZML: satellite, stations, and a line between them while a link is served."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from qkdopt.errors import InputError
from qkdopt.interop.services import Service
from qkdopt.physics.orbit import check_lifetime, propagate, teme_to_earth_fixed

if TYPE_CHECKING:
    from qkdopt.physics import Scenario

__all__ = ["czml_text"]

_STEP_S = 60.0
_DEGREE = 5
_MOST_SAMPLES = 500_000
_SATELLITE = "satellite"
_BESIDE_PX = [10.0, 0.0]  # labels stand beside their points, not on them
_ON_TOP_WITHIN_M = 1e7  # so near, the globe does not cut the points on it in half
_BLUE, _WHITE = [0, 114, 178, 255], [255, 255, 255, 255]


def czml_text(scenario: Scenario, services: Sequence[Service]) -> str:
    """Return a document that Cesium plays.

    Earth-fixed positions each minute, rounded to 0.1 m; Cesium interpolates by polynomials of
    degree 5, which adds less than a centimetre in low orbit.

    Raises
    ------
    InputError
        For a service of a link that the scenario does not have, and for horizons beyond some
        500,000 minutes.
    """
    from czml3 import Document

    known = {link.name: link for link in scenario.links}
    for service in services:
        if service.link not in known:
            raise InputError("--scenario", f"no link {service.link}", f"one of {', '.join(known)}")
    packets = [_preamble(scenario), _satellite(scenario)]
    packets += [_station(item) for item in scenario.stations]
    for name, link in known.items():
        times = [service for service in services if service.link == name]
        for end in link.stations if times else ():
            packets.append(_beam(name, end, times))
    text: str = Document(packets=packets).dumps()
    return text


def _preamble(scenario: Scenario) -> object:
    from czml3 import Packet
    from czml3.properties import Clock
    from czml3.types import IntervalValue

    grid = scenario.grid
    span = IntervalValue(
        start=grid.start_utc,
        end=grid.end_utc,
        value=Clock(currentTime=grid.start_utc, multiplier=60),
    )
    return Packet(id="document", name=scenario.title, version="1.0", clock=span)


def _satellite(scenario: Scenario) -> object:
    from czml3 import Packet
    from czml3.properties import (
        Color,
        Path,
        Point,
        PolylineMaterial,
        Position,
        SolidColorMaterial,
    )
    from czml3.types import TimeInterval

    grid, satellite = scenario.grid, scenario.satellite
    count = int(-(-grid.duration_s // _STEP_S)) + 1
    if count > _MOST_SAMPLES:
        raise InputError("horizon", f"{count:,} minutes", f"at most {_MOST_SAMPLES:,} (CZML)")
    seconds = _STEP_S * np.arange(count, dtype=np.float64)
    where = f"{scenario.origin}: {satellite.name}"
    satrec = satellite.elements.satrec(where)
    check_lifetime(satrec, grid, where)
    position_m, _, fractions = propagate(satrec, grid, seconds, where)
    day, _ = grid.start_julian_date
    fixed_m = teme_to_earth_fixed(position_m, day, fractions, scenario.ut1_minus_utc_s)
    rows = np.column_stack([seconds, np.round(fixed_m, 1)]).ravel().tolist()
    white = Color(rgba=_WHITE)
    return Packet(
        id=_SATELLITE,
        name=satellite.name,
        availability=TimeInterval(
            start=grid.start_utc, end=grid.start_utc + timedelta(seconds=float(seconds[-1]))
        ),
        position=Position(
            epoch=grid.start_utc,
            interpolationAlgorithm="LAGRANGE",
            interpolationDegree=_DEGREE,
            referenceFrame="FIXED",
            cartesian=rows,
        ),
        point=Point(pixelSize=8, color=white),
        label=_label(satellite.name, "12pt sans-serif"),
        path=Path(
            leadTime=0,
            trailTime=3000,
            width=1,
            material=PolylineMaterial(solidColor=SolidColorMaterial(color=white)),
        ),
    )


def _station(station: Any) -> object:
    from czml3 import Packet
    from czml3.properties import Color, Point, Position

    return Packet(
        id=f"station/{station.name}",
        name=station.name,
        position=Position(cartographicDegrees=[station.lon_deg, station.lat_deg, station.alt_m]),
        point=Point(
            pixelSize=8,
            color=Color(rgba=_BLUE),
            outlineColor=Color(rgba=_WHITE),
            outlineWidth=1,
            disableDepthTestDistance=_ON_TOP_WITHIN_M,
        ),
        label=_label(station.name, "11pt sans-serif"),
    )


def _label(text: str, font: str) -> object:
    from czml3.enums import HorizontalOrigins
    from czml3.properties import Color, Label
    from czml3.types import Cartesian2Value

    return Label(
        text=text,
        font=font,
        fillColor=Color(rgba=_WHITE),
        horizontalOrigin=HorizontalOrigins.LEFT,
        pixelOffset=Cartesian2Value(values=_BESIDE_PX),
        disableDepthTestDistance=_ON_TOP_WITHIN_M,
    )


def _beam(name: str, end: str, times: Sequence[Service]) -> object:
    from czml3 import Packet
    from czml3.properties import (
        Color,
        Polyline,
        PolylineMaterial,
        PositionList,
        SolidColorMaterial,
    )
    from czml3.types import TimeInterval, TimeIntervalCollection

    ends = [f"{_SATELLITE}#position", f"station/{end}#position"]
    spans = [TimeInterval(start=item.begin_utc, end=item.end_utc) for item in times]
    return Packet(
        id=f"link/{name}/{end}",
        name=name,
        availability=TimeIntervalCollection(values=spans),
        polyline=Polyline(
            positions=PositionList(references=ends),
            width=3,
            arcType="NONE",
            material=PolylineMaterial(solidColor=SolidColorMaterial(color=Color(rgba=_BLUE))),
        ),
    )
