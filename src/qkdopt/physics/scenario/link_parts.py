"""The tables ``[[link]]``: to one station, or to a pair of stations."""

from typing import Annotated, ClassVar

from annotated_types import Ge, Le
from pydantic import Field

from qkdopt.physics.scenario.values import ExactNumber, Part, Share, Text, default


class Link(Part):
    """The downlink to one station, of the named ``satellites`` or of all.

    Its bits count for ``target``, whose name is the link's where none is given.
    """

    absent_by_default: ClassVar[frozenset[str]] = frozenset({"satellites", "target"})

    name: Text = Field(description="Name of the link")
    station: Text = Field(description="Name of the station")
    satellites: tuple[Text, ...] | None = default(
        None, "Names of the satellites that have the link; all without it", min_length=1
    )
    target: Text | None = default(None, "Whom its bits count for; the link itself without it")

    @property
    def stations(self) -> tuple[str, ...]:
        """Names of the stations that must be reached together: this one."""
        return (self.station,)

    @property
    def target_name(self) -> str:
        """The target that its bits count for."""
        return self.target or self.name


class PairLink(Part):
    """Entangled photons to two stations at once, which then share a key; else as :class:`Link`."""

    absent_by_default: ClassVar[frozenset[str]] = frozenset({"satellites", "target"})

    name: Text = Field(description="Name of the link; those of the stations, joined, without it")
    stations: tuple[Text, Text] = Field(
        description="Names of the two stations that then share a key"
    )
    satellites: tuple[Text, ...] | None = default(
        None, "Names of the satellites that have the link; all without it", min_length=1
    )
    target: Text | None = default(None, "Whom its bits count for; the link itself without it")
    weight: Annotated[ExactNumber, Ge(0), Le(10**12)] | None = default(
        None, "Share of the traffic, of which only the proportions count"
    )
    success_fraction: Share | None = default(
        None,
        "Share of passes in which weather and all else that no model here knows lets "
        "the link work; expected bits are counted, whatever is scheduled",
        "an assumption where it is given",
    )

    @property
    def target_name(self) -> str:
        """The target that its bits count for."""
        return self.target or self.name
