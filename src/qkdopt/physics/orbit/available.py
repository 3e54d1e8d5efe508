"""Available time: seconds by station, and seconds in which at least one is accessible."""

from dataclasses import dataclass, field

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.physics.orbit.access import Access, AccessSamples, Block
from qkdopt.physics.orbit.pair_access import pair_access, station_pairs
from qkdopt.physics.scenario import Scenario


@dataclass(frozen=True)
class AvailableTime:
    """Seconds in which all visibility rules are fulfilled.

    Attributes
    ----------
    union_s
        Seconds in which at least one station is accessible.
    by_station_s
        Seconds by station name, in the order of the scenario.
    by_pair_s
        Seconds in which both stations are accessible, by name of the pair's link.
    """

    union_s: int
    by_station_s: dict[str, int]
    by_pair_s: dict[str, int] = field(default_factory=dict)


def available_seconds(scenario: Scenario, *, workers: int | None = None) -> AvailableTime:
    """Count the accessible seconds of a scenario, each sampled in its middle.

    Raises
    ------
    InputError
        When the orbit cannot be propagated over the horizon.
    """
    count, links = len(scenario.stations), scenario.pair_links
    pairs = station_pairs([scenario.positions(link) for link in links])

    def seconds(samples: AccessSamples, block: Block) -> tuple[int, Integers, Integers]:
        by_station = np.bincount(samples.station, minlength=count)
        by_pair = np.bincount(pair_access(samples, block, pairs, count).pair, minlength=len(links))
        return np.unique(samples.second).size, by_station, by_pair

    union_s, by_station_s = 0, np.zeros(count, dtype=np.int64)
    by_pair_s = np.zeros(len(links), dtype=np.int64)
    for in_block, by_station, by_pair in Access(scenario).over_blocks(seconds, workers=workers):
        union_s += in_block
        by_station_s += by_station
        by_pair_s += by_pair
    return AvailableTime(
        union_s,
        dict(zip([item.name for item in scenario.stations], by_station_s.tolist(), strict=True)),
        dict(zip([link.name for link in links], by_pair_s.tolist(), strict=True)),
    )
