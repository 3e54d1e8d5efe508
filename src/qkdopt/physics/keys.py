"""From a scenario to the key tensor: whole secret bits of every link in every interval."""

import warnings
from collections.abc import Callable, Mapping
from decimal import Decimal

import numpy as np

from qkdopt.arrays import Integers, read_only
from qkdopt.effort import check_effort
from qkdopt.errors import Described, InputError
from qkdopt.physics.key_accumulation import bit_accumulator
from qkdopt.physics.orbit import Access
from qkdopt.physics.scenario import Link, PairLink, Scenario, ScenarioWarning
from qkdopt.physics.session_lengths import counts_sessions, with_sessions
from qkdopt.tensor import KeyTensor
from qkdopt.versions import package_version

_PACKAGES = ("qkdopt", "sgp4", "numpy", "numba")


def compute_keys(
    scenario: Scenario,
    *,
    workers: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> KeyTensor:
    """Return the secret bits that each link can deliver in each active interval.

    Each interval of length D is sampled at 0.5, 1.5, ... D - 0.5 s; the rates of the
    accessible samples are summed in order of time and rounded down. A link to a pair counts
    the samples at which both stations are accessible; with an assumed success fraction its
    bits are expected ones. Intervals in which no link delivers a bit are left out; when none
    is left the tensor is empty, which is a result.

    Where ``[finite_key]`` makes each session a block, the tensor has the key lengths of all
    sessions beside these bits. Under an ensemble of skies (:meth:`Scenario.with_clouds`) it has
    the bits of each member, which are equally likely, over the intervals in which any brings some.

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
        When the orbit cannot be propagated over the horizon, for more than 256 threads, for links
        whose finite blocks have no proof here, for sessions under an ensemble of skies, and for
        several satellites, which :func:`qkdopt.compute_keys_by_satellite` takes.
    LimitError
        For too many sessions, and members whose tables take too much memory.

    Warns
    -----
    ScenarioWarning
        Naming the stations, and the pairs, that are never in view while the rules hold.
    """
    if workers is not None:
        check_effort(threads=workers)
    keys, accessible_s = keys_and_access(scenario, workers, progress)
    warn_of_unseen(scenario, dict(zip(keys.links, accessible_s.tolist(), strict=True)))
    return keys


def keys_and_access(
    scenario: Scenario, workers: int | None = None, progress: Callable[[float], None] | None = None
) -> tuple[KeyTensor, Integers]:
    """Return the tensor of one satellite, and the seconds in which each link may work."""
    count, skies = len(scenario.links), scenario.ensemble
    if skies is not None and counts_sessions(scenario):
        came = f'block = "session" under {len(skies)} members of clouds'
        expected = "keys that add up over intervals, without finite blocks"
        raise InputError(f"{scenario.origin}: finite_key", Described(came), expected)
    if not count:
        return _without_links(scenario), np.zeros(0, dtype=np.int64)
    work = bit_accumulator(scenario)
    results = list(Access(scenario).over_blocks(work, workers=workers, progress=progress))
    accessible_s = [np.zeros(count, dtype=np.int64), *(part.accessible_s for part in results)]
    shape = (count, 0) if skies is None else (len(skies), count, 0)
    nothing = np.zeros(shape, dtype=np.int64)
    bits = np.concatenate([nothing, *(part.bits for part in results)], axis=-1)
    interval = [np.zeros(0, dtype=np.int64), *(part.interval for part in results)]
    weights = scenario.weights
    keys = KeyTensor.create(
        bits if skies is None else bits.max(axis=0),
        np.concatenate(interval),
        [link.name for link in scenario.links],
        interval_s=scenario.grid.interval_s,
        switch_s=scenario.switch_s,
        weights=weights if weights and any(weights.values()) else None,
        start_utc=scenario.grid.start_utc,
        provenance=_provenance(scenario),
        where=scenario.origin,
    )
    if skies is not None:
        keys = keys.in_scenarios(bits)
    if counts_sessions(scenario):
        keys = with_sessions(scenario, keys, workers=workers)
    return keys, np.sum(accessible_s, axis=0)


def _without_links(scenario: Scenario) -> KeyTensor:
    """Return the tensor of a satellite that serves nobody."""
    keys = KeyTensor(
        bits=read_only(np.zeros((0, 0), dtype=np.int64, order="F")),
        interval=read_only(np.zeros(0, dtype=np.int64)),
        links=(),
        interval_s=Decimal(scenario.grid.interval_s),
        switch_s=scenario.switch_s,
        start_utc=scenario.grid.start_utc,
    )
    skies = scenario.ensemble
    return keys if skies is None else keys.in_scenarios(np.zeros((len(skies), 0, 0), np.int64))


def warn_of_unseen(scenario: Scenario, accessible_s: Mapping[str, int]) -> None:
    """Name the stations and pairs whose links may not work in any second; by name of the link."""
    never = [link for link in scenario.links if not accessible_s[link.name]]
    single = [link.station for link in never if isinstance(link, Link)]
    pairs = [link.name for link in never if isinstance(link, PairLink)]
    for names, place in ((single, "in view"), (pairs, "with both ends in view")):
        if names:
            message = f"{scenario.origin}: never {place} under the rules: {', '.join(names)}"
            warnings.warn(message, ScenarioWarning, stacklevel=3)


def _provenance(scenario: Scenario) -> dict[str, str]:
    satellite = scenario.satellite
    record = satellite.elements.satrec(scenario.origin)
    facts = {
        "scenario": scenario.name,
        "scenario_sha256": scenario.digest,
        "satellite": satellite.name,
        "catalogue_number": str(satellite.elements.catalogue_number(scenario.origin)),
        "elements_epoch_jd_utc": f"{record.jdsatepoch + record.jdsatepochF:.8f}",
        "protocol": ", ".join(_protocols(scenario)),
        "cloud_model": scenario.atmosphere.cloud_model,
        "darkness": ", ".join(scenario.visibility.darkness),
        "sampling": "middle of every second",
    }
    own = [f"{item.name}: {item.own_words}" for item in scenario.stations if item.own_words]
    if own:
        facts["own_settings_of_stations"] = "; ".join(own)
    if scenario.clouds is not None:
        facts["clouds"] = scenario.clouds.label
    if (finite := scenario.finite_key) is not None:
        facts["finite_key"] = f"{finite.block}, {scenario.finite_key_proofs}"
    if scenario.losses is not None:
        facts["losses"] = scenario.losses.model_dump_json(exclude_none=True)
    if scenario.plugins is not None and scenario.plugins.losses:
        facts["further_losses"] = "; ".join(map(str, scenario.plugins.losses))
    facts |= _pair_facts(scenario)
    return facts | {f"{n}_version": package_version(n) or "not installed" for n in _PACKAGES}


def _protocols(scenario: Scenario) -> list[str]:
    plugin = None if scenario.plugins is None else scenario.plugins.protocol
    own = scenario.source.protocol if plugin is None else str(plugin)
    found: list[str] = [own] if scenario.station_links else []
    if scenario.entanglement is not None:
        source = scenario.entanglement.source
        found.append(f"{source.protocol} ({source.model})")
    return found


def _pair_facts(scenario: Scenario) -> dict[str, str]:
    links = scenario.pair_links
    if not links:
        return {}
    facts = {
        "pair_links": ", ".join(link.name for link in links),
        "pair_keys": "shared by both stations directly: one bit is one shared bit",
    }
    assumed = [link for link in links if link.success_fraction is not None]
    if assumed:
        shares = ", ".join(f"{link.name} {link.success_fraction:g}" for link in assumed)
        facts["success_fractions"] = f"ASSUMED, in place of weather: {shares}"
    return facts
