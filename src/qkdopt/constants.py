"""Physical and astronomical constants, each with its unit in the name and its source."""

from typing import Final

SECONDS_PER_DAY: Final = 86_400
JULIAN_DATE_J2000: Final = 2_451_545.0
JULIAN_DATE_UNIX_EPOCH: Final = 2_440_587.5

# World Geodetic System 1984 (NIMA TR8350.2, table 3.1).
WGS84_EQUATORIAL_RADIUS_M: Final = 6_378_137.0
WGS84_FLATTENING: Final = 1.0 / 298.257223563

# Rotation rate of the Earth (NIMA TR8350.2, table 3.1).
EARTH_ROTATION_RAD_PER_S: Final = 7.292115e-5

# IAU 2012 resolution B2, and the nominal solar radius of IAU 2015 resolution B3.
ASTRONOMICAL_UNIT_M: Final = 149_597_870_700.0
SUN_RADIUS_M: Final = 695_700_000.0

# TT - UTC since 2017-01-01 (32.184 s + 37 leap seconds). The Sun moves 0.04 arc seconds
# in a second of time, so one constant serves every date of the space age.
TT_MINUS_UTC_S: Final = 69.184

# Planck's constant times the speed of light (SI 2019, exact).
PLANCK_TIMES_LIGHT_J_M: Final = 6.62607015e-34 * 299_792_458.0
