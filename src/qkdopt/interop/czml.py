"""A schedule as CZML: satellites, stations, and a line between them while a link is served."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.errors import InputError
from qkdopt.interop.services import Service
from qkdopt.names import link_name
from qkdopt.physics import Scenario
from qkdopt.physics.orbit import check_lifetime, propagate, teme_to_earth_fixed

_STEP_S = 60.0
_DEGREE = 5
_MOST_SAMPLES = 500_000
_SATELLITE = "satellite"
_BESIDE_PX = [10.0, 0.0]  # labels stand beside their points, not on them
_ON_TOP_WITHIN_M = 1e7  # so near, the globe does not cut the points on it in half
_BLUE, _WHITE = [0, 114, 178, 255], [255, 255, 255, 255]
# Okabe and Ito's colours that the common kinds of colour blindness keep apart, on a dark globe.
_COLOURS = (
    [86, 180, 233, 255], [230, 159, 0, 255], [240, 228, 66, 255], [204, 121, 167, 255],
    [0, 158, 115, 255], [213, 94, 0, 255], _WHITE,
)  # fmt: skip


def czml_text(scenario: Scenario, services: Sequence[Service]) -> str:
    """Return a document that Cesium plays.

    Earth-fixed positions each minute, rounded to 0.1 m; Cesium interpolates by polynomials of
    degree 5, which adds less than a centimetre in low orbit.

    Raises
    ------
    InputError
        For a service of a link that the scenario does not have, and for more than 500,000 minutes
        of all satellites together.
    """
    from czml3 import Document

    known = _links_of(scenario)
    for service in services:
        if service.link not in known:
            raise InputError("--scenario", f"no link {service.link}", f"one of {', '.join(known)}")
    seconds = _sampled_seconds(scenario)
    packets = [_preamble(scenario)]
    several, colours = len(scenario.satellites) > 1, {}
    for s, alone in enumerate(scenario.each_satellite()):
        identity = _identity(scenario, alone)
        colours[identity] = _COLOURS[s % len(_COLOURS)] if several else _BLUE
        shown = colours[identity] if several else _WHITE
        packets.append(_satellite(alone, identity, seconds, shown))
    packets += [_station(item) for item in scenario.stations]
    for name, (satellite, ends) in known.items():
        times = [service for service in services if service.link == name]
        for end in ends if times else ():
            packets.append(_beam(satellite, name, end, times, colours[satellite]))
    text: str = Document(packets=packets).dumps()
    return text


def _identity(scenario: Scenario, alone: Scenario) -> str:
    """Return the identifier of a satellite's packet."""
    one = len(scenario.satellites) == 1
    return _SATELLITE if one else f"{_SATELLITE}/{alone.satellite.name}"


def _links_of(scenario: Scenario) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return satellite and stations of each link, by the name that problems give it."""
    several, found = len(scenario.satellites) > 1, {}
    for alone in scenario.each_satellite():
        for link in alone.links:
            name = link_name(alone.satellite.name, link.name) if several else link.name
            found[name] = _identity(scenario, alone), tuple(link.stations)
    return found


def _sampled_seconds(scenario: Scenario) -> Floats:
    """Return the seconds after the start at which positions are stated, shape ``(T,)``."""
    count = int(-(-scenario.grid.duration_s // _STEP_S)) + 1
    if count * len(scenario.satellites) > _MOST_SAMPLES:
        came = f"{count:,} minutes of {len(scenario.satellites)} satellites"
        raise InputError("horizon", came, f"at most {_MOST_SAMPLES:,} in all (CZML)")
    return _STEP_S * np.arange(count, dtype=np.float64)


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


def _satellite(scenario: Scenario, identity: str, seconds: Floats, colour: list[int]) -> object:
    from czml3 import Packet
    from czml3.properties import Color, Path, Point, PolylineMaterial, Position, SolidColorMaterial
    from czml3.types import TimeInterval

    grid, satellite = scenario.grid, scenario.satellite
    where = f"{scenario.origin}: {satellite.name}"
    satrec = satellite.elements.satrec(where)
    check_lifetime(satrec, grid, where)
    position_m, _, fractions = propagate(satrec, grid, seconds, where)
    day, _ = grid.start_julian_date
    fixed_m = teme_to_earth_fixed(position_m, day, fractions, scenario.ut1_minus_utc_s)
    rows = np.column_stack([seconds, np.round(fixed_m, 1)]).ravel().tolist()
    shown = Color(rgba=colour)
    return Packet(
        id=identity,
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
        point=Point(pixelSize=8, color=shown),
        label=_label(satellite.name, "12pt sans-serif"),
        path=Path(
            leadTime=0,
            trailTime=3000,
            width=1,
            material=PolylineMaterial(solidColor=SolidColorMaterial(color=shown)),
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


def _beam(
    satellite: str, name: str, end: str, times: Sequence[Service], colour: list[int]
) -> object:
    from czml3 import Packet
    from czml3.properties import Color, Polyline, PolylineMaterial, PositionList, SolidColorMaterial
    from czml3.types import TimeInterval, TimeIntervalCollection

    ends = [f"{satellite}#position", f"station/{end}#position"]
    spans = [TimeInterval(start=item.begin_utc, end=item.end_utc) for item in times]
    return Packet(
        id=f"link/{name}/{end}",
        name=name,
        availability=TimeIntervalCollection(values=spans),
        polyline=Polyline(
            positions=PositionList(references=ends),
            width=3,
            arcType="NONE",
            material=PolylineMaterial(solidColor=SolidColorMaterial(color=Color(rgba=colour))),
        ),
    )
