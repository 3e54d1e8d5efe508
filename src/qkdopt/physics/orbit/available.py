"""How long links may work: seconds by station, and seconds in which at least one may."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.physics.orbit.access import Access, Block, Sight
from qkdopt.physics.scenario import Scenario

__all__ = ["AvailableTime", "available_seconds"]


@dataclass(frozen=True)
class AvailableTime:
    """Seconds in which all visibility rules are fulfilled.

    Attributes
    ----------
    union_s
        Seconds in which at least one station is accessible.
    by_station_s
        Seconds by station name, in the order of the scenario.
    """

    union_s: int
    by_station_s: dict[str, int]


def available_seconds(scenario: Scenario, *, workers: int | None = None) -> AvailableTime:
    """Count the accessible seconds of a scenario, each sampled in its middle.

    Raises
    ------
    InputError
        When the orbit cannot be propagated over the horizon.
    """
    count = len(scenario.stations)

    def seconds(sight: Sight, block: Block) -> tuple[int, Integers]:
        by_station = np.bincount(sight.station, minlength=count)
        return np.unique(sight.second).size, by_station

    union_s, by_station_s = 0, np.zeros(count, dtype=np.int64)
    for in_block, by_station in Access(scenario).over_blocks(seconds, workers=workers):
        union_s += in_block
        by_station_s += by_station
    names = [item.name for item in scenario.stations]
    return AvailableTime(union_s, dict(zip(names, by_station_s.tolist(), strict=True)))
