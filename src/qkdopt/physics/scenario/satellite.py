"""A satellite, and what it has of its own."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypedDict

from qkdopt.physics.scenario.devices import Optics, Source
from qkdopt.physics.scenario.elements import Elements
from qkdopt.physics.scenario.entanglement import Entanglement
from qkdopt.physics.scenario.parts import Slew


class OwnSettings(TypedDict, total=False):
    """Attributes of a scenario that one of its satellites may have of its own."""

    switch_s: Decimal
    slew: Slew | None
    source: Source
    optics: Optics
    entanglement: Entanglement | None
    operations: dict[str, object]


@dataclass(frozen=True)
class Satellite:
    """A satellite: its name, its mean elements, and what it has of its own.

    Attributes
    ----------
    own
        What replaces the scenario's attributes of these names. Empty for the only satellite.
    """

    name: str
    elements: Elements
    own: OwnSettings = field(default_factory=OwnSettings, hash=False)
