"""From a scenario to the key tensor: whole secret bits of every link in every interval."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.physics.link import DownlinkBudget
from qkdopt.physics.orbit import Access, Sight
from qkdopt.physics.orbit.access import Block
from qkdopt.physics.protocols import DecoyBB84
from qkdopt.physics.scenario import Scenario, ScenarioWarning
from qkdopt.tensor import KeyTensor

__all__ = ["compute_keys"]

_Counted = tuple[Integers, Integers, Integers]
"""Active intervals ``(A,)``, bits ``(N, A)`` and accessible seconds by station ``(N,)``."""

_PACKAGES = ("qkdopt", "sgp4", "numpy", "numba")


def compute_keys(
    scenario: Scenario,
    *,
    workers: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> KeyTensor:
    """Return the secret bits that each link can deliver in each active interval.

    Each interval of length D is sampled at 0.5, 1.5, ... D - 0.5 s; the rates of the
    accessible samples are summed in order of time and rounded down. Intervals in which no
    link delivers a bit are left out; when none is left the tensor is empty, which is a
    result.

    Parameters
    ----------
    scenario
        From :func:`qkdopt.load_scenario`.
    workers
        Threads; all cores by default. The result does not depend on it.
    progress
        Called with the share that is done, from 0 to 1.

    Raises
    ------
    InputError
        When the orbit cannot be propagated over the horizon.

    Warns
    -----
    ScenarioWarning
        Once, naming the stations that are never in view while the visibility rules hold.
    """
    count = len(scenario.stations)
    work = _counter_of_bits(scenario)
    results = list(Access(scenario).over_blocks(work, workers=workers, progress=progress))
    in_view_s = sum((seen for _, _, seen in results), np.zeros(count, dtype=np.int64))
    _warn_of_unseen(scenario, in_view_s)
    nothing = np.zeros((count, 0), dtype=np.int64)
    bits = np.concatenate([nothing, *(part for _, part, _ in results)], axis=1)
    interval = np.concatenate([np.zeros(0, dtype=np.int64), *(index for index, _, _ in results)])
    order = {station.name: position for position, station in enumerate(scenario.stations)}
    rows = [order[link.station] for link in scenario.links]
    active = np.flatnonzero(bits[rows].any(axis=0))
    return KeyTensor.create(
        bits[rows][:, active],
        interval[active],
        [link.name for link in scenario.links],
        interval_s=scenario.grid.interval_s,
        switch_s=scenario.switch_s,
        weights=scenario.weights,
        start_utc=scenario.grid.start_utc,
        provenance=_provenance(scenario),
        where=scenario.origin,
    )


def _counter_of_bits(scenario: Scenario) -> Callable[[Sight, Block], _Counted]:
    """Return what turns one block's geometry into whole bits by station and interval."""
    budget, protocol = DownlinkBudget.of(scenario), DecoyBB84.of(scenario)
    interval_s, count = scenario.grid.interval_s, len(scenario.stations)

    def work(sight: Sight, block: Block) -> _Counted:
        codes = scenario.cloud_codes(sight.station, sight.second)
        eta = budget.transmittance(sight.range_m, sight.elevation_rad, codes)
        rate = protocol.key_rate_bits_per_s(eta)
        first, length = block[0] // interval_s, (block[1] - block[0]) // interval_s
        cell = sight.station * length + sight.second // interval_s - first
        # bincount adds in the order of its input, which is the order of time.
        sums = np.bincount(cell, weights=rate, minlength=count * length)
        bits = np.floor(sums).astype(np.int64).reshape(count, length)
        active = np.flatnonzero(bits.any(axis=0))
        return active + first, bits[:, active], np.bincount(sight.station, minlength=count)

    return work


def _warn_of_unseen(scenario: Scenario, in_view_s: Integers) -> None:
    linked = {link.station for link in scenario.links}
    pairs = zip(scenario.stations, in_view_s.tolist(), strict=True)
    unseen = [item.name for item, seconds in pairs if seconds == 0 and item.name in linked]
    if unseen:
        message = f"{scenario.origin}: never in view under the rules: {', '.join(unseen)}"
        warnings.warn(message, ScenarioWarning, stacklevel=3)


def _provenance(scenario: Scenario) -> dict[str, str]:
    satellite = scenario.satellites[0]
    record = satellite.elements.satrec(scenario.origin)
    facts = {
        "scenario": scenario.name,
        "scenario_sha256": scenario.digest,
        "satellite": satellite.name,
        "catalogue_number": str(record.satnum),
        "elements_epoch_jd_utc": f"{record.jdsatepoch + record.jdsatepochF:.8f}",
        "protocol": scenario.source.protocol,
        "cloud_model": scenario.atmosphere.cloud_model,
        "darkness": ", ".join(scenario.visibility.darkness),
        "sampling": "middle of every second",
    }
    if scenario.clouds is not None:
        facts["clouds"] = scenario.clouds.label
    if scenario.losses is not None:
        facts["losses"] = scenario.losses.model_dump_json(exclude_none=True)
    return facts | {f"{name}_version": _version(name) for name in _PACKAGES}


@cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
