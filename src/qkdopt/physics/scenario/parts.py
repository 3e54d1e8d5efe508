"""The tables of a scenario; defaults are those of the Micius satellite and its receivers.

Each default's basis is given in ``models/micius-china-2016/scenario.toml``.
"""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from qkdopt.errors import InputError
from qkdopt.numerals import exact_decimal
from qkdopt.physics.scenario.values import ExactNumber, Number, Part, Text, Whole

__all__ = [
    "Atmosphere",
    "CloudModel",
    "DarknessRule",
    "Detector",
    "Link",
    "Optics",
    "PairLink",
    "Slew",
    "Source",
    "Station",
    "Visibility",
]

CloudModel = Literal["transmittance-factor", "exponent-scale"]
DarknessRule = Literal["station-night", "any-night", "umbra", "none"]

_HALF_TURN_DEG = 180
_MILLISECOND = Decimal("0.001")


class Source(Part):
    """Weak coherent pulses of decoy-state BB84 (vacuum and one weak decoy)."""

    protocol: Literal["decoy-bb84"] = "decoy-bb84"
    pulse_rate_hz: Number = Field(default=200e6, gt=0, le=1e12)
    signal_intensity: Number = Field(default=0.5, gt=0, le=20)
    decoy_intensity: Number = Field(default=0.08, gt=0, le=20)
    signal_share: Number = Field(default=1.0, ge=0, le=1)
    sifting_factor: Number = Field(default=0.5, ge=0, le=1)
    error_correction_efficiency: Number = Field(default=1.16, ge=1, le=10)
    misalignment_error: Number = Field(default=0.015, ge=0, le=1)

    def check(self, where: str) -> None:
        """Refuse a decoy that is not weaker than the signal."""
        if self.decoy_intensity >= self.signal_intensity:
            raise InputError(
                f"{where}.decoy_intensity",
                self.decoy_intensity,
                f"decoy_intensity < signal_intensity = {self.signal_intensity:g}",
            )


class Detector(Part):
    """Detectors of every station; the background yield may be given instead of its causes."""

    efficiency: Number = Field(default=0.5, ge=0, le=1)
    dark_count_rate_hz: Number = Field(default=25.0, ge=0, le=1e12)
    gate_s: Number = Field(default=2e-9, ge=0, le=1)
    detectors_per_basis: Literal[1, 2] = 2
    background_yield: Annotated[Number, Field(ge=0, le=1)] | None = None

    @property
    def vacuum_yield(self) -> float:
        """Probability of a click without a photon, per pulse (Y0)."""
        if self.background_yield is not None:
            return self.background_yield
        return self.dark_count_rate_hz * self.gate_s * self.detectors_per_basis

    def check(self, where: str) -> None:
        """Refuse a background yield beside its causes, or one that is not a probability."""
        causes = {"dark_count_rate_hz", "gate_s", "detectors_per_basis"} & self.model_fields_set
        if self.background_yield is not None and causes:
            expected = f"either background_yield or {', '.join(sorted(causes))}, not both"
            raise InputError(f"{where}.background_yield", self.background_yield, expected)
        if not self.vacuum_yield <= 1.0:
            expected = "dark_count_rate_hz * gate_s * detectors_per_basis <= 1"
            raise InputError(f"{where}.dark_count_rate_hz", self.vacuum_yield, expected)


class Optics(Part):
    """Beam and telescopes: the 1/e^2 radius at range L is ``divergence_half_angle * L``."""

    wavelength_nm: Number = Field(default=848.6, ge=100, le=20_000)
    divergence_half_angle_urad: Number = Field(default=10.0, gt=0, le=1e6)
    receiver_diameter_m: Number = Field(default=1.0, gt=0, le=100)
    receiver_optics_transmittance: Number = Field(default=0.16, ge=0, le=1)

    @property
    def divergence_half_angle_rad(self) -> float:
        """1/e^2 half angle of the far-field beam [rad]."""
        return self.divergence_half_angle_urad * 1e-6

    @property
    def wavelength_m(self) -> float:
        """Wavelength [m]; only turbulence and sky background depend on it."""
        return self.wavelength_nm * 1e-9


