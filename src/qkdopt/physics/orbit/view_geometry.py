"""Geometry at given instants: sub-satellite point, elevation and range of each station."""

import math
from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.constants import SECONDS_PER_DAY, WGS84_FLATTENING
from qkdopt.physics.orbit import frames
from qkdopt.physics.orbit.propagation import check_lifetime, propagate
from qkdopt.physics.orbit.sun import sun_elevation
from qkdopt.physics.scenario import Scenario


@dataclass(frozen=True, eq=False)
class ViewGeometry:
    """Geometry at ``T`` instants over ``N`` stations, whether or not a link may work.

    Attributes
    ----------
    latitude_rad, longitude_rad
        Geodetic point below the satellite, shape ``(T,)``; longitude in (-pi, pi].
    elevation_rad, azimuth_rad, range_m
        In each station's sky, shape ``(N, T)``, stations in the scenario's order; azimuth from
        north over east, in [0, 2 pi).
    """

    latitude_rad: Floats
    longitude_rad: Floats
    elevation_rad: Floats
    azimuth_rad: Floats
    range_m: Floats


def view_geometry(scenario: Scenario, intervals: Integers) -> ViewGeometry:
    """Return the geometry in the middle of each interval.

    The point below is the one whose geocentric direction is the satellite's, with its
    latitude made geodetic on the ellipsoid: under 0.02 deg from the foot of the vertical in
    low orbit, for maps.

    Parameters
    ----------
    intervals
        Global indices, increasing, shape ``(T,)``.

    Raises
    ------
    InputError
        When the orbit cannot be propagated so far.
    """
    satellite = scenario.satellite
    where = f"{scenario.origin}: {satellite.name}"
    grid = scenario.grid
    middle_s = (np.asarray(intervals, dtype=np.float64) + 0.5) * grid.interval_s
    satrec = satellite.elements.satrec(where)
    check_lifetime(satrec, grid, where)
    position_m, _, fractions = propagate(satrec, grid, middle_s, where)
    day, _ = grid.start_julian_date
    fixed_m = frames.teme_to_earth_fixed(position_m, day, fractions, scenario.ut1_minus_utc_s)
    x, y, z = fixed_m.T
    shape = (len(scenario.stations), middle_s.size)
    elevation_rad, azimuth_rad, range_m = np.empty((3, *shape))
    stations_m, axes = frames.station_frames(scenario.stations)
    for n in range(len(scenario.stations)):
        found = frames.look_angles(fixed_m, stations_m[n], axes[n])
        elevation_rad[n], azimuth_rad[n], range_m[n] = found
    flattened = (1.0 - WGS84_FLATTENING) ** 2
    return ViewGeometry(
        latitude_rad=np.arctan2(z, flattened * np.hypot(x, y)),
        longitude_rad=_principal(np.arctan2(y, x)),
        elevation_rad=elevation_rad,
        azimuth_rad=azimuth_rad,
        range_m=range_m,
    )


def sun_elevations(scenario: Scenario, intervals: Integers) -> Floats:
    """Return the elevation [rad] of the Sun at each station in the middle of each interval.

    Arguments as :func:`view_geometry`; without refraction, shape ``(N, T)``.
    """
    grid = scenario.grid
    day, start = grid.start_julian_date
    middle_s = (np.asarray(intervals, dtype=np.float64) + 0.5) * grid.interval_s
    fractions = start + middle_s / SECONDS_PER_DAY
    _, axes = frames.station_frames(scenario.stations)
    return sun_elevation(day, fractions, axes, scenario.ut1_minus_utc_s)


def _principal(angle_rad: Floats) -> Floats:
    """Return angles in (-pi, pi]."""
    return np.where(angle_rad <= -math.pi, math.pi, angle_rad)
