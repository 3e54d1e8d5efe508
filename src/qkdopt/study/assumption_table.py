"""What totals assume, as data: the keys that move them, and what else each could be, and why.

The basis of a value that is a default is the ``source`` of its key in the schema of scenarios.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Times:
    """A multiple of the value in use, or of that of another key."""

    factor: float
    of: str | None = None


@dataclass(frozen=True)
class Alternative:
    """Another value, and why it could be that. ``None`` removes the key or table.

    ``beside`` are keys with values that this one needs where they have none.
    """

    value: float | str | tuple[str, ...] | Times | None
    why: str
    beside: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Assumption:
    """A key of scenarios that moves totals.

    Attributes
    ----------
    key
        Dotted path; ``station.*.KEY`` and ``link.*.KEY`` set every station or link of a pair.
    words
        What it is, in a few words.
    links
        Whose totals it moves: of links to ``stations``, to ``pairs``, or ``all``.
    alternatives
        What else it could be.
    """

    key: str
    words: str
    links: str
    alternatives: tuple[Alternative, ...]


def _row(key: str, words: str, links: str, *others: tuple[object, ...]) -> Assumption:
    return Assumption(key, words, links, tuple(Alternative(*other) for other in others))  # type: ignore[arg-type]


_PAPER = "scheduling paper"
_ENTANGLEMENT = "entanglement paper"
_SKY = (("losses.field_of_view_half_angle_urad", 50.0), ("losses.filter_bandwidth_nm", 3.0))

ASSUMPTIONS: tuple[Assumption, ...] = (
    _row(
        "horizon.ut1_minus_utc_s", "UT1 - UTC", "all",
        (-0.9, "least that leap seconds let it become"),
        (0.9, "greatest that leap seconds let it become"),
    ),
    _row(
        "horizon.switch_s", "length of a hand-over", "all",
        (0.0, "at once"), (30.0, "a slower satellite"),
    ),
    _row(
        "visibility.minimum_elevation_deg", "elevation mask", "all",
        (5.0, "a free horizon"), (20.0, "buildings, mountains, or a dome"),
    ),
    _row(
        "visibility.darkness", "rule of darkness", "all",
        (("any-night",), "any station dark: other reading of available time"),
        (("umbra",), "satellite in shadow, as in eclipse"),
        (("none",), "daylight is no hindrance"),
    ),
    _row(
        "visibility.station_sun_below_deg", "Sun below which it is dark", "all",
        (-6.0, "end of civil twilight"), (-18.0, "end of astronomical twilight"),
    ),
    _row(
        "visibility.acquisition_s", "acquisition, at the beginning of contacts", "all",
        (10.0, "ten seconds without key"), (0.0, "none"),
    ),
    _row(
        "atmosphere.zenith_extinction_nepers", "zenith extinction", "all",
        (0.206, "a clear site: transmittance 0.81 towards the zenith"),
        (0.22, f"{_PAPER}, 1,550 nm"), (0.8, "haze: transmittance 0.45 towards the zenith"),
    ),
    _row(
        "atmosphere.extinction_scale_height_m", "height over which extinction falls", "all",
        (8000.0, "molecules, from sea level up"), (1500.0, "aerosol, from sea level up"),
        ("none", "the same at every height"),
    ),
    _row(
        "atmosphere.cloud_model", "reading of the cloud formula", "all",
        ("exponent-scale", f"other reading of the {_PAPER}'s formula"),
        ("transmittance-factor", f"one reading of the {_PAPER}'s formula"),
    ),
    _row("clouds", "cloud codes over time", "all", (None, "clear sky in place of the series")),
    _row(
        "station.*.cloud_code", "constant cloud code", "all",
        (0.0, "clear sky"), (30.0, "thin clouds everywhere: a fifth is lost"),
    ),
    _row(
        "optics.receiver_diameter_m", "receiver's aperture, read as a diameter", "stations",
        (Times(1.2), "1.2 m in place of 1.0 m: other stations of Micius"),
        (Times(2.0), "the number read as a radius"),
    ),
    _row(
        "optics.divergence_half_angle_urad", "divergence, read as a half angle", "stations",
        (Times(0.5), "the number read as a full angle"),
    ),
    _row(
        "optics.receiver_optics_transmittance", "receiver's optics", "stations",
        (Times(0.5), "3 dB more loss"), (Times(2.0), "3 dB less loss"),
    ),
    _row(
        "source.pulse_rate_hz", "pulse rate", "stations",
        (100e6, "experiment of 2017: 100 MHz"),
    ),
    _row(
        "source.signal_share", "share of signal pulses", "stations",
        (0.5, "experiment of 2017: half of the pulses"), (1.0, "every pulse"),
    ),
    _row(
        "source.sifting_factor", "share of clicks kept by sifting", "stations",
        (0.82, "efficient choice of bases: one has 0.9 of the pulses"),
        (0.5, "bases chosen evenly"),
    ),
    _row(
        "source.basis_bias", "probability of the commoner basis", "stations",
        (0.5, "bases chosen evenly"),
    ),
    _row(
        "source.error_correction_efficiency", "bits spent on errors, over Shannon's limit",
        "stations", (1.0, "Shannon's limit"), (1.22, f"{_ENTANGLEMENT}"),
    ),
    _row(
        "source.misalignment_error", "misalignment", "stations",
        (0.01, "least of Micius' public presets"), (0.02, "within Micius' public presets"),
    ),
    _row(
        "detector.efficiency", "detector's efficiency", "stations",
        (Times(0.8), "a fifth less"), (Times(1.2), "a fifth more"),
    ),
    _row(
        "detector.dark_count_rate_hz", "dark counts of a detector", "stations",
        (Times(10.0), "ten times as many, or stray light of that rate"),
    ),
    _row(
        "detector.dead_time_s", "dead time", "stations",
        (1e-6, "silicon avalanche diodes"),
    ),
    _row(
        "losses.pointing_jitter_urad", "pointing jitter, beyond the divergence", "stations",
        (1.0, f"{_ENTANGLEMENT}: about 1"), (None, "part of the divergence"),
    ),
    _row(
        "losses.turbulence", "spread of the beam by turbulence", "stations",
        ("hufnagel-valley", "profile with 21 m/s and 1.7e-14 at the ground"),
        (None, "steady air"),
    ),
    _row(
        "losses.sky_radiance_w_per_m2_sr_um", "light of the sky", "stations",
        (1.5e-5, "clear night without a Moon, 50 urad, 3 nm (assumption)", _SKY),
        (1.5e-3, "clear night, full Moon, 50 urad, 3 nm (assumption)", _SKY),
        (None, "no light"),
    ),
    _row(
        "entanglement.source.model", "model of the pair source", "pairs",
        ("paper", f"equations of the {_ENTANGLEMENT} as printed"),
        ("exact", "sum over photon numbers"),
    ),
    _row(
        "entanglement.source.pair_rate_counts", "what the rate of the pair source counts", "pairs",
        ("pairs", f"other reading of the {_ENTANGLEMENT}"),
        ("attempts", f"one reading of the {_ENTANGLEMENT}"),
    ),
    _row(
        "entanglement.source.misalignment_error", "misalignment of pairs", "pairs",
        (0.01, "least of Micius' public presets"),
    ),
    _row(
        "entanglement.source.error_correction_overhead",
        "bits spent on errors of pairs, over Shannon's limit", "pairs",
        (1.0, "Shannon's limit"), (1.16, "as for links to one station"),
    ),
    _row(
        "entanglement.source.finite_block", "length of a block of pairs", "pairs",
        ("conservative", "blocks of block_sifted_bits, worse end of the bracket"),
        ("none", "infinitely long blocks"),
    ),
    _row(
        "entanglement.optics.wavelength_nm", "wavelength of pairs", "pairs",
        (780.0, "common with silicon detectors"), (850.0, "common with silicon detectors"),
    ),
    _row(
        "entanglement.optics.receiver_radius_m", "receiver's aperture, read as a radius", "pairs",
        (Times(0.5), "the number read as a diameter"),
    ),
    _row(
        "entanglement.optics.waist_m", "waist of the beam", "pairs",
        (Times(1 / 3, of="entanglement.optics.transmitter_radius_m"), "not optimised: a third"),
        ("optimised", "the best at every range"),
    ),
    _row(
        "entanglement.optics.pointing_jitter_urad", "pointing jitter of pairs", "pairs",
        (1.0, f"{_ENTANGLEMENT}: about 1"),
    ),
    _row(
        "entanglement.optics.coupling_efficiency", "coupling of an arm", "pairs",
        (Times(0.5), "3 dB more loss in each arm"),
    ),
    _row(
        "entanglement.detector.efficiency", "detector's efficiency for pairs", "pairs",
        (0.5, "Micius' public presets"),
    ),
    _row(
        "entanglement.detector.dark_probability_per_window", "dark counts in a window", "pairs",
        (Times(10.0), "ten times as many, or stray light of that rate"),
    ),
    _row(
        "entanglement.detector.dead_time_s", "dead time, for pairs", "pairs",
        (1e-6, "silicon avalanche diodes"),
    ),
    _row(
        "link.*.success_fraction", "share of passes without weather", "pairs",
        (1.0, "every pass works"),
    ),
)  # fmt: skip
"""Every assumption that a key states."""

FINITE_BLOCKS: tuple[tuple[str, str], ...] = (
    ("pass", "what is served in one contact is a block"),
    ("horizon", "all that a link is served is a block"),
)
"""What the blocks of finite keys can be, and why; the same schedule is evaluated."""

NOT_MODELLED: tuple[tuple[str, str], ...] = (
    ("refraction", "none: elevations are geometric"),
    ("polar motion and light time", "none: under 15 m and 0.01 s"),
    ("scintillation", "none: losses are means"),
    ("tracking", "none: nothing is lost while a contact lasts"),
)
"""What no key states, and moves totals nevertheless."""
