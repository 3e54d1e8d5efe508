"""The part of a report that only a scenario can give: map, elevations, losses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qkdopt.physics.link import DownlinkBudget
from qkdopt.physics.link.pair_arm import PairArmBudget
from qkdopt.physics.orbit.view_geometry import ViewGeometry, view_geometry
from qkdopt.physics.scenario import Link, PairLink

if TYPE_CHECKING:
    from qkdopt.arrays import Floats, Integers
    from qkdopt.optimize.problem import SchedulingProblem
    from qkdopt.physics import Scenario
    from qkdopt.plots.compressed_time import CompressedTime

__all__ = ["geometry_columns", "stations_and_tracks"]

_TRACK_MARGIN = 12  # intervals of ground track drawn before and after each pass
_HALF_TURN_DEG = 180.0
_BELOW_MASK_RAD = 0.02  # the middle of an interval may lie below the mask when its end does not


def geometry_columns(
    scenario: Scenario, problem: SchedulingProblem, n: Integers, a: Integers
) -> dict[str, list[float | None]]:
    """Return elevation [deg] and loss [dB] in the middle of the interval of each cell.

    The loss of a link to one station counts everything up to and including the detector. A
    link to a pair has the lower of two elevations, and the sum of the losses of both arms
    from telescope to telescope.

    Parameters
    ----------
    n, a
        Link and active interval of each cell, shape ``(C,)``.
    """
    view = view_geometry(scenario, problem.interval)
    second = problem.interval * scenario.grid.interval_s + scenario.grid.interval_s // 2
    shape = (len(scenario.links), problem.interval.size)
    elevation_rad, loss_db = np.empty(shape), np.empty(shape)
    for row, link in enumerate(scenario.links):
        stations = list(scenario.positions(link))
        elevation_rad[row] = view.elevation_rad[stations].min(axis=0)
        loss_db[row] = sum(_loss_db(scenario, link, station, view, second) for station in stations)
    return {
        "elevation_deg": _rounded(np.degrees(elevation_rad[n, a]), 2),
        "loss_db": _rounded(np.where(np.isfinite(loss_db), loss_db, np.nan)[n, a], 2),
    }


def _loss_db(
    scenario: Scenario, link: Link | PairLink, station: int, view: ViewGeometry, second: Integers
) -> Floats:
    """Return the loss to one end of a link [dB], ``nan`` well below the mask; shape ``(T,)``."""
    pair = isinstance(link, PairLink)
    path = PairArmBudget.of(scenario) if pair else DownlinkBudget.of(scenario)
    codes = scenario.cloud_codes(np.full(second.size, station), second)
    mask_rad = scenario.visibility.minimum_elevation_rad - _BELOW_MASK_RAD
    high = view.elevation_rad[station] > mask_rad
    range_m = np.where(high, view.range_m[station], np.nan)
    elevation_rad = np.where(high, view.elevation_rad[station], np.nan)
    eta = path.transmittance(range_m, elevation_rad, codes)
    with np.errstate(divide="ignore", invalid="ignore"):
        loss_db: Floats = -10.0 * np.log10(eta)
    return loss_db


def stations_and_tracks(
    scenario: Scenario, interval: Integers, axis: CompressedTime
) -> dict[str, object]:
    """Return the stations, and each pass's ground track as lines of (longitude, latitude)."""
    tracks = []
    for number, (first, last) in enumerate(axis.passes):
        begin = max(0, int(interval[first]) - _TRACK_MARGIN)
        end = min(scenario.grid.count, int(interval[last]) + 1 + _TRACK_MARGIN)
        indices = np.arange(begin, end)
        view = view_geometry(scenario, indices)
        points = np.degrees(np.stack([view.longitude_rad, view.latitude_rad], axis=1))
        inside = (indices >= interval[first]) & (indices <= interval[last])
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
    return [value if value == value else None for value in np.round(values, digits).tolist()]
