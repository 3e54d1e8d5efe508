"""Sidereal time, ellipsoid, look angles, Sun and umbra, and kernels without compiler."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sgp4.api import Satrec
from sgp4.propagation import gstime

from physics_scenarios import LINE_1, LINE_2, START
from qkdopt.physics.orbit import (
    _access_kernels,
    _kernels,
    geodetic_to_earth_fixed,
    in_umbra,
    look_angles,
    propagate,
    sidereal_angle,
    sun_elevation,
    sun_position_teme,
    teme_to_earth_fixed,
)
from qkdopt.physics.orbit.propagation import propagate_each_second
from qkdopt.timegrid import TimeGrid

J2000 = 2451545.0
AU = 149_597_870_700.0


def test_sidereal_time_at_j2000() -> None:
    # By hand: 67310.54841 s - 43200 s (half a turn at noon) leaves 18 h 41 min 50.54841 s.
    expected = (18 * 3600 + 41 * 60 + 50.54841) / 86400 * 2 * math.pi
    assert sidereal_angle(J2000, np.array([0.0]))[0] == pytest.approx(expected, abs=1e-12)


@given(st.floats(-20_000, 40_000), st.floats(0, 1))
@settings(max_examples=50, deadline=None)
def test_sidereal_time_is_that_of_sgp4(day: float, fraction: float) -> None:
    day = J2000 + math.floor(day) + 0.5
    angle = sidereal_angle(day, np.array([fraction]))[0]
    difference = (angle - gstime(day + fraction) + math.pi) % (2 * math.pi) - math.pi
    # One double holds a Julian date to 4e-5 s, which is 3e-9 rad of rotation.
    assert abs(difference) < 1e-8


def test_ut1_turns_the_earth() -> None:
    still, turned = (sidereal_angle(J2000, np.array([0.3]), ut1)[0] for ut1 in (0.0, 0.5))
    assert turned - still == pytest.approx(0.5 * 7.292115e-5, rel=1e-4)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ((0.0, 0.0, 0.0), (6378137.0, 0.0, 0.0)),
        ((0.0, 90.0, 1000.0), (0.0, 6379137.0, 0.0)),
        ((90.0, 0.0, 0.0), (0.0, 0.0, 6356752.314245)),  # the polar radius of WGS-84
        ((-90.0, 123.0, 10.0), (0.0, 0.0, -6356762.314245)),
        ((0.0, -180.0, 0.0), (-6378137.0, 0.0, 0.0)),
    ],
)
def test_ellipsoid(place: tuple[float, float, float], expected: tuple[float, ...]) -> None:
    position, axes = geodetic_to_earth_fixed(
        math.radians(place[0]), math.radians(place[1]), place[2]
    )
    np.testing.assert_allclose(position, expected, atol=1e-5)
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-15)


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(0, 9000), st.floats(1, 4e7))
@settings(max_examples=50, deadline=None)
def test_above_is_the_zenith(lat: float, lon: float, alt: float, height: float) -> None:
    station, axes = geodetic_to_earth_fixed(math.radians(lat), math.radians(lon), alt)
    elevation, _, range_m = look_angles((station + height * axes[2])[None], station, axes)
    assert elevation[0] == pytest.approx(math.pi / 2, abs=1e-7)
    assert range_m[0] == pytest.approx(height, abs=1e-6)
    north, azimuth_north, _ = look_angles((station + axes[1])[None], station, axes)
    _, azimuth_east, _ = look_angles((station + axes[0])[None], station, axes)
    assert abs(north[0]) < 1e-7
    assert math.cos(azimuth_north[0]) == pytest.approx(1, abs=1e-9)
    assert azimuth_east[0] == pytest.approx(math.pi / 2, abs=1e-7)


def test_rotation_keeps_lengths_and_the_pole() -> None:
    position = np.array([[7e6, 1e6, -2e6], [0.0, 0.0, 6.9e6]])
    fixed = teme_to_earth_fixed(position, J2000, np.array([0.1, 0.7]))
    np.testing.assert_allclose(np.linalg.norm(fixed, axis=1), np.linalg.norm(position, axis=1))
    np.testing.assert_allclose(fixed[1], position[1])


def test_sun_of_the_almanac_example() -> None:
    # Meeus' example 24.a, 1992 October 13, 0 h TD: longitude 199.90988 deg with aberration,
    # -0.00569, leaves 199.90418 less nutation; distance 0.99766 AU; declination -7.785 deg.
    day, fraction = 2448908.5, -69.184 / 86400
    x, y, z = sun_position_teme(day, np.array([fraction]))[0] / AU
    assert math.hypot(x, y, z) == pytest.approx(0.99766, abs=1e-5)
    assert math.degrees(math.asin(z / math.hypot(x, y, z))) == pytest.approx(-7.785, abs=2e-3)
    assert math.degrees(math.atan2(y, x)) % 360 == pytest.approx(198.381, abs=5e-3)


def test_sun_at_the_equinox_and_the_poles() -> None:
    # Equinox of 2016: 22 September, 14:21 UTC; the poles see half a disc above the horizon.
    for latitude in (90.0, -90.0):
        _, axes = geodetic_to_earth_fixed(math.radians(latitude), 0.0, 0.0)
        day = TimeGrid(START, 1, 1).start_julian_date[0] + 3
        height = sun_elevation(day, np.array([(14 * 60 + 21) / 1440]), axes)
        assert abs(math.degrees(height[0])) < 0.01


def test_umbra_by_hand() -> None:
    # Behind the Earth by 42,164 km the cone's radius is 6378.137 - 42,164 (695,700 -
    # 6378.137)/149,597,870.7 = 6183.9 km (over the cosine, which differs by 1e-5).
    day, fractions = 2457650.5, np.array([0.25])
    sun = sun_position_teme(day, fractions)[0]
    distance = np.linalg.norm(sun)
    away = -sun / distance
    across = np.cross(away, [0.0, 0.0, 1.0])
    across /= np.linalg.norm(across)
    edge = 6378137.0 - 42164e3 * (695.7e6 - 6378137.0) / distance
    for offset, expected in ((0.0, True), (edge - 500, True), (edge + 500, False)):
        assert in_umbra((42164e3 * away + offset * across)[None], day, fractions)[0] == expected
    assert not in_umbra(-7e6 * away[None], day, fractions)[0]
    # The cone ends about 1.4 million km out.
    assert in_umbra(1.37e9 * away[None], day, fractions)[0]
    assert not in_umbra(1.40e9 * away[None], day, fractions)[0]


def test_compiled_kernels_equal_uncompiled() -> None:
    grid = TimeGrid(START, 10, 60480)
    day = grid.start_julian_date[0]
    seconds = 58_700.0 + 7.0 * np.arange(90)
    position, velocity, fractions = propagate(
        Satrec.twoline2rv(LINE_1, LINE_2), grid, seconds, "test"
    )
    frames = [
        geodetic_to_earth_fixed(math.radians(lat), math.radians(lon), 100.0)
        for lat, lon in ((41.8, 123.4), (-30.0, 10.0), (90.0, 0.0))
    ]
    stations = np.array([item[0] for item in frames])
    axes = np.array([item[1] for item in frames])
    for rules in range(8):
        limits = _access_kernels.AccessLimits(
            np.array([0.17, 0.1, 0.17]),
            np.array([-0.0145, -0.2, -0.0145]),
            np.array([rules, 7 - rules, rules]),
            np.array([0.0, 3e5, 0.0]),
            np.array([math.inf, 2e6, math.inf]),
            np.array([0, 0, 4, 4]),
            np.array([-1.0, 0.5, 5.0, 7.0]),
            np.array([0.1, 0.3, 0.1, 0.3]),
        )
        arguments = (position, day, fractions, -0.25, stations, axes, limits)
        fast, slow = (
            _access_kernels.accessible(*arguments),
            _access_kernels.accessible.py_func(*arguments),
        )
        for one, other in zip(fast, slow, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12)
        assert fast[0].size > 0
        coarse = (position, velocity, day, fractions, 20.0, stations, axes, limits)
        np.testing.assert_array_equal(
            _access_kernels.may_be_accessible(*coarse),
            _access_kernels.may_be_accessible.py_func(*coarse),
        )
    assert _kernels.sun(day, 0.3) == pytest.approx(_kernels.sun.py_func(day, 0.3), rel=1e-14)
    assert _kernels.sidereal(day, 0.3) == pytest.approx(_kernels.sidereal.py_func(day, 0.3))
    assert _kernels.look(7e6, 1e6, 2e6, stations[0], axes[0]) == pytest.approx(
        _kernels.look.py_func(7e6, 1e6, 2e6, stations[0], axes[0]), rel=1e-13
    )
    dark = (-4e6, -6e6, 1e5, 1.0, 0.0, 0.0, AU)
    assert _kernels.inside_umbra(*dark) == _kernels.inside_umbra.py_func(*dark)


def test_interpolation_between_nodes_costs_centimetres() -> None:
    grid = TimeGrid(START, 10, 8640)
    satrec = Satrec.twoline2rv(LINE_1, LINE_2)
    for first, last in ((0, 3000), (777, 778), (86_390, 86_400)):
        quick, fractions = propagate_each_second(satrec, grid, first, last, "test")
        exact, _, same = propagate(satrec, grid, np.arange(first, last) + 0.5, "test")
        assert np.linalg.norm(quick - exact, axis=1).max() < 0.05
        np.testing.assert_array_equal(fractions, same)
