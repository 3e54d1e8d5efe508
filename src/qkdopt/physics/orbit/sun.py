"""The Sun: its position, and darkness of stations and satellite."""

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.constants import SECONDS_PER_DAY
from qkdopt.physics.orbit import _kernels, _row_kernels
from qkdopt.physics.orbit.frames import station_frames, teme_to_earth_fixed
from qkdopt.physics.scenario import Scenario


def sun_position_teme(day: float, fractions: Floats) -> Floats:
    """Return the Sun's apparent position [m] in TEME, shape ``(T, 3)``.

    Right to 0.01 deg between 1950 and 2050, aberration included.

    Parameters
    ----------
    day, fractions
        Julian date in UTC: a day, and fractions of a day after it, shape ``(T,)``.
    """
    found = np.empty((4, len(fractions)))
    _row_kernels.suns(day, np.ascontiguousarray(fractions), found)
    position: Floats = (found[:3] * found[3]).T
    return position


def sun_elevation(
    day: float, fractions: Floats, axes: Floats, ut1_minus_utc_s: float = 0.0
) -> Floats:
    """Return the elevation [rad] of the Sun's centre, without refraction, shape ``(..., T)``.

    The Sun's parallax (0.0024 deg) is left out.

    Parameters
    ----------
    axes
        East, north and up of one station or of several, Earth-fixed, shape ``(..., 3, 3)``.
    """
    position_m = teme_to_earth_fixed(
        sun_position_teme(day, fractions), day, fractions, ut1_minus_utc_s
    )
    east, north, up = np.moveaxis(axes @ position_m.T, -2, 0)
    elevation_rad: Floats = np.arctan2(up, np.hypot(east, north))
    return elevation_rad


def in_umbra(position_teme_m: Floats, day: float, fractions: Floats) -> Bools:
    """Return where a satellite is in the Earth's umbra, shape ``(T,)``.

    The umbra is a cone behind a spherical Earth of equatorial radius without atmosphere; the
    penumbra counts as sunlit.
    """
    suns = [_kernels.sun(day, fraction) for fraction in fractions]
    pairs = zip(position_teme_m.tolist(), suns, strict=True)
    found = [
        _kernels.inside_umbra(x, y, z, sx, sy, sz, distance_m)
        for (x, y, z), (sx, sy, sz, distance_m) in pairs
    ]
    return np.array(found, dtype=np.bool_)


class SunElevations:
    """The Sun over the stations of a scenario, at any of its seconds."""

    def __init__(self, scenario: Scenario) -> None:
        self._grid = scenario.grid
        self._ut1_minus_utc_s = scenario.ut1_minus_utc_s
        self._up = station_frames(scenario.stations)[1][:, 2]

    def at(self, station: Integers, second: Integers) -> Floats:
        """Return the elevation [rad] of the Sun's centre in the middle of seconds, ``(S,)``.

        Parameters
        ----------
        station
            Positions in ``scenario.stations``, shape ``(S,)``.
        second
            Seconds after the start of the horizon, shape ``(S,)``.
        """
        moments, place = np.unique(second, return_inverse=True)
        day, fraction = self._grid.start_julian_date
        fractions = fraction + (moments + 0.5) / SECONDS_PER_DAY
        sun_m = teme_to_earth_fixed(
            sun_position_teme(day, fractions), day, fractions, self._ut1_minus_utc_s
        )
        towards = sun_m / np.linalg.norm(sun_m, axis=1, keepdims=True)
        sine = np.einsum("si,si->s", self._up[station], towards[place])
        elevation_rad: Floats = np.arcsin(np.clip(sine, -1.0, 1.0))
        return elevation_rad
