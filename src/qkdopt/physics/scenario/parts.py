"""The tables of a scenario about sky and turns; defaults are those of the Micius week.

Each default's basis is given in ``models/micius-china-2016/scenario.toml``.
"""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, Decimal
from typing import ClassVar, Literal

from pydantic import Field

from qkdopt.errors import InputError
from qkdopt.numerals import exact_decimal
from qkdopt.physics.scenario.values import Number, Part

__all__ = [
    "Atmosphere",
    "CloudModel",
    "DarknessRule",
    "Slew",
    "Visibility",
]

CloudModel = Literal["transmittance-factor", "exponent-scale"]
DarknessRule = Literal["station-night", "any-night", "umbra", "none"]

_HALF_TURN_DEG = 180
_MILLISECOND = Decimal("0.001")


class Atmosphere(Part):
    """Extinction of clear air towards the zenith, and how a cloud code enters."""

    zenith_extinction_nepers: Number = Field(
        default=0.5,
        ge=0,
        le=100,
        description="Extinction of clear air towards the zenith: transmittance exp(-it)",
        json_schema_extra={
            "unit": "nepers",
            "source": "scheduling paper at 808 nm (0.22 at 1,550 nm)",
        },
    )
    cloud_model: CloudModel = Field(
        default="transmittance-factor",
        description="How a cloud code enters the transmittance",
        json_schema_extra={"source": "scheduling paper, whose formula has two readings"},
    )


class Visibility(Part):
    """When a link can work: high enough, and every darkness rule fulfilled.

    ``station-night``: the Sun of that station is below ``station_sun_below_deg``.
    ``any-night``: that of any station is. ``umbra``: the satellite is in the Earth's umbra
    (a cone; spherical Earth without atmosphere). ``none``: no rule, alone in its list.
    ``acquisition_s`` after all that is fulfilled the link works.
    """

    absent_by_default: ClassVar[frozenset[str]] = frozenset({"acquisition_s"})

    minimum_elevation_deg: Number = Field(
        default=10.0,
        ge=0,
        lt=90,
        description="Elevation of the satellite from which a link works",
        json_schema_extra={"unit": "deg", "source": "scheduling paper"},
    )
    darkness: tuple[DarknessRule, ...] = Field(
        default=("station-night",),
        min_length=1,
        description="Rules that must all be fulfilled",
        json_schema_extra={"source": "scheduling paper"},
    )
    station_sun_below_deg: Number = Field(
        default=-0.833,
        ge=-90,
        le=90,
        description="Elevation of the Sun below which a station is dark",
        json_schema_extra={
            "unit": "deg",
            "source": "sunset: 34 arc minutes of refraction, 16 of radius",
        },
    )
    acquisition_s: Number = Field(
        default=0.0,
        ge=0,
        le=3600,
        description="Time at the beginning of each contact in which the link does not work yet",
        json_schema_extra={"unit": "s", "source": "off by default"},
    )

    @property
    def minimum_elevation_rad(self) -> float:
        """Least elevation at which a link can work [rad]."""
        return math.radians(self.minimum_elevation_deg)

    @property
    def station_sun_below_rad(self) -> float:
        """Elevation of the Sun below which a station is dark [rad]."""
        return math.radians(self.station_sun_below_deg)

    def check(self, where: str) -> None:
        """Refuse repeated rules, and ``none`` beside others."""
        rules = self.darkness
        if len(set(rules)) != len(rules):
            raise InputError(f"{where}.darkness", list(rules), "each rule at most once")
        if "none" in rules and len(rules) > 1:
            raise InputError(f"{where}.darkness", list(rules), "none to stand alone")


class Slew(Part):
    """How a satellite turns from one line of sight to another: at a rate, then it settles.

    Without a time to settle a turn by any angle still keeps an interval free.
    """

    slew_rate_deg_s: Number = Field(
        ge=0.01,
        le=360,
        description="Rate at which the satellite turns from one line of sight to another",
        json_schema_extra={"unit": "deg/s"},
    )
    settling_s: Number = Field(
        default=0.0,
        ge=0,
        le=86_400,
        description="Time to settle after a turn",
        json_schema_extra={"unit": "s", "source": "no time"},
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
