"""The protocol of a scenario's links to pairs of stations."""

from __future__ import annotations

from qkdopt.errors import InputError
from qkdopt.physics.protocols.bbm92 import BBM92
from qkdopt.physics.scenario import Scenario

__all__ = ["pair_protocol"]


def pair_protocol(scenario: Scenario) -> BBM92:
    """Return BBM92 with the parameters of the table ``[entanglement]``.

    Raises
    ------
    InputError
        When the scenario has no such table.
    """
    if scenario.entanglement is None:
        raise InputError(f"{scenario.origin}: entanglement", "nothing", "a table")
    source, detector = scenario.entanglement.source, scenario.entanglement.detector
    brightness = source.mean_pairs_per_window
    return BBM92(
        pair_rate_hz=source.pair_rate_hz,
        pair_rate_counts=source.pair_rate_counts,
        window_s=source.window_s,
        model=source.model,
        dark_probability_per_window=detector.dark_probability_per_window,
        stray_probability_per_window=detector.stray_probability_per_window,
        misalignment_error=source.misalignment_error,
        coupling=scenario.entanglement.optics.coupling_efficiency,
        detector_efficiency=detector.efficiency,
        error_correction_overhead=source.error_correction_overhead,
        mean_pairs_per_window=None if isinstance(brightness, str) else brightness,
        finite_block=None if source.finite_block == "none" else source.finite_block,
        block_sifted_bits=source.block_sifted_bits,
    )
