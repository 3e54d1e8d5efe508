"""Floors: another strategy among the schedules that deliver at least some bits to each target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qkdopt.errors import NotBuiltYetError
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategies import (
    CappedDelivery,
    GeneralDelivery,
    LinearStrategy,
    PrioritisedDelivery,
    Strategy,
)
from qkdopt.tensor import whole_bits

__all__ = ["FlooredDelivery", "with_floors"]


@dataclass(frozen=True)
class FlooredDelivery(Strategy):
    """Another strategy among the schedules that deliver at least some bits to each target.

    Made by :func:`with_floors`.
    """

    base: LinearStrategy | CappedDelivery
    floors: tuple[tuple[str, int], ...]

    def document(self) -> dict[str, Any]:
        """Return the other strategy's document and the floors above 0 by target name."""
        return {**self.base.document(), "floors": {name: bits for name, bits in self.floors}}

    def by_target(self, problem: SchedulingProblem) -> list[int]:
        """Return the floor of every target [bits].

        Raises
        ------
        InputError
            When a floor names a target that the problem does not have.
        """
        return list(whole_bits(dict(self.floors), problem.targets, "floors"))


class _GeneralWithFloors(FlooredDelivery):
    name = "gd"


class _PrioritisedWithFloors(FlooredDelivery):
    name = "pd"


class _CappedWithFloors(FlooredDelivery):
    name = "capped"


def with_floors(strategy: Strategy, floors: Mapping[str, object]) -> Strategy:
    """Return ``strategy`` among the schedules with ``E_n >= floor_n``.

    Parameters
    ----------
    strategy
        S-GD, S-PD or capped delivery.
    floors
        Whole bits by target name; targets that are not named have none.

    Raises
    ------
    InputError
        For anything but whole numbers >= 0.
    NotBuiltYetError
        For other strategies.
    """
    kinds: dict[type[Strategy], type[FlooredDelivery]] = {
        GeneralDelivery: _GeneralWithFloors,
        PrioritisedDelivery: _PrioritisedWithFloors,
        CappedDelivery: _CappedWithFloors,
    }
    kind = kinds.get(type(strategy))
    if kind is None or not isinstance(strategy, LinearStrategy | CappedDelivery):
        raise NotBuiltYetError(f"floors with strategy {strategy.name} are not built yet")
    exact = dict(zip(floors, whole_bits(floors, tuple(floors), "floors"), strict=True))
    above_zero = tuple((name, bits) for name, bits in exact.items() if bits)
    return kind(strategy, above_zero) if above_zero else strategy
