"""The part of a report that only a scenario can give: map, elevations, losses."""

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.physics import Scenario
from qkdopt.physics.detail_columns import SECOND
from qkdopt.physics.details import Columns, details_of
from qkdopt.physics.orbit.view_geometry import view_geometry
from qkdopt.report.rows import Rows

MOST_TRACKS = 120
"""Passes whose ground tracks the map can show."""

_TRACK_MARGIN = 12  # intervals of ground track drawn before and after each pass
_HALF_TURN_DEG = 180.0
_DIGITS = {
    "elevation_deg": 2,
    "azimuth_deg": 2,
    "range_m": 0,
    "sun_elevation_deg": 2,
    "contact_s": 0,
    "click_rate_hz": 1,
    "sifted_bits": 1,
    "qber": 5,
}
"""Columns of details that the page shows, beside losses, and their decimals."""


def detail_columns(scenario: Scenario, rows: Rows, n: Integers, a: Integers) -> dict[str, object]:
    """Return what :func:`qkdopt.key_details` says of each cell, rounded; ``C`` of them.

    Of a link to a pair elevation, azimuth, range and Sun are those of the lower end, and losses
    are sums of both arms. A term of the loss that is the same in all cells is a single number.

    Parameters
    ----------
    n, a
        Link and row of each cell, shape ``(C,)``.
    """
    found: dict[str, Floats] = {}
    for s, alone in enumerate(scenario.each_satellite()):
        own = np.flatnonzero(rows.satellite[a] == s)
        if not own.size:
            continue
        interval = rows.interval[a[own]]
        link = np.searchsorted(rows.problem.links_of(s), n[own])
        details = details_of(alone, np.unique(interval))
        place, known = _places(alone, details, link, interval)
        for name, values in _of_one_end(details).items():
            column = found.setdefault(name, np.full(n.size, np.nan))
            column[own[known]] = values[place[known]]
    losses = {name: found.pop(name) for name in list(found) if name.startswith("loss_")}
    total = losses.pop("loss_total_db", np.full(n.size, np.nan))
    columns: dict[str, object] = {name: _rounded(found[name], _DIGITS[name]) for name in found}
    return {
        **columns,
        "loss_db": _rounded(total, 2),
        "losses_db": {name[5:-3]: _shorter(_rounded(item, 2)) for name, item in losses.items()},
    }


def _places(
    scenario: Scenario, details: Columns, link: Integers, interval: Integers
) -> tuple[Integers, Bools]:
    """Return where in the details each cell is, and whether it is there."""
    numbers = {item.name: number for number, item in enumerate(scenario.links)}
    rows = np.array([numbers[name] for name in details["link"].tolist()], dtype=np.int64)
    count = scenario.grid.count
    there = rows * count + details["interval"].astype(np.int64)  # increases
    wanted = link * count + interval
    place = np.minimum(np.searchsorted(there, wanted), max(there.size - 1, 0))
    return place, there[place] == wanted if there.size else np.zeros(wanted.size, np.bool_)


def _of_one_end(details: Columns) -> dict[str, Floats]:
    """Return numbers by column: of a pair those of the lower end, and sums of losses."""
    found = {name: details[name].astype(np.float64) for name in details if name in _DIGITS}
    found |= {n: v.astype(np.float64) for n, v in details.items() if n.startswith("loss_")}
    found["loss_total_db"] = found.get("loss_total_db", np.zeros(0))
    if f"{SECOND}station" not in details:
        return found
    other = {
        name: details[SECOND + name].astype(np.float64)
        for name in found
        if SECOND + name in details
    }
    lower = other["elevation_deg"] < found["elevation_deg"]
    for name, values in other.items():
        if name.startswith("loss_"):
            found[name] = found[name] + np.nan_to_num(values, posinf=np.inf)
        else:
            found[name] = np.where(lower, values, found[name])
    return found


def _shorter(values: list[float | None]) -> list[float | None]:
    """Return a column of one number alone, where all are the same."""
    return values[:1] if len(set(values)) == 1 else values


def stations_and_tracks(scenario: Scenario, rows: Rows) -> dict[str, object]:
    """Return the stations, and each pass's ground track as lines of (longitude, latitude).

    Of the passes that are shown, the first :data:`MOST_TRACKS`.
    """
    alone = list(scenario.each_satellite())
    numbered = [
        (rows.problem.satellites[p.satellite].interval[[p.first, p.last]].tolist(), number)
        for number, p in enumerate(rows.passes)
    ]
    chosen = sorted(number for _, number in sorted(numbered)[:MOST_TRACKS])
    tracks = []
    for (first, last), number in (numbered[number] for number in chosen):
        begin = max(0, first - _TRACK_MARGIN)
        indices = np.arange(begin, min(scenario.grid.count, last + 1 + _TRACK_MARGIN))
        view = view_geometry(alone[rows.passes[number].satellite], indices)
        points = np.degrees(np.stack([view.longitude_rad, view.latitude_rad], axis=1))
        inside = (indices >= first) & (indices <= last)
        tracks.append(
            {
                "pass": number,
                "lines": [_rounded_points(line) for line in _unwrapped(points)],
                "served": [_rounded_points(line) for line in _unwrapped(points[inside])],
            }
        )
    linked = {name for link in scenario.links for name in link.stations}
    stations = [
        {"name": item.name, "lat": item.lat_deg, "lon": item.lon_deg}
        for item in scenario.stations
        if item.name in linked
    ]
    return {"stations": stations, "tracks": tracks}


def _unwrapped(points: Floats) -> list[Floats]:
    """Return lines that do not jump from one edge of the map to the other."""
    cuts = np.flatnonzero(np.abs(np.diff(points[:, 0])) > _HALF_TURN_DEG) + 1
    return [line for line in np.split(points, cuts) if len(line) > 1]


def _rounded_points(points: Floats) -> list[list[float]]:
    found: list[list[float]] = np.round(points, 2).tolist()
    return found


def _rounded(values: Floats, digits: int) -> list[float | None]:
    rounded = np.round(np.where(np.isfinite(values), values, np.nan), digits)
    return [value if value == value else None for value in rounded.tolist()]
