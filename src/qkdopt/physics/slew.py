"""How long a satellite needs from one link to another, from the angle between lines of sight.

Lines of sight run from the satellite to the stations, as directions in TEME, which does not turn:
a satellite that looks at a station turns by itself, and the slew rate is a rate in that frame. A
turn that begins at the end of interval ``c`` and keeps ``k`` intervals free is over in time if

    angle(sight of l at the end of c, sight of n at the beginning of c + 1 + k)
        <= slew_rate (k D - settling)

with intervals of length ``D``. Two telescopes that serve a pair turn at once; they are alike, so
each takes the station for which the larger of the two angles is smaller. Between a link to one
station and one to a pair, nothing says where the idle telescope points: it takes half a turn.
"""

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.errors import Described, LimitError
from qkdopt.physics.orbit import propagation
from qkdopt.physics.orbit.frames import earth_fixed_to_teme, station_frames
from qkdopt.physics.scenario import Scenario, Slew
from qkdopt.tensor import KeyTensor
from qkdopt.tensor.slew_table import SlewTable
from qkdopt.timegrid import switching_intervals

_MOST_ANGLES = 10**10


def slew_runs(scenario: Scenario, keys: KeyTensor) -> Integers:
    """Return when hand-overs take less time than half a turn, in runs of intervals.

    A satellite may keep pointing at the link that it leaves and turn later, if it arrives sooner.
    Turns are listed after intervals in which the link has key, to links that have key soon.

    Parameters
    ----------
    scenario
        Of one satellite.
    keys
        Its tensor: the links in the scenario's order.

    Returns
    -------
    array
        Runs (from link, to link, first, last, idle): a turn right after one of the global intervals
        ``first`` to ``last`` keeps ``idle`` intervals free; sorted, int64, shape ``(R, 5)``. Empty
        without a slew rate.

    Raises
    ------
    InputError
        When the orbit cannot be propagated over the horizon.
    LimitError
        For too many angles.
    """
    if scenario.slew is None or not keys.interval.size:
        return np.zeros((0, 5), np.int64)
    most = switching_intervals(scenario.switch_s, keys.interval_s)
    cuts = np.flatnonzero(np.diff(keys.interval) > most) + 1
    edges = [0, *cuts.tolist(), keys.interval.size]
    _check_effort(scenario, keys, edges, most)
    found = [np.zeros((0, 5), np.int64)]
    for begin, end in pairwise(edges):
        bits = keys.bits[:, begin:end]
        links = np.flatnonzero(bits.any(axis=1))
        times = np.arange(keys.interval[begin], keys.interval[end - 1] + most + 1)
        served = np.zeros((links.size, times.size), np.bool_)
        served[:, keys.interval[begin:end] - times[0]] = bits[links] > 0
        idle = _idle(scenario, scenario.slew, links, times, most)
        found += _runs(links, times, served, idle, most)
    runs = np.concatenate(found)
    return runs[np.lexsort((runs[:, 2], runs[:, 1], runs[:, 0]))]


def with_slew_times(scenario: Scenario, keys: KeyTensor) -> KeyTensor:
    """Return the tensor of a satellite with its hand-overs that take less than half a turn.

    Arguments and errors as in :func:`slew_runs`.
    """
    return keys.slewing(SlewTable.of(slew_runs(scenario, keys), by_pair=True))


def lines_of_sight(scenario: Scenario, seconds: Floats) -> Floats:
    """Return unit vectors in TEME from the satellite to the stations, shape ``(T, stations, 3)``.

    Parameters
    ----------
    seconds
        Instants [s] after the start of the horizon, shape ``(T,)``.
    """
    satellite, grid = scenario.satellite, scenario.grid
    where = f"{scenario.origin}: {satellite.name}"
    satrec = satellite.elements.satrec(where)
    position_m, _, fractions = propagation.propagate(satrec, grid, seconds, where)
    stations_m, _ = station_frames(scenario.stations)
    day, _ = grid.start_julian_date
    ground_m = earth_fixed_to_teme(stations_m, day, fractions, scenario.ut1_minus_utc_s)
    sight_m = ground_m - position_m[:, None, :]
    found: Floats = sight_m / np.linalg.norm(sight_m, axis=-1, keepdims=True)
    return found


