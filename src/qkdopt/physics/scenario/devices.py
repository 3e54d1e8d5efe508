"""The tables ``[source]``, ``[detector]`` and ``[optics]``: those of Micius and its receivers.

Each default's basis is given in ``models/micius-china-2016/scenario.toml``.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from qkdopt.errors import Described, InputError
from qkdopt.physics.scenario.values import Number, Part

__all__ = ["Detector", "Optics", "Source"]

_ROUNDING = 1e-9


class Source(Part):
    """Weak coherent pulses of decoy-state BB84 (vacuum and one weak decoy).

    Without shares of decoys and vacuum, all pulses but the signals are taken to be decoys.
    """

    absent_by_default: ClassVar[frozenset[str]] = frozenset(
        {"decoy_share", "vacuum_share", "basis_bias"}
    )

    protocol: Literal["decoy-bb84"] = Field(
        default="decoy-bb84",
        description="Protocol of the links to one station",
        json_schema_extra={"source": "scheduling paper"},
    )
    pulse_rate_hz: Number = Field(
        default=200e6,
        gt=0,
        le=1e12,
        description="Pulses sent per second, of all intensities",
        json_schema_extra={"unit": "Hz", "source": "scheduling paper"},
    )
    signal_intensity: Number = Field(
        default=0.5,
        gt=0,
        le=20,
        description="Mean number of photons of a signal pulse (mu)",
        json_schema_extra={"unit": "1", "source": "scheduling paper"},
    )
    decoy_intensity: Number = Field(
        default=0.08,
        gt=0,
        le=20,
        description="Mean number of photons of a decoy pulse (nu); the third intensity is vacuum",
        json_schema_extra={"unit": "1", "source": "scheduling paper"},
    )
    signal_share: Number = Field(
        default=1.0,
        ge=0,
        le=1,
        description="Share of the pulses that are signal pulses",
        json_schema_extra={
            "unit": "1",
            "source": "assumption: all; the 2017 experiment used 1/2",
        },
    )
    sifting_factor: Number = Field(
        default=0.5,
        ge=0,
        le=1,
        description="Share of the clicks that stay after the bases are compared (q)",
        json_schema_extra={"unit": "1", "source": "scheduling paper (BB84)"},
    )
    error_correction_efficiency: Number = Field(
        default=1.16,
        ge=1,
        le=10,
        description="Bits disclosed to correct errors, over the Shannon limit (f)",
        json_schema_extra={"unit": "1", "source": "assumption: a common value"},
    )
    misalignment_error: Number = Field(
        default=0.015,
        ge=0,
        le=1,
        description="Probability that a photon of the pulse hits the wrong detector (e_d)",
        json_schema_extra={"unit": "1", "source": "public presets of Micius: 0.010 to 0.028"},
    )
    decoy_share: Annotated[Number, Field(ge=0, le=1)] | None = Field(
        default=None,
        description="Share of the pulses that are decoys; all three shares add up to 1",
        json_schema_extra={"unit": "1", "source": "off by default"},
    )
    vacuum_share: Annotated[Number, Field(ge=0, le=1)] | None = Field(
        default=None,
        description="Share of the pulses without light; all three shares add up to 1",
        json_schema_extra={"unit": "1", "source": "off by default"},
    )
    basis_bias: Annotated[Number, Field(ge=0.5, lt=1)] | None = Field(
        default=None,
        description="Probability p of the commoner basis, on both sides: p^2 + (1 - p)^2 of the "
        "clicks stay, in place of sifting_factor",
        json_schema_extra={"unit": "1", "source": "Lo, Chau, Ardehali, J. Cryptology 18 (2005)"},
    )

    @property
    def sifting(self) -> float:
        """Share of clicks in matching bases: as stated, or ``p^2 + (1 - p)^2``.

        In the limit of infinitely many pulses a basis of any probability but 0 gives its error
        rate exactly, and the sifted bits of both make key (H.-K. Lo, H. F. Chau, M. Ardehali,
        "Efficient quantum key distribution scheme and a proof of its unconditional security",
        J. Cryptology 18, 133 (2005), arXiv:quant-ph/0011056). Half of all clicks at ``p = 1/2``.
        """
        if self.basis_bias is None:
            return self.sifting_factor
        return self.basis_bias**2 + (1.0 - self.basis_bias) ** 2

    def check(self, where: str) -> None:
        """Refuse a decoy as strong as the signal, shares that do not add up, two siftings."""
        self._check_shares(where)
        if self.basis_bias is not None and "sifting_factor" in self.model_fields_set:
            expected = "either basis_bias or sifting_factor, not both"
            raise InputError(f"{where}.basis_bias", self.basis_bias, expected)
        if self.decoy_intensity >= self.signal_intensity:
            raise InputError(
                f"{where}.decoy_intensity",
                self.decoy_intensity,
                f"decoy_intensity < signal_intensity = {self.signal_intensity:g}",
            )

    def _check_shares(self, where: str) -> None:
        if self.decoy_share is None and self.vacuum_share is None:
            return
        total = self.signal_share + (self.decoy_share or 0.0) + (self.vacuum_share or 0.0)
        if abs(total - 1.0) > _ROUNDING:
            expected = "signal_share + decoy_share + vacuum_share = 1"
            raise InputError(f"{where}.signal_share", Described(f"a sum of {total:g}"), expected)


class Detector(Part):
    """Detectors of every station; the background yield may be given instead of its causes."""

    absent_by_default: ClassVar[frozenset[str]] = frozenset(
        {"dead_time_s", "dead_time_blinds", "saturation_rate_hz"}
    )

    efficiency: Number = Field(
        default=0.5,
        ge=0,
        le=1,
        description="Probability that a photon at the detector makes it click",
        json_schema_extra={"unit": "1", "source": "public presets of Micius"},
    )
    dark_count_rate_hz: Number = Field(
        default=25.0,
        ge=0,
        le=1e12,
        description="Clicks per second of one detector without light",
        json_schema_extra={"unit": "Hz", "source": "public presets of Micius"},
    )
    gate_s: Number = Field(
        default=2e-9,
        ge=0,
        le=1,
        description="Time after each pulse in which a click counts",
        json_schema_extra={"unit": "s", "source": "public presets of Micius"},
    )
    detectors_per_basis: Literal[1, 2] = Field(
        default=2,
        description="Detectors whose dark counts add up",
        json_schema_extra={"unit": "1", "source": "public presets of Micius"},
    )
    background_yield: Annotated[Number, Field(ge=0, le=1)] | None = Field(
        default=None,
        description="Probability of a click without a photon, per pulse (Y0), for its causes",
        json_schema_extra={"unit": "1"},
    )
    dead_time_s: Number = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Time after a click in which a detector counts no other",
        json_schema_extra={"unit": "s", "source": "off by default"},
    )
    dead_time_blinds: Literal["detector", "station"] = Field(
        default="detector",
        description="What a click blinds: the detector that clicked, or all of the station, so "
        "that no bit depends on which of them are blind",
        json_schema_extra={"source": "security: Rogers et al., New J. Phys. 9, 319 (2007)"},
    )
    saturation_rate_hz: Annotated[Number, Field(gt=0, le=1e15)] | None = Field(
        default=None,
        description="Most clicks per second that the station's electronics take",
        json_schema_extra={"unit": "Hz", "source": "off by default"},
    )

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

    absent_by_default: ClassVar[frozenset[str]] = frozenset({"receiver_obscuration_ratio"})

    wavelength_nm: Number = Field(
        default=848.6,
        ge=100,
        le=20_000,
        description="Wavelength; only turbulence and the light of the sky depend on it",
        json_schema_extra={"unit": "nm", "source": "public presets of Micius"},
    )
    divergence_half_angle_urad: Number = Field(
        default=10.0,
        gt=0,
        le=1e6,
        description="Half angle at which the far beam has 1/e^2 of its greatest intensity",
        json_schema_extra={"unit": "urad", "source": "scheduling paper"},
    )
    receiver_diameter_m: Number = Field(
        default=1.0,
        gt=0,
        le=100,
        description="Diameter of the aperture of the ground telescope",
        json_schema_extra={"unit": "m", "source": "Xinglong (1.2 m elsewhere)"},
    )
    receiver_obscuration_ratio: Number = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Diameter of the central obstruction of the receiving telescope over its own",
        json_schema_extra={"unit": "1", "source": "no obstruction"},
    )
    receiver_optics_transmittance: Number = Field(
        default=0.16,
        ge=0,
        le=1,
        description="Transmittance of the ground optics, up to the detector",
        json_schema_extra={"unit": "1", "source": "public presets of Micius: 8 dB"},
    )

    @property
    def divergence_half_angle_rad(self) -> float:
        """1/e^2 half angle of the far-field beam [rad]."""
        return self.divergence_half_angle_urad * 1e-6

    @property
    def wavelength_m(self) -> float:
        """Wavelength [m]; only turbulence and sky background depend on it."""
        return self.wavelength_nm * 1e-9
