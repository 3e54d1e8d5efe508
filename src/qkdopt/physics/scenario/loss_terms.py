"""The optional tables of a scenario: clouds over time, and further loss terms."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from qkdopt.errors import InputError
from qkdopt.physics.scenario.values import Number, Part, Text

__all__ = ["Clouds", "Losses"]


class Clouds(Part):
    """Files of cloud data."""

    format: Literal["csv", "himawari-l2", "era5"] = Field(description="Format of the files")
    file: Text | None = Field(default=None, description="The file, beside the scenario")
    files: tuple[Text, ...] = Field(
        default=(),
        description="Several files, in place of file",
        json_schema_extra={"source": "none"},
    )
    missing: Literal["refuse", "previous", "clear", "blocked"] = Field(
        default="refuse",
        description="What fills a gap: nothing, an error (refuse), the last known code (previous), "
        "0 (clear), 150 (blocked)",
        json_schema_extra={"source": "own choice"},
    )
    synthetic: Literal[False, True] = Field(
        default=False,
        description="Whether the clouds are invented; then every page and file says so",
        json_schema_extra={"source": "own choice"},
    )

    def names(self, where: str) -> tuple[str, ...]:
        """Return the files; refuse none, and ``file`` beside ``files``."""
        if (self.file is None) == (not self.files):
            came = "both" if self.files else "neither"
            raise InputError(where, came, "one of file and files")
        return self.files or (str(self.file),)


class Losses(Part):
    """Loss terms beyond the scheduling paper's budget; each is off unless it is given."""

    pointing_jitter_urad: Annotated[Number, Field(ge=0, le=1e6)] | None = Field(
        default=None,
        description="Standard deviation of the pointing error along each of two axes",
        json_schema_extra={"unit": "urad"},
    )
    turbulence: Literal["hufnagel-valley"] | None = Field(
        default=None,
        description="Long-term spread of a downlink beam by a Hufnagel-Valley atmosphere",
    )
    turbulence_wind_m_per_s: Number = Field(
        default=21.0,
        ge=0,
        le=200,
        description="Wind speed of the Hufnagel-Valley profile",
        json_schema_extra={"unit": "m/s", "source": "HV 5/7"},
    )
    turbulence_ground_cn2: Number = Field(
        default=1.7e-14,
        ge=0,
        le=1e-10,
        description="Structure constant of the refractive index at the ground",
        json_schema_extra={"unit": "m^(-2/3)", "source": "HV 5/7"},
    )
    sky_radiance_w_per_m2_sr_um: Annotated[Number, Field(ge=0, le=1e6)] | None = Field(
        default=None,
        description="Radiance of the sky in the field of view, added to Y0",
        json_schema_extra={"unit": "W/(m^2 sr um)"},
    )
    field_of_view_half_angle_urad: Annotated[Number, Field(gt=0, le=1e6)] | None = Field(
        default=None,
        description="Half angle of the field of view of the receiver",
        json_schema_extra={"unit": "urad"},
    )
    filter_bandwidth_nm: Annotated[Number, Field(gt=0, le=1e4)] | None = Field(
        default=None, description="Width of the spectral filter", json_schema_extra={"unit": "nm"}
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

    def check(self, where: str) -> None:
        """Refuse a term without what it needs."""
        sky = ("field_of_view_half_angle_urad", "filter_bandwidth_nm")
        absent = [name for name in sky if getattr(self, name) is None]
        if self.sky_radiance_w_per_m2_sr_um is not None and absent:
            expected = "field_of_view_half_angle_urad and filter_bandwidth_nm with a sky radiance"
            raise InputError(where, f"no {absent[0]}", expected)
        given = self.model_fields_set & {"turbulence_wind_m_per_s", "turbulence_ground_cn2"}
        if self.turbulence is None and given:
            came = f"{sorted(given)[0]} alone"
            raise InputError(where, came, 'turbulence = "hufnagel-valley" with it')
