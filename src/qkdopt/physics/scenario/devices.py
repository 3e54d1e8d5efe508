"""The tables ``[source]``, ``[detector]`` and ``[optics]``: those of Micius and its receivers.

Each default's basis is given in ``models/micius-china-2016/scenario.toml``.
"""

from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Gt, Le, Lt

from qkdopt.errors import Described, InputError
from qkdopt.physics.scenario.values import Number, Part, Share, default

_ROUNDING = 1e-9


class Source(Part):
    """Weak coherent pulses of decoy-state BB84 (vacuum and one weak decoy).

    Without shares of decoys and vacuum, all pulses but the signals are taken to be decoys.
    """

    absent_by_default: ClassVar[frozenset[str]] = frozenset(
        {"decoy_share", "vacuum_share", "basis_bias"}
    )

    protocol: Literal["decoy-bb84"] = default(
        "decoy-bb84", "Protocol of the links to one station", "scheduling paper"
    )
    pulse_rate_hz: Annotated[Number, Gt(0), Le(1e12)] = default(
        200e6, "Pulses sent per second, of all intensities", "scheduling paper"
    )
    signal_intensity: Annotated[Number, Gt(0), Le(20)] = default(
        0.5, "Mean number of photons of a signal pulse (mu)", "scheduling paper"
    )
    decoy_intensity: Annotated[Number, Gt(0), Le(20)] = default(
        0.08,
        "Mean number of photons of a decoy pulse (nu); the third intensity is vacuum",
        "scheduling paper",
    )
    signal_share: Share = default(
        1.0,
        "Share of the pulses that are signal pulses",
        "assumption: all; the 2017 experiment used 1/2",
    )
    sifting_factor: Share = default(
        0.5,
        "Share of the clicks that stay after the bases are compared (q)",
        "scheduling paper (BB84)",
    )
    error_correction_efficiency: Annotated[Number, Ge(1), Le(10)] = default(
        1.16,
        "Bits disclosed to correct errors, over the Shannon limit (f)",
        "assumption: a common value",
    )
    misalignment_error: Share = default(
        0.015,
        "Probability that a photon of the pulse hits the wrong detector (e_d)",
        "public presets of Micius: 0.010 to 0.028",
    )
    decoy_share: Share | None = default(
        None, "Share of the pulses that are decoys; all three shares add up to 1", "off by default"
    )
    vacuum_share: Share | None = default(
        None, "Share of the pulses without light; all three shares add up to 1", "off by default"
    )
    basis_bias: Annotated[Number, Ge(0.5), Lt(1)] | None = default(
        None,
        "Probability p of the commoner basis, on both sides: p^2 + (1 - p)^2 of the "
        "clicks stay, in place of sifting_factor",
        "Lo, Chau, Ardehali, J. Cryptology 18 (2005)",
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

    efficiency: Share = default(
        0.5, "Probability that a photon at the detector makes it click", "public presets of Micius"
    )
    dark_count_rate_hz: Annotated[Number, Ge(0), Le(1e12)] = default(
        25.0, "Clicks per second of one detector without light", "public presets of Micius"
    )
    gate_s: Annotated[Number, Ge(0), Le(1)] = default(
        2e-9, "Time after each pulse in which a click counts", "public presets of Micius"
    )
    detectors_per_basis: Literal[1, 2] = default(
        2, "Detectors whose dark counts add up", "public presets of Micius"
    )
    background_yield: Share | None = default(
        None, "Probability of a click without a photon, per pulse (Y0), for its causes"
    )
    dead_time_s: Annotated[Number, Ge(0), Le(1)] = default(
        0.0, "Time after a click in which a detector counts no other", "off by default"
    )
    dead_time_blinds: Literal["detector", "station"] = default(
        "detector",
        "What a click blinds: the detector that clicked, or all of the station, so "
        "that no bit depends on which of them are blind",
        "security: Rogers et al., New J. Phys. 9, 319 (2007)",
    )
    saturation_rate_hz: Annotated[Number, Gt(0), Le(1e15)] | None = default(
        None, "Most clicks per second that the station's electronics take", "off by default"
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

    wavelength_nm: Annotated[Number, Ge(100), Le(20_000)] = default(
        848.6,
        "Wavelength; only turbulence and the light of the sky depend on it",
        "public presets of Micius",
    )
    divergence_half_angle_urad: Annotated[Number, Gt(0), Le(1e6)] = default(
        10.0,
        "Half angle at which the far beam has 1/e^2 of its greatest intensity",
        "scheduling paper",
    )
    receiver_diameter_m: Annotated[Number, Gt(0), Le(100)] = default(
        1.0, "Diameter of the aperture of the ground telescope", "Xinglong (1.2 m elsewhere)"
    )
    receiver_obscuration_ratio: Annotated[Number, Ge(0), Lt(1)] = default(
        0.0,
        "Diameter of the central obstruction of the receiving telescope over its own",
        "no obstruction",
    )
    receiver_optics_transmittance: Share = default(
        0.16,
        "Transmittance of the ground optics, up to the detector",
        "public presets of Micius: 8 dB",
    )

    @property
    def divergence_half_angle_rad(self) -> float:
        """1/e^2 half angle of the far-field beam [rad]."""
        return self.divergence_half_angle_urad * 1e-6

    @property
    def wavelength_m(self) -> float:
        """Wavelength [m]; only turbulence and sky background depend on it."""
        return self.wavelength_nm * 1e-9
