"""How receivers that satellites share are priced."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReceiverPriceParameters:
    """How prices of shared receivers are improved, and how often schedules are looked for.

    Attributes
    ----------
    sweeps
        Longest paths for each call.
    first_sweeps
        The same for the first call.
    rough_sweeps
        The same for every call at gains that are not whole: they change from call to call.
    component_sweeps
        The same for a component by itself, under decisions or before its linear programme.
    deflection
        Part of the last direction that a new one keeps.
    step, fading, patience
        First factor of Polyak's step, what it is multiplied by after so many sweeps in which a
        component's bound did not fall.
    rounds
        How often blocks are served anew for each schedule.
    schedules_every
        Sweeps between two looks for schedules.
    slow, looks
        No more sweeps once so many looks have left more than this part of the gap.
    """

    sweeps: int = 10
    first_sweeps: int = 4000
    rough_sweeps: int = 40
    component_sweeps: int = 60
    deflection: float = 0.4
    step: float = 1.2
    fading: float = 0.8
    patience: int = 12
    rounds: int = 3
    schedules_every: int = 20
    slow: float = 0.9
    looks: int = 10
