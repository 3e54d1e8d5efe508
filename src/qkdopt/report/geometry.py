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
    from qkdopt.physics import Scenario
    from qkdopt.report.rows import Rows

__all__ = ["MOST_TRACKS", "geometry_columns", "stations_and_tracks"]

MOST_TRACKS = 120
"""Passes whose ground tracks the map can show."""

_TRACK_MARGIN = 12  # intervals of ground track drawn before and after each pass
_HALF_TURN_DEG = 180.0
_BELOW_MASK_RAD = 0.02  # the middle of an interval may lie below the mask when its end does not


def geometry_columns(
    scenario: Scenario, rows: Rows, n: Integers, a: Integers
) -> dict[str, list[float | None]]:
    """Return elevation [deg] and loss [dB] in the middle of the interval of each cell.

    The loss of a link to one station counts everything up to and including the detector. A
    link to a pair has the lower of two elevations, and the sum of the losses of both arms
    from telescope to telescope.

    Parameters
    ----------
    n, a
        Link and row of each cell, shape ``(C,)``.
    """
    elevation_deg, loss_db = np.empty((2, n.size))
    for s, alone in enumerate(scenario.each_satellite()):
        own = np.flatnonzero(rows.satellite[a] == s)
        interval, place = np.unique(rows.interval[a[own]], return_inverse=True)
        link = np.searchsorted(rows.problem.links_of(s), n[own])
        elevation_deg[own], loss_db[own] = (
            values[link, place] for values in _geometry(alone, interval)
        )
    return {"elevation_deg": _rounded(elevation_deg, 2), "loss_db": _rounded(loss_db, 2)}


def _geometry(scenario: Scenario, interval: Integers) -> tuple[Floats, Floats]:
    """Return elevation [deg] and loss [dB] of one satellite's links, shape ``(N, T)``."""
    view = view_geometry(scenario, interval)
    second = interval * scenario.grid.interval_s + scenario.grid.interval_s // 2
    shape = (len(scenario.links), interval.size)
    elevation_rad, loss_db = np.empty(shape), np.empty(shape)
    for row, link in enumerate(scenario.links):
        stations = list(scenario.positions(link))
        elevation_rad[row] = view.elevation_rad[stations].min(axis=0)
        loss_db[row] = sum(_loss_db(scenario, link, station, view, second) for station in stations)
    return np.degrees(elevation_rad), np.where(np.isfinite(loss_db), loss_db, np.nan)


def _loss_db(
    scenario: Scenario, link: Link | PairLink, station: int, view: ViewGeometry, second: Integers
) -> Floats:
    """Return the loss to one end of a link [dB], ``nan`` well below the mask; shape ``(T,)``."""
    pair = isinstance(link, PairLink)
    path = PairArmBudget.of(scenario) if pair else DownlinkBudget.of(scenario)
    codes = scenario.cloud_codes(np.full(second.size, station), second)
    visibility = scenario.at(scenario.stations[station]).visibility
    mask_rad = visibility.least_elevation_rad - _BELOW_MASK_RAD
    high = view.elevation_rad[station] > mask_rad
    range_m = np.where(high, view.range_m[station], np.nan)
    elevation_rad = np.where(high, view.elevation_rad[station], np.nan)
    eta = path.at(station).transmittance(range_m, elevation_rad, codes)
    with np.errstate(divide="ignore", invalid="ignore"):
        loss_db: Floats = -10.0 * np.log10(eta)
    return loss_db


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
    return [value if value == value else None for value in np.round(values, digits).tolist()]
