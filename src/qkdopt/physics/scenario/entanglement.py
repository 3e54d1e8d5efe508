"""The table ``[entanglement]``: a source of photon pairs and what each arm of it meets.

Defaults are those of the entanglement paper (a source like Micius' over Iberia) where it
prints them; ``models/iberia-2025/scenario.toml`` gives the basis of each.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Gt, Le, Lt

from qkdopt.errors import InputError
from qkdopt.physics.scenario.loss_terms import check_sun_curve
from qkdopt.physics.scenario.point_tables import checked_table
from qkdopt.physics.scenario.validation import check_keys, table_of
from qkdopt.physics.scenario.values import Number, Part, Points, Share, default

_TABLES = ("source", "optics", "detector")
_BRIGHTEST = {"exact": 100.0, "paper": 2.0}
_ROUNDING = 1e-9
_ZENITH_DEG = 90.0

Optimised = Literal["optimised"]


class PairSource(Part):
    """A source of polarisation-entangled photon pairs that runs BBM92.

    The optimised brightness is that of the largest rate for each pair of transmittances.
    """

    protocol: Literal["bbm92"] = default(
        "bbm92", "Protocol of the links to pairs", "entanglement paper"
    )
    model: Literal["exact", "paper"] = default(
        "exact",
        "exact: all photon numbers, threshold detectors; paper: its equations",
        "own choice",
    )
    pair_rate_hz: Annotated[Number, Gt(0), Le(1e15)] = default(
        5.9e6, "Attempts or pairs per second, see pair_rate_counts", "entanglement paper"
    )
    pair_rate_counts: Literal["attempts", "pairs"] = default(
        "attempts",
        "attempts: windows in which the source is pumped, of any brightness; "
        "pairs: those emitted into windows without gaps",
        "assumption: the paper allows both",
    )
    window_s: Annotated[Number, Gt(0), Le(1)] = default(
        1e-9, "Length of a coincidence window", "assumption"
    )
    mean_pairs_per_window: Annotated[Number, Gt(0), Lt(100)] | Optimised = default(
        "optimised",
        "Brightness mu = 2 lambda; optimised: that of the largest rate",
        "entanglement paper",
    )
    misalignment_error: Annotated[Number, Ge(0), Le(0.5)] = default(
        0.0, "Probability that a polarisation is read wrongly", "entanglement paper (none)"
    )
    error_correction_overhead: Annotated[Number, Ge(1), Le(100)] = default(
        1.22, "Bits disclosed to correct errors, over the Shannon limit (xi)", "entanglement paper"
    )
    finite_block: Literal["none", "optimistic", "conservative"] = default(
        "none", "Effect of finite blocks, one end of a bracket", "entanglement paper (none)"
    )
    block_sifted_bits: Annotated[Number, Gt(0), Le(1e15)] = default(
        1e4, "Sifted bits of a block", "entanglement paper: from it on xi holds"
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

    wavelength_nm: Annotated[Number, Ge(100), Le(20_000)] = default(
        810.0, "Wavelength of the pairs", "assumption: not in the entanglement paper"
    )
    transmitter_radius_m: Annotated[Number, Gt(0), Le(10)] = default(
        0.15, "Radius of the aperture of the satellite (a)", "entanglement paper"
    )
    receiver_radius_m: Annotated[Number, Gt(0), Le(50)] = default(
        0.6, "Radius of the aperture on the ground", "entanglement paper"
    )
    receiver_obscuration_ratio: Annotated[Number, Ge(0), Lt(1)] = default(
        0.0,
        "Diameter of the central obstruction of the receiving telescope over its own",
        "no obstruction",
    )
    waist_m: Annotated[Number, Gt(0), Le(100)] | Optimised = default(
        "optimised",
        "1/e^2 radius w0 of the Gaussian mode at the aperture of the satellite, which "
        "truncates it; optimised: the best at every range",
        "entanglement paper",
    )
    pointing_jitter_urad: Annotated[Number, Ge(0), Le(1e3)] = default(
        0.47,
        "Standard deviation of the pointing error along each of two axes",
        "entanglement paper",
    )
    coupling_efficiency: Share = default(
        0.5, "Share of the light in the receiver that enters the fibre", "entanglement paper"
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

    efficiency: Share = default(
        1.0,
        "Probability that a photon at the detector makes it click",
        "assumption: not in the entanglement paper",
    )
    dark_probability_per_window: Share = default(
        1e-6,
        "Probability of a dark count per window, of both detectors of a basis",
        "assumption: not in the entanglement paper",
    )
    stray_probability_per_window: Share | Points = default(
        0.0,
        "Probability of a click by stray light per window: a number, or points over "
        "the elevation of the Sun [deg], or a CSV file with columns sun_elevation_deg, probability",
        "assumption: none",
    )
    dead_time_s: Annotated[Number, Ge(0), Le(1)] = default(
        0.0,
        "Time after a click in which a detector counts no other; the optimised "
        "brightness is that without it",
        "off by default",
    )
    dead_time_blinds: Literal["detector", "station"] = default(
        "detector",
        "What a click blinds: the detector that clicked, one of four, or all of the "
        "station, so that no bit depends on which of them are blind",
        "security: Rogers et al., New J. Phys. 9, 319 (2007)",
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
    return Entanglement(
        checked_table(PairSource, table_of(table, "source", key), f"{key}.source", folder),
        checked_table(PairOptics, table_of(table, "optics", key), f"{key}.optics", folder),
        checked_table(PairDetector, table_of(table, "detector", key), f"{key}.detector", folder),
    )
