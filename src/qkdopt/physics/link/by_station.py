"""Parameters that may differ from station to station: one number, or an array by station."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Self, TypeVar

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.physics.scenario import Scenario, StationSettings

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class ByStation:
    """A dataclass of numbers, of which some may be arrays over the scenario's stations.

    Where all stations are alike there are only numbers, and nothing is looked up.
    """

    def at(self, station: int | Integers) -> Self:
        """Return this of one station, or of a station for each sample.

        Parameters
        ----------
        station
            Positions in ``scenario.stations``: one, or shape ``(S,)`` as all that is then asked.
        """
        if not self._names:
            return self
        changed: dict[str, Any] = {}
        for name in self._names:
            value = getattr(self, name)
            changed[name] = value.at(station) if isinstance(value, ByStation) else value[station]
        return replace(self, **changed)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        """Fields that differ between stations; blocks of the geometry ask a thousand times."""
        found = {item.name: getattr(self, item.name) for item in fields(self)}
        return tuple(
            name
            for name, value in found.items()
            if isinstance(value, np.ndarray) or (isinstance(value, ByStation) and value._names)
        )


def settings_by_station(scenario: Scenario) -> list[StationSettings]:
    """Return what holds at each station, in the order of the scenario."""
    return [scenario.at(station) for station in scenario.stations]


def by_station(values: Sequence[float]) -> float | Floats:
    """Return the number that all stations have, else the numbers as an array."""
    if all(value == values[0] for value in values):
        return values[0]
    return np.array(values, dtype=np.float64)


def distinct(values: Sequence[_Value]) -> tuple[tuple[_Value, ...], int | Integers]:
    """Return the different values, and which of them each station has; 0 where all are alike."""
    found = tuple(dict.fromkeys(values))
    if len(found) == 1:
        return found, 0
    return found, np.array([found.index(value) for value in values], dtype=np.int64)
