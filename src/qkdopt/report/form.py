"""The form of ``report.json``."""

from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from qkdopt.forms import Bits, Claimed, Count, Document, FileName, Line, Nats, Sha256, Share, Text
from qkdopt.study.assumptions_document import AssumptionsDocument
from qkdopt.study.clouds_document import CloudsDocument
from qkdopt.study.front_document import FrontDocument
from qkdopt.study.sensitivity_document import SensitivityDocument
from qkdopt.study.sharing_document import SharingDocument

_Instant = Annotated[
    str, Field(pattern=r"^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-9:]{5,8}(\.[0-9]+)?(Z|[+-][0-9:]+)$")
]
_Measure = Annotated[float, Field(ge=-1e12, le=1e12)]
_Regret = Annotated[int, Field(ge=-1, le=2**128)]
_Index = Annotated[int, Field(ge=-1, le=2**53)]
_Point = Annotated[list[_Measure], Field(min_length=2, max_length=2)]
_Ends = Annotated[list[Count], Field(min_length=2, max_length=2)]


class ProblemPart(Document):
    """What the page must know of the problem; times [s]."""

    sha256: Sha256
    links: list[Text]
    targets: list[Line]
    interval_s: Annotated[float, Field(gt=0, le=1e9)]
    switch_s: Annotated[float, Field(ge=0, le=1e9)] | None
    active_intervals: Count
    weights: list[Bits] | None


class AxisPart(Document):
    """Positions of the shown intervals on an axis without breaks."""

    interval: list[Count]
    left: list[_Measure]
    passes: list[_Ends]
    all_passes: Count
    length: _Measure
    satellite: list[Count] | None = None


class CellsPart(Document):
    """Columns of the cells with key: interval, link, bits, details, and costs by strategy.

    A list of one number in ``losses_db`` is that of every cell.
    """

    a: list[Count]
    link: list[Count]
    bits: list[Bits]
    elevation_deg: list[_Measure | None] | None = None
    azimuth_deg: list[_Measure | None] | None = None
    range_m: list[_Measure | None] | None = None
    sun_elevation_deg: list[_Measure | None] | None = None
    contact_s: list[_Measure | None] | None = None
    click_rate_hz: list[_Measure | None] | None = None
    sifted_bits: list[_Measure | None] | None = None
    qber: list[Share | None] | None = None
    loss_db: list[_Measure | None] | None = None
    losses_db: dict[Line, list[_Measure | None]] | None = None
    costs: dict[Line, list[_Regret]]

    def details(self) -> tuple[list[float | None] | None, ...]:
        """Return the columns of details, which only a scenario gives."""
        return (
            self.elevation_deg, self.azimuth_deg, self.range_m, self.sun_elevation_deg,
            self.contact_s, self.click_rate_hz, self.sifted_bits, self.qber, self.loss_db,
        )  # fmt: skip


class ServicesPart(Document):
    """Columns of services, of several satellites or finite sessions.

    Intervals by global index, both ends included; of finite sessions also asymptotic bits.
    """

    link: list[Count]
    first: list[Count]
    last: list[Count]
    bits: list[Bits]
    asymptotic_bits: list[Bits] | None = None

    def fits(self, links: int) -> bool:
        """Say whether the columns are of one length, about some of so many links."""
        columns = [self.first, self.last, self.bits]
        columns += [] if self.asymptotic_bits is None else [self.asymptotic_bits]
        lengths = {len(column) for column in columns}
        return lengths == {len(self.link)} and all(n < links for n in self.link)


class SatellitePart(Document):
    """One of several satellites, and the runs of intervals in which it can deliver key."""

    name: Line
    switch_s: Annotated[float, Field(ge=0, le=1e9)]
    reachable: list[_Ends]


class ReceivingPart(Document):
    """A station that satellites share: runs of intervals, and their length [min]."""

    name: Line
    receivers: Annotated[int, Field(ge=1, le=2**53)]
    switch_s: Annotated[float, Field(ge=0, le=1e9)]
    reachable: list[_Ends]
    contested: list[_Ends]
    reachable_min: _Measure
    contested_min: _Measure
    most_at_once: Count


class NetworkPart(Document):
    """Who shares which receivers, where there are several satellites."""

    link_satellite: list[Count]
    link_stations: list[list[Count]]
    satellites: list[SatellitePart]
    stations: list[ReceivingPart]


class StrategyPart(Document):
    """One certificate: its claims and its verdict."""

    file: FileName
    title: Text
    service: list[_Index]
    holds: bool
    bound: Claimed | None
    optimal: bool
    statement: Text
    words: list[Text]
    values: dict[Line, Bits]
    shares: list[Share] | None
    weight_shares: list[Share] | None
    delivered: dict[Line, Bits]
    total: Bits
    scenarios: Count | None = None
    fewest: dict[Line, Bits] | None = None
    most: dict[Line, Bits] | None = None
    fewest_total: Bits | None = None
    most_total: Bits | None = None
    asymptotic: dict[Line, Bits] | None = None
    asymptotic_total: Bits | None = None
    sessions: Count | None = None
    sessions_without_key: Count | None = None
    divergence: Nats | None = None
    utilisation: Share | None = None
    pairing: dict[str, JsonValue] | None = None
    services: ServicesPart | None = None
    served_min: list[_Measure] | None = None
    by_station: list[list[Bits]] | None = None


