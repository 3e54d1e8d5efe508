"""The tables of a scenario about sky and turns; defaults are those of the Micius week.

Each default's basis is given in ``models/micius-china-2016/scenario.toml``.
"""

import math
from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Gt, Le, Lt
from pydantic import Field

from qkdopt.errors import Described, InputError
from qkdopt.numerals import exact_decimal
from qkdopt.physics.scenario.values import Number, Part, Points, default

CloudModel = Literal["transmittance-factor", "exponent-scale"]
DarknessRule = Literal["station-night", "any-night", "umbra", "none"]

_ZENITH_DEG, _HALF_TURN_DEG, _TURN_DEG = 90.0, 180, 360.0
_MILLISECOND = Decimal("0.001")


class Atmosphere(Part):
    """Extinction of clear air, and how a cloud code enters.

    Either a plane-parallel atmosphere of ``zenith_extinction_nepers``, or a table of transmittance
    over elevation, interpolated linearly in its logarithm over the air mass ``1/sin(elevation)``:
    exact between two points of a plane-parallel atmosphere (law of Bouguer, Beer and Lambert).
    """

    absent_by_default: ClassVar[frozenset[str]] = frozenset(
        {"transmittance_table", "extinction_scale_height_m"}
    )
    curves: ClassVar[Mapping[str, tuple[str, str]]] = {
        "transmittance_table": ("elevation_deg", "transmittance")
    }
    in_place_of: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "transmittance_table": ("zenith_extinction_nepers", "extinction_scale_height_m"),
        "zenith_extinction_nepers": ("transmittance_table",),
        "extinction_scale_height_m": ("transmittance_table",),
    }

    zenith_extinction_nepers: Annotated[Number, Ge(0), Le(100)] = default(
        0.5,
        "Extinction of clear air towards the zenith: transmittance exp(-it)",
        "scheduling paper at 808 nm (0.22 at 1,550 nm)",
    )
    extinction_scale_height_m: Annotated[Number, Gt(0), Le(1e12)] | Literal["none"] = default(
        "none",
        "Height over which extinction falls by e: zenith_extinction_nepers is then that at "
        "sea level, of which a station at height h has exp(-h / it)",
        "off: the extinction is that of every station",
    )
    transmittance_table: Points | None = default(
        None,
        "Transmittance of clear air at a station over elevation [deg], in place of the zenith "
        "extinction: points, or a CSV file with columns elevation_deg, transmittance",
        unit="deg, 1",
    )
    cloud_model: CloudModel = default(
        "transmittance-factor",
        "How a cloud code enters the transmittance",
        "scheduling paper, whose formula has two readings",
    )

    def check(self, where: str) -> None:
        """Refuse a table that is no curve, or stands beside the extinction that it replaces."""
        if self.transmittance_table is None:
            return
        if beside := self.model_fields_set & set(self.in_place_of["transmittance_table"]):
            came = Described(f"{min(beside)} and transmittance_table")
            raise InputError(where, came, "one of them")
        key = f"{where}.transmittance_table"
        for position, (elevation_deg, share) in enumerate(self.transmittance_table):
            if not 0.0 < elevation_deg <= _ZENITH_DEG:
                raise InputError(f"{key}[{position}]", elevation_deg, "0 < elevation_deg <= 90")
            if not 0.0 < share <= 1.0:
                raise InputError(f"{key}[{position}]", share, "0 < transmittance <= 1")
        _check_once(self.transmittance_table, "elevation", key)

    def zenith_extinction_at(self, alt_m: float) -> float:
        """Return the extinction towards the zenith [nepers] above a station at a height [m].

        ``exp(-h/H)`` of that at sea level is left above height ``h`` of an absorber whose density
        falls exponentially with the scale height ``H``.
        """
        if self.extinction_scale_height_m == "none":
            return self.zenith_extinction_nepers
        return self.zenith_extinction_nepers * math.exp(-alt_m / self.extinction_scale_height_m)