class Atmosphere(Part):
    """Extinction of clear air towards the zenith, and how a cloud code enters."""

    zenith_extinction_nepers: Number = Field(default=0.5, ge=0, le=100)
    cloud_model: CloudModel = "transmittance-factor"


class Visibility(Part):
    """When a link can work: high enough, and every darkness rule fulfilled.

    ``station-night``: the Sun of that station is below ``station_sun_below_deg``.
    ``any-night``: that of any station is. ``umbra``: the satellite is in the Earth's umbra
    (a cone; spherical Earth without atmosphere). ``none``: no rule, alone in its list.
    """

    minimum_elevation_deg: Number = Field(default=10.0, ge=0, lt=90)
    darkness: tuple[DarknessRule, ...] = Field(default=("station-night",), min_length=1)
    station_sun_below_deg: Number = Field(default=-0.833, ge=-90, le=90)

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


class Station(Part):
    """A ground station: geodetic WGS-84 coordinates, traffic weight, cloud code, receivers.

    It receives at most ``receivers`` satellites at once; ``switch_s`` is the time [s] that a
    receiver needs from one satellite to another.
    """

    absent_by_default: ClassVar[frozenset[str]] = frozenset({"receivers", "switch_s"})

    name: Text
    lat_deg: Number = Field(ge=-90, le=90)
    lon_deg: Number = Field(ge=-180, le=180)
    alt_m: Number = Field(default=0.0, ge=-500, le=10_000)
    weight: Annotated[ExactNumber, Field(ge=0, le=10**12)] | None = None
    cloud_code: Number = Field(default=0.0, ge=0, le=150)
    receivers: Whole = Field(default=1, ge=1, le=1000)
    switch_s: Annotated[ExactNumber, Field(ge=0, le=86_400)] = Decimal(0)

    @property
    def latitude_rad(self) -> float:
        """Geodetic latitude [rad], north positive."""
        return math.radians(self.lat_deg)

    @property
    def longitude_rad(self) -> float:
        """Longitude [rad], east positive."""
        return math.radians(self.lon_deg)


class Slew(Part):
    """How a satellite turns from one line of sight to another: at a rate, then it settles.

    Without a time to settle a turn by any angle still keeps an interval free.
    """

    slew_rate_deg_s: Number = Field(ge=0.01, le=360)
    settling_s: Number = Field(default=0.0, ge=0, le=86_400)

    @property
    def half_turn_s(self) -> Decimal:
        """Time [s] in which it turns anywhere, rounded up to a millisecond."""
        turning_s = _HALF_TURN_DEG / exact_decimal(self.slew_rate_deg_s)
        exact = turning_s + exact_decimal(self.settling_s)
        return exact.quantize(_MILLISECOND, ROUND_CEILING)

    def turned_rad(self, seconds: float) -> float:
        """Return how far it turns in some seconds [rad], less than 0 before it could settle."""
        return math.radians(self.slew_rate_deg_s * (seconds - self.settling_s))


class Link(Part):
    """The downlink to one station, of the named ``satellites`` or of all.

    Its bits count for ``target``, whose name is the link's where none is given.
    """

    absent_by_default: ClassVar[frozenset[str]] = frozenset({"satellites", "target"})

    name: Text
    station: Text
    satellites: tuple[Text, ...] | None = Field(default=None, min_length=1)
    target: Text | None = None

    @property
    def stations(self) -> tuple[str, ...]:
        """Names of the stations that must be reached together: this one."""
        return (self.station,)

    @property
    def target_name(self) -> str:
        """The target that its bits count for."""
        return self.target or self.name


class PairLink(Part):
    """Entangled photons to two stations at once, which then share a key; else as :class:`Link`.

    ``success_fraction`` is the share of passes in which weather and all else that no model here
    knows lets the link work, an assumption: expected bits are counted, whatever is scheduled.
    """

    absent_by_default: ClassVar[frozenset[str]] = frozenset({"satellites", "target"})

    name: Text
    stations: tuple[Text, Text]
    satellites: tuple[Text, ...] | None = Field(default=None, min_length=1)
    target: Text | None = None
    weight: Annotated[ExactNumber, Field(ge=0, le=10**12)] | None = None
    success_fraction: Annotated[Number, Field(ge=0, le=1)] | None = None

    @property
    def target_name(self) -> str:
        """The target that its bits count for."""
        return self.target or self.name