def angle_between(one: Floats, other: Floats) -> Floats:
    """Return the angle [rad] between unit vectors along the last axis."""
    half_chord = np.linalg.norm(one - other, axis=-1) / 2.0
    found: Floats = 2.0 * np.arcsin(np.minimum(half_chord, 1.0))
    return found


def _check_effort(scenario: Scenario, keys: KeyTensor, edges: list[int], most: int) -> None:
    """Refuse more angles than can be computed in minutes."""
    spans = sum(
        int(keys.interval[end - 1] - keys.interval[begin]) + most for begin, end in pairwise(edges)
    )
    if (angles := spans * len(keys.links) ** 2 * most) > _MOST_ANGLES:
        came = Described(f"{angles:,} angles to compute")
        expected = f"at most {_MOST_ANGLES:,}: longer intervals, or a faster satellite"
        raise LimitError(f"{scenario.origin}: slew_rate_deg_s", came, expected)


def _idle(scenario: Scenario, slew: Slew, links: Integers, times: Integers, most: int) -> Integers:
    """Return the intervals that a turn takes right after each of some, shape ``(T, N, N)``.

    Parameters
    ----------
    times
        Consecutive intervals, shape ``(T,)``.
    most
        Intervals of a half turn, which those take that do not fit into less.
    """
    ends = [scenario.positions(scenario.links[n]) for n in links]
    single = np.array([len(stations) == 1 for stations in ends])
    alike = single[:, None] == single[None, :]
    interval_s, count = scenario.grid.interval_s, times.size
    instants_s = (times[0] + 1.0 + np.arange(count + most)) * interval_s
    sight = lines_of_sight(scenario, np.minimum(instants_s, scenario.grid.duration_s))
    # Of the two ends of each link; a single station is both.
    one, two = (sight[:, [stations[end] for stations in ends]] for end in (0, -1))
    idle = np.full((count, links.size, links.size), most, np.int64)
    for k in range(most - 1, math.ceil(slew.settling_s / interval_s) - 1, -1):
        straight, crossed = (
            np.maximum(
                angle_between(one[:count, :, None], a[k : k + count, None]),
                angle_between(two[:count, :, None], b[k : k + count, None]),
            )
            for a, b in ((one, two), (two, one))
        )
        idle[(np.minimum(straight, crossed) <= slew.turned_rad(k * interval_s)) & alike] = k
    return idle


def _runs(
    links: Integers, times: Integers, served: Bools, idle: Integers, most: int
) -> Iterator[Integers]:
    """Yield the runs after intervals in which links are served, ``(N, T)``, pair by pair."""
    place = np.arange(times.size)
    over = place[:, None, None] + 1 + idle
    soonest = np.minimum.accumulate(over[::-1])[::-1]
    shortest = soonest - place[:, None, None] - 1
    so_far = np.cumsum(np.pad(served, ((0, 0), (1, most))), axis=1)
    soon = so_far[:, place + most + 1] > so_far[:, place + 1]  # within a half turn
    for n, m in np.argwhere(~np.eye(links.size, dtype=np.bool_)).tolist():
        own = shortest[:, n, m]
        after = np.flatnonzero(served[n] & soon[m] & (own < most))
        if after.size:
            ends = np.flatnonzero((np.diff(after) > 1) | (np.diff(own[after]) != 0))
            first, last = after[np.append(0, ends + 1)], after[np.append(ends, -1)]
            pair = (np.full(first.size, links[x]) for x in (n, m))
            yield np.stack([*pair, times[first], times[last], own[first]], axis=1)
