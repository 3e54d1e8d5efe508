"""Floors: another strategy among the schedules that deliver at least some bits to each target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategies import Strategy
from qkdopt.tensor import whole_bits

__all__ = ["FlooredDelivery", "base_of", "floors_of", "with_floors"]


@dataclass(frozen=True)
class FlooredDelivery(Strategy):
    """Another strategy among the schedules that deliver at least some bits to each target.

    Made by :func:`with_floors`; its name is that of the other strategy.
    """

    base: Strategy
    floors: tuple[tuple[str, int], ...]

    def document(self) -> dict[str, object]:
        """Return the other strategy's document and the floors above 0 by target name."""
        return {**self.base.document(), "floors": {name: bits for name, bits in self.floors}}

    def stated_in(self, problem: SchedulingProblem) -> SchedulingProblem:
        """Return the problem with what the other strategy itself says about its targets."""
        return self.base.stated_in(problem)

    def by_target(self, problem: SchedulingProblem) -> tuple[int, ...]:
        """Return the floor of every target [bits].

        Raises
        ------
        InputError
            When a floor names a target that the problem does not have.
        """
        return whole_bits(dict(self.floors), problem.targets, "floors")


def base_of(strategy: Strategy) -> Strategy:
    """Return the strategy without its floors."""
    return strategy.base if isinstance(strategy, FlooredDelivery) else strategy


def floors_of(problem: SchedulingProblem, strategy: Strategy) -> tuple[int, ...]:
    """Return the floor of every target [bits], nothing when there are none.

    Raises
    ------
    InputError
        When a floor names a target that the problem does not have.
    """
    return strategy.by_target(problem) if isinstance(strategy, FlooredDelivery) else ()


def with_floors(strategy: Strategy, floors: Mapping[str, object]) -> Strategy:
    """Return ``strategy`` among the schedules with ``E_n >= floor_n``.

    Parameters
    ----------
    strategy
        Any strategy without floors.
    floors
        Whole bits by target name; targets that are not named have none.

    Raises
    ------
    InputError
        For anything but whole numbers >= 0.
    """
    exact = dict(zip(floors, whole_bits(floors, tuple(floors), "floors"), strict=True))
    above_zero = tuple((name, bits) for name, bits in exact.items() if bits)
    return _kind(strategy.name)(strategy, above_zero) if above_zero else strategy


@cache
def _kind(name: str) -> type[FlooredDelivery]:
    return type(f"Floored_{name}", (FlooredDelivery,), {"name": name})
