"""The table ``[entanglement]``: a source of photon pairs and what each arm of it meets.

Defaults are those of the entanglement paper (a source like Micius' over Iberia) where it
prints them; ``models/iberia-2025/scenario.toml`` gives the basis of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from qkdopt.errors import InputError
from qkdopt.physics.scenario.validation import check_keys, table_of, validated
from qkdopt.physics.scenario.values import Number, Part

__all__ = ["Entanglement", "PairDetector", "PairOptics", "PairSource", "entanglement"]

_TABLES = ("source", "optics", "detector")
_BRIGHTEST = {"exact": 100.0, "paper": 2.0}
_ROUNDING = 1e-9

Optimised = Literal["optimised"]


class PairSource(Part):
    """A source of polarisation-entangled photon pairs that runs BBM92.

    ``pair_rate_counts`` defines ``pair_rate_hz``: ``attempts``, windows in which the source
    is pumped, with any brightness; or ``pairs`` emitted per second into windows without gaps.
    ``mean_pairs_per_window`` is the brightness mu = 2 lambda; ``optimised`` is the one with the
    largest rate for each pair of transmittances. ``finite_block`` is one end of a bracket.
    """

    protocol: Literal["bbm92"] = "bbm92"
    model: Literal["exact", "paper"] = "exact"
    pair_rate_hz: Number = Field(default=5.9e6, gt=0, le=1e15)
    pair_rate_counts: Literal["attempts", "pairs"] = "attempts"
    window_s: Number = Field(default=1e-9, gt=0, le=1)
    mean_pairs_per_window: Annotated[Number, Field(gt=0, lt=100)] | Optimised = "optimised"
    misalignment_error: Number = Field(default=0.0, ge=0, le=0.5)
    error_correction_overhead: Number = Field(default=1.22, ge=1, le=100)
    finite_block: Literal["none", "optimistic", "conservative"] = "none"
    block_sifted_bits: Number = Field(default=1e4, gt=0, le=1e15)

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
    """Telescopes and the beam between them, the same for both arms.

    ``waist_m`` is the 1/e^2 radius w0 of the Gaussian mode at the satellite's aperture, which
    truncates it; ``optimised`` is the best one at every range. The jitter is the standard
    deviation of the pointing error along each of two axes.
    """

    wavelength_nm: Number = Field(default=810.0, ge=100, le=20_000)
    transmitter_radius_m: Number = Field(default=0.15, gt=0, le=10)
    receiver_radius_m: Number = Field(default=0.6, gt=0, le=50)
    waist_m: Annotated[Number, Field(gt=0, le=100)] | Optimised = "optimised"
    pointing_jitter_urad: Number = Field(default=0.47, ge=0, le=1e3)
    coupling_efficiency: Number = Field(default=0.5, ge=0, le=1)

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

    efficiency: Number = Field(default=1.0, ge=0, le=1)
    dark_probability_per_window: Number = Field(default=1e-6, ge=0, le=1)
    stray_probability_per_window: Number = Field(default=0.0, ge=0, le=1)


@dataclass(frozen=True)
class Entanglement:
    """What links of two stations need."""

    source: PairSource = field(default_factory=PairSource)
    optics: PairOptics = field(default_factory=PairOptics)
    detector: PairDetector = field(default_factory=PairDetector)


def entanglement(tables: Mapping[str, object], where: str) -> Entanglement | None:
    """Return the table ``[entanglement]``, or ``None`` without one.

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
    return Entanglement(
        source=source,
        optics=validated(PairOptics, part["optics"], f"{key}.optics"),
        detector=validated(PairDetector, part["detector"], f"{key}.detector"),
    )
