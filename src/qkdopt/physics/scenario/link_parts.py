"""The tables ``[[link]]``: to one station, or to a pair of stations."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from qkdopt.physics.scenario.values import ExactNumber, Number, Part, Text

__all__ = ["Link", "PairLink"]


class Link(Part):
    """The downlink to one station, of the named ``satellites`` or of all.

    Its bits count for ``target``, whose name is the link's where none is given.
    """

    absent_by_default: ClassVar[frozenset[str]] = frozenset({"satellites", "target"})

    name: Text
    station: Text
    satellites: tuple[Text, ...] | None = Field(default=None, min_length=1)
    target: Text | None = None

    @property
    def stations(self) -> tuple[str, ...]:
        """Names of the stations that must be reached together: this one."""
        return (self.station,)

    @property
    def target_name(self) -> str:
        """The target that its bits count for."""
        return self.target or self.name


class PairLink(Part):
    """Entangled photons to two stations at once, which then share a key; else as :class:`Link`.

    ``success_fraction`` is the share of passes in which weather and all else that no model here
    knows lets the link work, an assumption: expected bits are counted, whatever is scheduled.
    """

    absent_by_default: ClassVar[frozenset[str]] = frozenset({"satellites", "target"})

    name: Text
    stations: tuple[Text, Text]
    satellites: tuple[Text, ...] | None = Field(default=None, min_length=1)
    target: Text | None = None
    weight: Annotated[ExactNumber, Field(ge=0, le=10**12)] | None = None
    success_fraction: Annotated[Number, Field(ge=0, le=1)] | None = None

    @property
    def target_name(self) -> str:
        """The target that its bits count for."""
        return self.target or self.name
