"""Key tensors of several satellites, side by side, and the memory that they take."""

import os
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from types import MappingProxyType

from qkdopt.arrays import Integers
from qkdopt.effort import check_effort
from qkdopt.errors import Described, LimitError
from qkdopt.physics.keys import keys_and_access, warn_of_unseen
from qkdopt.physics.orbit import Access
from qkdopt.physics.scenario import Scenario, ScenarioWarning
from qkdopt.tensor import KeyTensor

MOST_SATELLITES = 5_000
"""Most satellites of one computation."""

MOST_BYTES = 4 * 2**30
"""Most memory that the tensors of all satellites may be expected to take."""

_SAMPLED = 8
_BYTES_OF_CELL = 16  # a table of 64-bit numbers, and its copy while it is put together
_BYTES_OF_SATELLITE = 20_000
_MEGABYTES_OF_GIGABYTE = 1000


def compute_keys_by_satellite(
    scenario: Scenario,
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Callable[[float], None] | None = None,
) -> Mapping[str, KeyTensor]:
    """Return the key tensor of each satellite by its name, in the order of the scenario.

    Each is the tensor of :func:`qkdopt.compute_keys` for that satellite alone, over its own active
    intervals and its own links; it depends on no other satellite. A satellite without links
    has an empty tensor.

    Parameters
    ----------
    scenario
        From :func:`qkdopt.load_scenario`, with one satellite or more.
    workers
        Satellites at once, in threads; all cores by default.
    executor
        What runs the satellites, in place of threads of our own.
    progress
        Called with the share that is done, from 0 to 1.

    Raises
    ------
    InputError
        As :func:`qkdopt.compute_keys`.
    LimitError
        Before any key is computed, when the tensors would take too much memory.

    Warns
    -----
    ScenarioWarning
        Naming the stations and pairs that no satellite ever has in view, and the satellites that
        have none in view.
    """
    if workers is not None:
        check_effort(threads=workers)
    check_memory(scenario)
    parts = list(scenario.each_satellite())
    if executor is not None:
        found = _over(executor, parts, progress)
    else:
        with ThreadPoolExecutor(max_workers=workers or os.cpu_count()) as pool:
            found = _over(pool, parts, progress)
    _warn(scenario, parts, [seconds for _, seconds in found])
    names = (satellite.name for satellite in scenario.satellites)
    return MappingProxyType(dict(zip(names, (keys for keys, _ in found), strict=True)))


def _of_one(scenario: Scenario) -> tuple[KeyTensor, Integers]:
    return keys_and_access(scenario, workers=1)


def _over(
    executor: Executor, parts: list[Scenario], progress: Callable[[float], None] | None
) -> list[tuple[KeyTensor, Integers]]:
    """Return the tensors of all parts; those without links need no work."""
    futures = [executor.submit(_of_one, part) if part.links else None for part in parts]
    working = [future for future in futures if future is not None]
    try:
        for done, future in enumerate(as_completed(working), start=1):
            future.result()
            if progress is not None:
                progress(done / len(working))
    except BaseException:
        for future in working:
            future.cancel()
        raise
    return [
        _of_one(part) if future is None else future.result()
        for part, future in zip(parts, futures, strict=True)
    ]


def _warn(scenario: Scenario, parts: list[Scenario], accessible_s: list[Integers]) -> None:
    """Warn of what is never in view, once for all satellites."""
    total = dict.fromkeys((link.name for link in scenario.links), 0)
    for part, seconds in zip(parts, accessible_s, strict=True):
        for link, own in zip(part.links, seconds.tolist(), strict=True):
            total[link.name] += own
    warn_of_unseen(scenario, total)
    blind = [
        part.satellite.name
        for part, seconds in zip(parts, accessible_s, strict=True)
        if part.links and not seconds.any()
    ]
    if blind:
        message = f"{scenario.origin}: nothing ever in view of: {', '.join(blind)}"
        warnings.warn(message, ScenarioWarning, stacklevel=3)


def expected_bytes(scenario: Scenario, *, bytes_of_cell: int = _BYTES_OF_CELL) -> int:
    """Return about how much memory [bytes] the tensors of all satellites take.

    Or what else has ``bytes_of_cell`` for each link and interval; under an ensemble of skies, that
    much for each member.

    The active intervals of up to eight satellites, spread over the list, are bounded by a coarse
    search for what is in view.

    Raises
    ------
    InputError
        When an orbit cannot be propagated over the horizon.
    """
    count, skies = len(scenario.satellites), scenario.ensemble
    bytes_of_cell *= 1 if skies is None else 1 + len(skies)
    places = sorted({k * (count - 1) // max(_SAMPLED - 1, 1) for k in range(_SAMPLED)})
    cells = 0
    for place in places:
        alone = scenario.of_satellite(scenario.satellites[place])
        if alone.links:
            seconds = sum(end - begin for begin, end in Access(alone).blocks())
            cells += len(alone.links) * seconds // scenario.grid.interval_s
    return count * (bytes_of_cell * cells // len(places) + _BYTES_OF_SATELLITE)


def check_memory(scenario: Scenario, *, bytes_of_cell: int = _BYTES_OF_CELL) -> None:
    """Refuse more satellites, or skies, than there is room for, saying how much they would take.

    Raises
    ------
    LimitError
        For more than :data:`MOST_SATELLITES`, or more than :data:`MOST_BYTES` to be expected.
    """
    skies, count = scenario.ensemble, len(scenario.satellites)
    if count == 1 and skies is None:
        return
    needed, most = expected_bytes(scenario, bytes_of_cell=bytes_of_cell), _most_bytes()
    if count > MOST_SATELLITES or needed > most:
        many = f"{count:,} satellite{'s' * (count > 1)}"
        what = many if skies is None else f"{many} under {len(skies):,} skies"
        came = Described(f"{what}, whose keys take about {_words(needed)}")
        expected = f"at most {MOST_SATELLITES:,} satellites that take {_words(most)}"
        raise LimitError(f"{scenario.origin}: satellites", came, expected)


def _most_bytes() -> int:
    """Return the limit, or half of this machine's memory where that is less and known."""
    try:
        return min(MOST_BYTES, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2)
    except (AttributeError, OSError, ValueError):
        return MOST_BYTES


def _words(size: float) -> str:
    """Return a number of bytes as people say it."""
    megabytes = size / 1e6
    return f"{megabytes:,.0f} MB" if megabytes < _MEGABYTES_OF_GIGABYTE else f"{size / 1e9:,.1f} GB"
