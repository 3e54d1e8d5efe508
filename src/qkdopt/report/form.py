"""The form of ``report.json``."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from qkdopt.forms import (
    Bits,
    Claimed,
    Count,
    Document,
    FileName,
    Line,
    Nats,
    Sha256,
    Share,
    Text,
)
from qkdopt.study.front_document import FrontDocument

__all__ = ["ReportDocument"]

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
    switch_s: Annotated[float, Field(ge=0, le=1e9)]
    active_intervals: Count
    weights: list[Bits] | None


class AxisPart(Document):
    """Positions of the shown intervals on an axis without breaks."""

    interval: list[Count]
    left: list[_Measure]
    passes: list[_Ends]
    all_passes: Count
    length: _Measure


class CellsPart(Document):
    """Columns of the cells with key: interval, link, bits, geometry, and costs by strategy."""

    a: list[Count]
    link: list[Count]
    bits: list[Bits]
    elevation_deg: list[_Measure | None] | None = None
    loss_db: list[_Measure | None] | None = None
    costs: dict[Line, list[_Regret]]


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
    divergence: Nats | None = None
    utilisation: Share | None = None
    pairing: dict[str, JsonValue] | None = None


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

    @model_validator(mode="after")
    def _of_a_piece(self) -> Self:
        for holds, key, expected in (
            *self._axis_conditions(),
            *self._cell_conditions(),
            *self._strategy_conditions(),
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
        lengths |= {len(c) for c in (cells.elevation_deg, cells.loss_db) if c is not None}
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
            fits = len(item.service) == problem.active_intervals and served
            lists = [part for part in (item.shares, item.weight_shares) if part is not None]
            found += [
                (fits, f"{place}.service", "one link or -1 for each active interval"),
                (
                    set(item.delivered) == set(problem.targets),
                    f"{place}.delivered",
                    "bits for each target",
                ),
                (
                    all(len(part) == len(problem.targets) for part in lists),
                    f"{place}.shares",
                    "one share for each target",
                ),
            ]
        return found