class Visibility(Part):
    """When a link can work: high enough, in range, and every darkness rule fulfilled.

    The least elevation is a number, or a table of elevation over azimuth (from north over east):
    linear in between, and around through north. ``station-night``: the Sun of that station is
    below ``station_sun_below_deg``. ``any-night``: that of any station is. ``umbra``: the
    satellite is in the Earth's umbra (a cone; spherical Earth without atmosphere). ``none``: no
    rule, alone in its list. ``acquisition_s`` after all that is fulfilled the link works.
    """

    absent_by_default: ClassVar[frozenset[str]] = frozenset(
        {"minimum_range_km", "maximum_range_km", "acquisition_s"}
    )
    curves: ClassVar[Mapping[str, tuple[str, str]]] = {
        "minimum_elevation_deg": ("azimuth_deg", "elevation_deg")
    }

    minimum_elevation_deg: Annotated[Number, Ge(0), Lt(90)] | Points = default(
        10.0,
        "Elevation of the satellite from which a link works: a number, or points over azimuth "
        "[deg], or a CSV file with columns azimuth_deg, elevation_deg",
        "scheduling paper",
    )
    minimum_range_km: Annotated[Number, Ge(0), Le(1e6)] | None = default(
        None, "Slant range from which a link works", "no limit"
    )
    maximum_range_km: Annotated[Number, Ge(0), Le(1e6)] | None = default(
        None, "Slant range up to which a link works", "no limit"
    )
    darkness: tuple[DarknessRule, ...] = default(
        ("station-night",), "Rules that must all be fulfilled", "scheduling paper", min_length=1
    )
    station_sun_below_deg: Annotated[Number, Ge(-90), Le(90)] = default(
        -0.833,
        "Elevation of the Sun below which a station is dark",
        "sunset: 34 arc minutes of refraction, 16 of radius",
    )
    acquisition_s: Annotated[Number, Ge(0), Le(3600)] = default(
        0.0,
        "Time at the beginning of each contact in which the link does not work yet",
        "off by default",
    )

    @property
    def mask_deg(self) -> tuple[tuple[float, float], ...]:
        """Points (azimuth, elevation) of the mask in order, azimuth below 360; ``()``: a number."""
        if not isinstance(self.minimum_elevation_deg, tuple):
            return ()
        return tuple(sorted({(a % _TURN_DEG, e) for a, e in self.minimum_elevation_deg}))

    @property
    def least_elevation_deg(self) -> float:
        """Least elevation at which a link can work, in whatever direction [deg]."""
        if not isinstance(self.minimum_elevation_deg, tuple):
            return self.minimum_elevation_deg
        return min(elevation_deg for _, elevation_deg in self.minimum_elevation_deg)

    @property
    def least_elevation_rad(self) -> float:
        """Least elevation at which a link can work, in whatever direction [rad]."""
        return math.radians(self.least_elevation_deg)

    @property
    def mask_words(self) -> str:
        """The least elevation in words, without its unit."""
        if not isinstance(self.minimum_elevation_deg, tuple):
            return f"{self.minimum_elevation_deg:g}"
        highest_deg = max(elevation_deg for _, elevation_deg in self.minimum_elevation_deg)
        return f"{self.least_elevation_deg:g} to {highest_deg:g} (by azimuth)"

    @property
    def station_sun_below_rad(self) -> float:
        """Elevation of the Sun below which a station is dark [rad]."""
        return math.radians(self.station_sun_below_deg)

    @property
    def range_limits_m(self) -> tuple[float, float]:
        """Least and greatest slant range at which a link can work [m]."""
        least_km, most_km = self.minimum_range_km, self.maximum_range_km
        return 1e3 * (least_km or 0.0), math.inf if most_km is None else 1e3 * most_km

    def check(self, where: str) -> None:
        """Refuse rules that repeat or exclude each other, a mask that is no function, no range."""
        rules = self.darkness
        if len(set(rules)) != len(rules):
            raise InputError(f"{where}.darkness", list(rules), "each rule at most once")
        if "none" in rules and len(rules) > 1:
            raise InputError(f"{where}.darkness", list(rules), "none to stand alone")
        least_m, most_m = self.range_limits_m
        if not least_m < most_m:
            expected = f"minimum_range_km < maximum_range_km = {self.maximum_range_km:g}"
            raise InputError(f"{where}.minimum_range_km", least_m / 1e3, expected)
        if isinstance(self.minimum_elevation_deg, tuple):
            self._check_mask(self.minimum_elevation_deg, f"{where}.minimum_elevation_deg")

    def _check_mask(self, mask: Points, key: str) -> None:
        for position, (azimuth_deg, elevation_deg) in enumerate(mask):
            if not 0.0 <= azimuth_deg <= _TURN_DEG:
                raise InputError(f"{key}[{position}]", azimuth_deg, "0 <= azimuth_deg <= 360")
            if not 0.0 <= elevation_deg < _ZENITH_DEG:
                raise InputError(f"{key}[{position}]", elevation_deg, "0 <= elevation_deg < 90")
        # North may be stated at both ends, if both say the same.
        _check_once(sorted({(a % _TURN_DEG, e) for a, e in mask}), "azimuth", key)


def _check_once(points: Iterable[tuple[float, float]], name: str, key: str) -> None:
    """Refuse two values at one place: a curve that is not a function."""
    known: set[float] = set()
    for place, _ in points:
        if place in known:
            raise InputError(key, Described(f"{name} {place:g} deg twice"), f"each {name} once")
        known.add(place)


class Slew(Part):
    """How a satellite turns from one line of sight to another: at a rate, then it settles.

    Without a time to settle a turn by any angle still keeps an interval free.
    """

    slew_rate_deg_s: Annotated[Number, Ge(0.01), Le(360)] = Field(
        description="Rate at which the satellite turns from one line of sight to another",
        json_schema_extra={"unit": "deg/s"},
    )
    settling_s: Annotated[Number, Ge(0), Le(86_400)] = default(
        0.0, "Time to settle after a turn", "no time"
    )

    @property
    def half_turn_s(self) -> Decimal:
        """Time [s] in which it turns anywhere, rounded up to a millisecond."""
        turning_s = _HALF_TURN_DEG / exact_decimal(self.slew_rate_deg_s)
        exact = turning_s + exact_decimal(self.settling_s)
        return exact.quantize(_MILLISECOND, ROUND_CEILING)

    def turned_rad(self, seconds: float) -> float:
        """Return how far it turns in some seconds [rad], less than 0 before it could settle."""
        return math.radians(self.slew_rate_deg_s * (seconds - self.settling_s))
