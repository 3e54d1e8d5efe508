"""The part of a report that only a scenario can give: map, elevations, losses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qkdopt.physics.link import DownlinkBudget
from qkdopt.physics.orbit.sky import sky_at

if TYPE_CHECKING:
    from qkdopt.arrays import Floats, Integers
    from qkdopt.optimize.problem import SchedulingProblem
    from qkdopt.physics import Scenario
    from qkdopt.plots.compressed_time import CompressedTime

__all__ = ["geometry_columns", "stations_and_tracks"]

_TRACK_MARGIN = 12  # intervals of ground track drawn before and after each pass
_FULL_TURN_DEG, _HALF_TURN_DEG = 360.0, 180.0


def geometry_columns(
    scenario: Scenario, problem: SchedulingProblem, n: Integers, a: Integers
) -> dict[str, list[float | None]]:
    """Return elevation [deg] and loss [dB] in the middle of the interval of each cell.

    The loss counts everything up to and including the detector.

    Parameters
    ----------
    n, a
        Link and active interval of each cell, shape ``(C,)``.
    """
    order = {station.name: row for row, station in enumerate(scenario.stations)}
    rows = np.array([order[link.station] for link in scenario.links])[n]
    sky = sky_at(scenario, problem.interval)
    elevation_rad, range_m = sky.elevation_rad[rows, a], sky.range_m[rows, a]
    second = (problem.interval[a] * scenario.grid.interval_s) + scenario.grid.interval_s // 2
    codes = scenario.cloud_codes(rows, second)
    eta = DownlinkBudget.of(scenario).transmittance(range_m, elevation_rad, codes)
    with np.errstate(divide="ignore"):
        loss_db = -10.0 * np.log10(eta)
    return {
        "elevation_deg": _rounded(np.degrees(elevation_rad), 2),
        "loss_db": _rounded(np.where(np.isfinite(loss_db), loss_db, np.nan), 2),
    }


def stations_and_tracks(
    scenario: Scenario, interval: Integers, axis: CompressedTime
) -> dict[str, Any]:
    """Return the stations, and each pass's ground track as lines of (longitude, latitude)."""
    tracks = []
    for number, (first, last) in enumerate(axis.passes):
        begin = max(0, int(interval[first]) - _TRACK_MARGIN)
        end = min(scenario.grid.count, int(interval[last]) + 1 + _TRACK_MARGIN)
        indices = np.arange(begin, end)
        sky = sky_at(scenario, indices)
        points = np.degrees(np.stack([sky.longitude_rad, sky.latitude_rad], axis=1))
        inside = (indices >= interval[first]) & (indices <= interval[last])
        tracks.append(
            {
                "pass": number,
                "lines": [_rounded_points(line) for line in _unwrapped(points)],
                "served": [_rounded_points(line) for line in _unwrapped(points[inside])],
            }
        )
    linked = {link.station for link in scenario.links}
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
    return [value if value == value else None for value in np.round(values, digits).tolist()]
