"""Position of the satellite in each station's sky, and access times of links."""

from qkdopt.physics.orbit.access import Access, AccessSamples
from qkdopt.physics.orbit.available import AvailableTime, available_seconds
from qkdopt.physics.orbit.constructed import at_altitude, geostationary
from qkdopt.physics.orbit.frames import (
    geodetic_to_earth_fixed,
    look_angles,
    sidereal_angle,
    teme_to_earth_fixed,
)
from qkdopt.physics.orbit.pair_access import PairAccess, pair_access, station_pairs
from qkdopt.physics.orbit.passes import PairPass, Pass, pair_passes, passes
from qkdopt.physics.orbit.propagation import check_lifetime, check_orbit, propagate
from qkdopt.physics.orbit.sun import in_umbra, sun_elevation, sun_position_teme
from qkdopt.physics.scenario.circular import circular

__all__ = [
    "Access",
    "AccessSamples",
    "AvailableTime",
    "PairAccess",
    "PairPass",
    "Pass",
    "at_altitude",
    "available_seconds",
    "check_lifetime",
    "check_orbit",
    "circular",
    "geodetic_to_earth_fixed",
    "geostationary",
    "in_umbra",
    "look_angles",
    "pair_access",
    "pair_passes",
    "passes",
    "propagate",
    "sidereal_angle",
    "station_pairs",
    "sun_elevation",
    "sun_position_teme",
    "teme_to_earth_fixed",
]
