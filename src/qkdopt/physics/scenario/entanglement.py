"""The table ``[entanglement]``: a source of photon pairs and what each arm of it meets.

Defaults are those of the entanglement paper (a source like Micius' over Iberia) where it
prints them; ``models/iberia-2025/scenario.toml`` gives the basis of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from qkdopt.errors import InputError
from qkdopt.physics.scenario.loss_terms import check_sun_curve
from qkdopt.physics.scenario.point_tables import with_points
from qkdopt.physics.scenario.validation import check_keys, table_of, validated
from qkdopt.physics.scenario.values import Number, Part, Points

__all__ = ["Entanglement", "PairDetector", "PairOptics", "PairSource", "entanglement"]

_TABLES = ("source", "optics", "detector")
_BRIGHTEST = {"exact": 100.0, "paper": 2.0}
_ROUNDING = 1e-9
_ZENITH_DEG = 90.0

Optimised = Literal["optimised"]


class PairSource(Part):
    """A source of polarisation-entangled photon pairs that runs BBM92.

    The optimised brightness is that of the largest rate for each pair of transmittances.
    """

    protocol: Literal["bbm92"] = Field(
        default="bbm92",
        description="Protocol of the links to pairs",
        json_schema_extra={"source": "entanglement paper"},
    )
    model: Literal["exact", "paper"] = Field(
        default="exact",
        description="exact: all photon numbers, threshold detectors; paper: its equations",
        json_schema_extra={"source": "own choice"},
    )
    pair_rate_hz: Number = Field(
        default=5.9e6,
        gt=0,
        le=1e15,
        description="Attempts or pairs per second, see pair_rate_counts",
        json_schema_extra={"unit": "Hz", "source": "entanglement paper"},
    )
    pair_rate_counts: Literal["attempts", "pairs"] = Field(
        default="attempts",
        description="attempts: windows in which the source is pumped, of any brightness; "
        "pairs: those emitted into windows without gaps",
        json_schema_extra={"source": "assumption: the paper allows both"},
    )
    window_s: Number = Field(
        default=1e-9,
        gt=0,
        le=1,
        description="Length of a coincidence window",
        json_schema_extra={"unit": "s", "source": "assumption"},
    )
    mean_pairs_per_window: Annotated[Number, Field(gt=0, lt=100)] | Optimised = Field(
        default="optimised",
        description="Brightness mu = 2 lambda; optimised: that of the largest rate",
        json_schema_extra={"unit": "1", "source": "entanglement paper"},
    )
    misalignment_error: Number = Field(
        default=0.0,
        ge=0,
        le=0.5,
        description="Probability that a polarisation is read wrongly",
        json_schema_extra={"unit": "1", "source": "entanglement paper (none)"},
    )
    error_correction_overhead: Number = Field(
        default=1.22,
        ge=1,
        le=100,
        description="Bits disclosed to correct errors, over the Shannon limit (xi)",
        json_schema_extra={"unit": "1", "source": "entanglement paper"},
    )
    finite_block: Literal["none", "optimistic", "conservative"] = Field(
        default="none",
        description="Effect of finite blocks, one end of a bracket",
        json_schema_extra={"source": "entanglement paper (none)"},
    )
    block_sifted_bits: Number = Field(
        default=1e4,
        gt=0,
        le=1e15,
        description="Sifted bits of a block",
        json_schema_extra={"unit": "bit", "source": "entanglement paper: from it on xi holds"},
    )

    def check(self, where: str) -> None:
        """Refuse what belongs to another reading or model, and windows that overlap."""
        busy = self.pair_rate_hz * self.window_s
        if self.pair_rate_counts == "attempts":
            if busy > 1.0 + _ROUNDING:
                expected = "attempts that do not overlap: pair_rate_hz * window_s <= 1"
                raise InputError(f"{where}.pair_rate_hz", self.pair_rate_hz, expected)
            brightness, key = self.mean_pairs_per_window, "mean_pairs_per_window"
        else:
            if self.mean_pairs_per_window != "optimised":
                expected = "no such key beside pairs, where it is pair_rate_hz * window_s"
                raise InputError(
                    f"{where}.mean_pairs_per_window", self.mean_pairs_per_window, expected
                )
            brightness, key = busy, "pair_rate_hz"
        most = _BRIGHTEST[self.model]
        if not isinstance(brightness, str) and not brightness < most:
            expected = f"less than {most:g} pairs per window in the model {self.model}"
            raise InputError(f"{where}.{key}", brightness, expected)
        if self.model == "paper" and self.misalignment_error:
            expected = "0 in the model paper, whose equations know none"
            raise InputError(f"{where}.misalignment_error", self.misalignment_error, expected)


class PairOptics(Part):
    """Telescopes and the beam between them, the same for both arms."""

    absent_by_default: ClassVar[frozenset[str]] = frozenset({"receiver_obscuration_ratio"})

    wavelength_nm: Number = Field(
        default=810.0,
        ge=100,
        le=20_000,
        description="Wavelength of the pairs",
        json_schema_extra={"unit": "nm", "source": "assumption: not in the entanglement paper"},
    )
    transmitter_radius_m: Number = Field(
        default=0.15,
        gt=0,
        le=10,
        description="Radius of the aperture of the satellite (a)",
        json_schema_extra={"unit": "m", "source": "entanglement paper"},
    )
    receiver_radius_m: Number = Field(
        default=0.6,
        gt=0,
        le=50,
        description="Radius of the aperture on the ground",
        json_schema_extra={"unit": "m", "source": "entanglement paper"},
    )
    receiver_obscuration_ratio: Number = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Diameter of the central obstruction of the receiving telescope over its own",
        json_schema_extra={"unit": "1", "source": "no obstruction"},
    )
    waist_m: Annotated[Number, Field(gt=0, le=100)] | Optimised = Field(
        default="optimised",
        description="1/e^2 radius w0 of the Gaussian mode at the aperture of the satellite, which "
        "truncates it; optimised: the best at every range",
        json_schema_extra={"unit": "m", "source": "entanglement paper"},
    )
    pointing_jitter_urad: Number = Field(
        default=0.47,
        ge=0,
        le=1e3,
        description="Standard deviation of the pointing error along each of two axes",
        json_schema_extra={"unit": "urad", "source": "entanglement paper"},
    )
    coupling_efficiency: Number = Field(
        default=0.5,
        ge=0,
        le=1,
        description="Share of the light in the receiver that enters the fibre",
        json_schema_extra={"unit": "1", "source": "entanglement paper"},
    )

    @property
    def wavelength_m(self) -> float:
        """Wavelength [m]."""
        return self.wavelength_nm * 1e-9

    @property
    def pointing_jitter_rad(self) -> float:
        """Standard deviation of the pointing error along each axis [rad]."""
        return self.pointing_jitter_urad * 1e-6


class PairDetector(Part):
    """Detectors at each end of a pair; both of those that measure the chosen basis together."""

    absent_by_default: ClassVar[frozenset[str]] = frozenset({"dead_time_s", "dead_time_blinds"})
    curves: ClassVar[Mapping[str, tuple[str, str]]] = {
        "stray_probability_per_window": ("sun_elevation_deg", "probability")
    }

    efficiency: Number = Field(
        default=1.0,
        ge=0,
        le=1,
        description="Probability that a photon at the detector makes it click",
        json_schema_extra={"unit": "1", "source": "assumption: not in the entanglement paper"},
    )
    dark_probability_per_window: Number = Field(
        default=1e-6,
        ge=0,
        le=1,
        description="Probability of a dark count per window, of both detectors of a basis",
        json_schema_extra={"unit": "1", "source": "assumption: not in the entanglement paper"},
    )
    stray_probability_per_window: Annotated[Number, Field(ge=0, le=1)] | Points = Field(
        default=0.0,
        description="Probability of a click by stray light per window: a number, or points over "
        "the elevation of the Sun [deg], or a CSV file with columns sun_elevation_deg, probability",
        json_schema_extra={"unit": "1", "source": "assumption: none"},
    )
    dead_time_s: Number = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Time after a click in which a detector counts no other; the optimised "
        "brightness is that without it",
        json_schema_extra={"unit": "s", "source": "off by default"},
    )
    dead_time_blinds: Literal["detector", "station"] = Field(
        default="detector",
        description="What a click blinds: the detector that clicked, one of four, or all of the "
        "station, so that no bit depends on which of them are blind",
        json_schema_extra={"source": "security: Rogers et al., New J. Phys. 9, 319 (2007)"},
    )

    @property
    def highest_sun_deg(self) -> float:
        """Highest elevation of the Sun for which the stray light is known [deg]."""
        stray = self.stray_probability_per_window
        return max(sun_deg for sun_deg, _ in stray) if isinstance(stray, tuple) else _ZENITH_DEG

    def check(self, where: str) -> None:
        """Refuse stray light that is no curve over the Sun."""
        if isinstance(self.stray_probability_per_window, tuple):
            key = f"{where}.stray_probability_per_window"
            check_sun_curve(self.stray_probability_per_window, 1.0, key)


@dataclass(frozen=True)
class Entanglement:
    """What links of two stations need."""

    source: PairSource = field(default_factory=PairSource)
    optics: PairOptics = field(default_factory=PairOptics)
    detector: PairDetector = field(default_factory=PairDetector)


def entanglement(tables: Mapping[str, object], where: str, folder: Path) -> Entanglement | None:
    """Return the table ``[entanglement]``, or ``None`` without one; curves may be files.

    Raises
    ------
    InputError
        For an unknown key, or a value out of range.
    """
    if "entanglement" not in tables:
        return None
    table = table_of(tables, "entanglement", where)
    key = f"{where}: entanglement"
    check_keys(table, _TABLES, key)
    part = {name: table_of(table, name, key) for name in _TABLES}
    source = validated(PairSource, part["source"], f"{key}.source")
    source.check(f"{key}.source")
    detector = with_points(PairDetector, part["detector"], f"{key}.detector", folder)
    found = Entanglement(
        source=source,
        optics=validated(PairOptics, part["optics"], f"{key}.optics"),
        detector=validated(PairDetector, detector, f"{key}.detector"),
    )
    found.detector.check(f"{key}.detector")
    return found
