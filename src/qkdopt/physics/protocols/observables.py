"""What a receiving station's log would show beside the key: clicks, sifted bits, errors."""

from dataclasses import dataclass

from qkdopt.arrays import Floats


@dataclass(frozen=True, kw_only=True)
class Observables:
    """Rates of one link at each sample, arrays of one shape; ``nan`` where there is no pass.

    Attributes
    ----------
    click_rate_hz
        Clicks in a second that are registered, of all pulses and bases; for a pair of stations
        the windows in which both click. ``nan`` where the protocol does not tell.
    sifted_rate_hz
        Bits of the sifted key in a second, those with errors included; ``nan`` likewise.
    qber
        Share of the sifted bits that are wrong, from 0 to 1; ``nan`` likewise.
    key_rate_bits_per_s
        Secret bits in a second, >= 0.
    """

    click_rate_hz: Floats
    sifted_rate_hz: Floats
    qber: Floats
    key_rate_bits_per_s: Floats
