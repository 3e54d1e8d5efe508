"""The optional tables of a scenario: clouds over time, and further loss terms."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Gt, Le
from pydantic import Field

from qkdopt.errors import Described, InputError
from qkdopt.physics.scenario.values import Number, Part, Points, Text, default

PARANAL_HIGHEST_SUN_DEG = -5.0
"""Highest elevation of the Sun that the fit for Paranal covers [deg]."""

_ZENITH_DEG = 90.0
_MOST_RADIANCE = 1e6


class Clouds(Part):
    """Files of cloud data."""

    format: Literal["csv", "himawari-l2", "era5"] = Field(description="Format of the files")
    file: Text | None = default(None, "The file, beside the scenario")
    files: tuple[Text, ...] = default((), "Several files, in place of file", "none")
    missing: Literal["refuse", "previous", "clear", "blocked"] = default(
        "refuse",
        "What fills a gap: nothing, an error (refuse), the last known code (previous), "
        "0 (clear), 150 (blocked)",
        "own choice",
    )
    synthetic: Literal[False, True] = default(
        False, "Whether the clouds are invented; then every page and file says so", "own choice"
    )

    def names(self, where: str) -> tuple[str, ...]:
        """Return the files; refuse none, and ``file`` beside ``files``."""
        if (self.file is None) == (not self.files):
            came = "both" if self.files else "neither"
            raise InputError(where, came, "one of file and files")
        return self.files or (str(self.file),)


class Losses(Part):
    """Loss terms beyond the scheduling paper's budget; each is off unless it is given.

    The radiance of the sky is a number, or a curve over the elevation of the Sun: linear in its
    logarithm between points, constant below the lowest. ``paranal-twilight`` is that of a dark
    mountain around 0.8 um (:func:`qkdopt.physics.link.twilight.paranal_twilight`).
    """

    curves: ClassVar[Mapping[str, tuple[str, str]]] = {
        "sky_radiance_w_per_m2_sr_um": ("sun_elevation_deg", "radiance_w_per_m2_sr_um")
    }
    named_curves: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "sky_radiance_w_per_m2_sr_um": ("paranal-twilight",)
    }

    pointing_jitter_urad: Annotated[Number, Ge(0), Le(1e6)] | None = default(
        None, "Standard deviation of the pointing error along each of two axes"
    )
    turbulence: Literal["hufnagel-valley"] | None = default(
        None, "Long-term spread of a downlink beam by a Hufnagel-Valley atmosphere"
    )
    turbulence_wind_m_per_s: Annotated[Number, Ge(0), Le(200)] = default(
        21.0, "Wind speed of the Hufnagel-Valley profile", "HV 5/7", unit="m/s"
    )
    turbulence_ground_cn2: Annotated[Number, Ge(0), Le(1e-10)] = default(
        1.7e-14,
        "Structure constant of the refractive index at the ground",
        "HV 5/7",
        unit="m^(-2/3)",
    )
    sky_radiance_w_per_m2_sr_um: (
        Annotated[Number, Ge(0), Le(1e6)] | Literal["paranal-twilight"] | Points | None
    ) = default(
        None,
        "Radiance of the sky in the field of view, added to Y0: a number, or points over the "
        "elevation of the Sun [deg], or a CSV file with columns sun_elevation_deg, "
        "radiance_w_per_m2_sr_um, or paranal-twilight",
        "off by default",
        unit="W/(m^2 sr um)",
    )
    field_of_view_half_angle_urad: Annotated[Number, Gt(0), Le(1e6)] | None = default(
        None, "Half angle of the field of view of the receiver"
    )
    filter_bandwidth_nm: Annotated[Number, Gt(0), Le(1e4)] | None = default(
        None, "Width of the spectral filter"
    )

    @property
    def pointing_jitter_rad(self) -> float:
        """Standard deviation of the pointing error along each axis [rad]; 0 when off."""
        return (self.pointing_jitter_urad or 0.0) * 1e-6

    @property
    def field_of_view_half_angle_rad(self) -> float:
        """Half angle of the receiver's field of view [rad]; 0 when no sky is counted."""
        return (self.field_of_view_half_angle_urad or 0.0) * 1e-6

    @property
    def filter_bandwidth_um(self) -> float:
        """Width of the spectral filter [um]; 0 when no sky is counted."""
        return (self.filter_bandwidth_nm or 0.0) * 1e-3

    @property
    def highest_sun_deg(self) -> float:
        """Highest elevation of the Sun for which the radiance of the sky is known [deg]."""
        sky = self.sky_radiance_w_per_m2_sr_um
        if isinstance(sky, tuple):
            return max(sun_deg for sun_deg, _ in sky)
        return PARANAL_HIGHEST_SUN_DEG if sky == "paranal-twilight" else _ZENITH_DEG

    def check(self, where: str) -> None:
        """Refuse a term without what it needs, and a sky that is no curve over the Sun."""
        if isinstance(self.sky_radiance_w_per_m2_sr_um, tuple):
            key = f"{where}.sky_radiance_w_per_m2_sr_um"
            check_sun_curve(self.sky_radiance_w_per_m2_sr_um, _MOST_RADIANCE, key)
        sky = ("field_of_view_half_angle_urad", "filter_bandwidth_nm")
        absent = [name for name in sky if getattr(self, name) is None]
        if self.sky_radiance_w_per_m2_sr_um is not None and absent:
            expected = "field_of_view_half_angle_urad and filter_bandwidth_nm with a sky radiance"
            raise InputError(where, f"no {absent[0]}", expected)
        given = self.model_fields_set & {"turbulence_wind_m_per_s", "turbulence_ground_cn2"}
        if self.turbulence is None and given:
            came = f"{sorted(given)[0]} alone"
            raise InputError(where, came, 'turbulence = "hufnagel-valley" with it')


def check_sun_curve(points: Sequence[tuple[float, float]], most: float, where: str) -> None:
    """Refuse what is no curve over the elevation of the Sun [deg], with values up to ``most``."""
    for position, (sun_deg, value) in enumerate(points):
        if not -_ZENITH_DEG <= sun_deg <= _ZENITH_DEG:
            raise InputError(f"{where}[{position}]", sun_deg, "-90 <= sun_elevation_deg <= 90")
        if not 0.0 < value <= most:
            raise InputError(f"{where}[{position}]", value, f"a value above 0, at most {most:g}")
    known: set[float] = set()
    for sun_deg, _ in points:
        if sun_deg in known:
            came = Described(f"Sun elevation {sun_deg:g} deg twice")
            raise InputError(where, came, "each Sun elevation once")
        known.add(sun_deg)
