"""The protocol of a scenario's links to pairs of stations, and their receivers."""

from collections.abc import Callable

from qkdopt.errors import InputError
from qkdopt.physics.link.by_station import by_station
from qkdopt.physics.link.twilight import SunCurves
from qkdopt.physics.orbit import AccessSamples
from qkdopt.physics.orbit.sun import SunElevations
from qkdopt.physics.protocols.bbm92 import BBM92, PairReceivers
from qkdopt.physics.scenario import Entanglement, Scenario, StationSettings

_ONE_OF_FOUR = 0.25  # detectors: two bases chosen evenly, two in each


def pair_receivers(scenario: Scenario) -> PairReceivers:
    """Return the receivers of all stations of a scenario with links to pairs.

    Raises
    ------
    InputError
        When the scenario has no table ``[entanglement]``.
    """
    own = [_entanglement(scenario.at(station)) for station in scenario.stations]
    detectors = [item.detector for item in own]
    stray = SunCurves.of([item.stray_probability_per_window for item in detectors])
    return PairReceivers(
        coupling=by_station([item.optics.coupling_efficiency for item in own]),
        detector_efficiency=by_station([item.efficiency for item in detectors]),
        dark_probability_per_window=by_station(
            [item.dark_probability_per_window for item in detectors]
        ),
        stray_probability_per_window=by_station(stray.at_night(len(own))),
        stray=stray if stray.vary else None,
        dead_time_s=by_station([item.dead_time_s for item in detectors]),
        blinding_share=by_station(
            [1.0 if item.dead_time_blinds == "station" else _ONE_OF_FOUR for item in detectors]
        ),
    )


def receivers_by_sample(scenario: Scenario) -> Callable[[AccessSamples], PairReceivers]:
    """Return what gives the receiver at the station, and under the Sun, of each sample."""
    receivers = pair_receivers(scenario)
    if receivers.stray is None:
        return lambda samples: receivers.at(samples.station)
    sun = SunElevations(scenario)
    return lambda samples: receivers.at(samples.station).under(
        sun.at(samples.station, samples.second)
    )


def pair_protocol(scenario: Scenario) -> BBM92:
    """Return BBM92 with the parameters of the table ``[entanglement]``.

    Raises
    ------
    InputError
        When the scenario has no such table.
    """
    common = _entanglement(scenario)
    source, detector = common.source, common.detector
    brightness = source.mean_pairs_per_window
    return BBM92(
        pair_rate_hz=source.pair_rate_hz,
        pair_rate_counts=source.pair_rate_counts,
        window_s=source.window_s,
        model=source.model,
        dark_probability_per_window=detector.dark_probability_per_window,
        stray_probability_per_window=SunCurves.of([detector.stray_probability_per_window]).at_night(
            1
        )[0],
        misalignment_error=source.misalignment_error,
        coupling=common.optics.coupling_efficiency,
        detector_efficiency=detector.efficiency,
        error_correction_overhead=source.error_correction_overhead,
        mean_pairs_per_window=None if isinstance(brightness, str) else brightness,
        finite_block=None if source.finite_block == "none" else source.finite_block,
        block_sifted_bits=source.block_sifted_bits,
    )


def _entanglement(where: Scenario | StationSettings) -> Entanglement:
    if where.entanglement is None:
        origin = where.origin if isinstance(where, Scenario) else where.station.name
        raise InputError(f"{origin}: entanglement", "nothing", "a table")
    return where.entanglement