class ConvergencePart(Document):
    """The improvements of one search."""

    label: Text
    strategy: Text
    evaluations: list[Count]
    best: list[Annotated[float, Field(ge=0, le=2.0**128)]]
    bound: Annotated[int, Field(gt=0, le=2**128)]


class StationPart(Document):
    """A ground station on the map [deg]."""

    name: Text
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-360, le=360)]


class TrackPart(Document):
    """The ground track of one pass, as lines of (longitude, latitude) [deg]."""

    number: Annotated[Count, Field(alias="pass")]
    lines: list[list[_Point]]
    served: list[list[_Point]]


class ReportDocument(Document):
    """Everything that the page of a report shows."""

    format: Literal["qkdopt-report"]
    version: Literal[1]
    title: Text
    words: list[Text]
    start_utc: _Instant | None
    problem: ProblemPart
    axis: AxisPart
    cells: CellsPart
    strategies: list[StrategyPart]
    provenance: dict[Text, Text]
    front: FrontDocument | None
    convergence: list[ConvergencePart]
    stations: list[StationPart] | None = None
    tracks: list[TrackPart] | None = None
    network: NetworkPart | None = None
    sharing: SharingDocument | None = None
    assumptions: AssumptionsDocument | None = None
    what_if: SensitivityDocument | None = None
    clouds: CloudsDocument | None = None

    @model_validator(mode="after")
    def _of_a_piece(self) -> Self:
        for holds, key, expected in (
            *self._axis_conditions(),
            *self._cell_conditions(),
            *self._strategy_conditions(),
            *self._network_conditions(),
        ):
            if not holds:
                raise PydanticCustomError("pieces", "{key} to be {expected}", {
                    "key": key, "expected": expected,
                })  # fmt: skip
        return self

    def _axis_conditions(self) -> list[tuple[bool, str, str]]:
        shown, axis = len(self.axis.interval), self.axis
        below = all(first <= last < shown for first, last in axis.passes)
        return [
            (len(axis.left) == shown, "axis.left", "as long as axis.interval"),
            (below, "axis.passes", "pairs of positions in axis.interval, in order"),
            (shown <= self.problem.active_intervals, "axis.interval", "active intervals"),
        ]

    def _cell_conditions(self) -> list[tuple[bool, str, str]]:
        cells, links, shown = self.cells, len(self.problem.links), len(self.axis.interval)
        lengths = {len(cells.a), len(cells.link), len(cells.bits)}
        lengths |= {len(column) for column in cells.costs.values()}
        lengths |= {len(column) for column in cells.details() if column is not None}
        terms = (cells.losses_db or {}).values()
        lengths |= {len(column) for column in terms if len(column) != 1}
        return [
            (len(lengths) == 1, "cells", "columns of one length"),
            (all(n < links for n in cells.link), "cells.link", "indices of links"),
            (all(a < shown for a in cells.a), "cells.a", "positions in axis.interval"),
        ]

    def _strategy_conditions(self) -> list[tuple[bool, str, str]]:
        problem, found = self.problem, []
        for number, item in enumerate(self.strategies):
            place = f"strategies[{number}]"
            served = all(n < len(problem.links) for n in item.service)
            whole = len(self.axis.interval), problem.active_intervals
            fits = len(item.service) in whole and served
            lists = [part for part in (item.shares, item.weight_shares) if part is not None]
            given = item.delivered, item.asymptotic, item.fewest, item.most
            by_target = [part for part in given if part is not None]
            named = all(set(part) == set(problem.targets) for part in by_target)
            whole_lists = all(len(part) == len(problem.targets) for part in lists)
            services = item.services is None or item.services.fits(len(problem.links))
            found += [
                (services, f"{place}.services", "columns of one length"),
                (fits, f"{place}.service", "one link or -1 for each interval of axis"),
                (named, f"{place}.delivered", "bits for each target"),
                (whole_lists, f"{place}.shares", "one share for each target"),
            ]
        return found

    def _network_conditions(self) -> list[tuple[bool, str, str]]:
        network, links = self.network, len(self.problem.links)
        if network is None:
            return []
        size, ends = len(network.satellites), len(network.stations)
        of_links = network.link_satellite, network.link_stations
        whose = self.axis.satellite or []
        known = all(s < size for s in (*network.link_satellite, *whose))
        known &= all(n < ends for stations in network.link_stations for n in stations)
        seen = [part.reachable for part in network.satellites]
        seen += [runs for part in network.stations for runs in (part.reachable, part.contested)]
        runs = all(first <= last for part in seen for first, last in part)
        found = [
            (runs, "network", "runs [first, last] of intervals, in order"),
            (all(len(part) == links for part in of_links), "network", "a satellite for each link"),
            (known, "network", "indices of satellites and stations"),
            (len(whose) == len(self.axis.passes), "axis.satellite", "one for each of axis.passes"),
        ]
        for number, item in enumerate(self.strategies):
            table, served = item.by_station, item.served_min
            if item.services is None or table is None or served is None:
                found.append((False, f"strategies[{number}]", "with what each station got"))
                continue
            fits = len(table) == len(served) == ends and all(len(row) == size for row in table)
            found.append((fits, f"strategies[{number}]", "what each station got"))
        return found
