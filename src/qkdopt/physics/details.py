"""What each link sees in each interval with contact: geometry, losses by term, clicks, bits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qkdopt.arrays import Integers
from qkdopt.effort import check_effort
from qkdopt.errors import InputError
from qkdopt.physics.detail_columns import SECOND
from qkdopt.physics.detail_samples import detail_accumulator
from qkdopt.physics.orbit import Access
from qkdopt.physics.orbit.view_geometry import sun_elevations, view_geometry
from qkdopt.physics.scenario import PairLink, Scenario
from qkdopt.physics.several_keys import check_memory

if TYPE_CHECKING:
    import xarray as xr

DETAIL_ENDINGS = (".nc", ".csv")
"""Endings of the files that details are written to."""

_BYTES_OF_CELL = 400
Columns = dict[str, NDArray[np.generic]]


@dataclass(frozen=True, eq=False)
class KeyDetails:
    """One row for each link and interval in which the link may work: ``C`` rows.

    By satellite, then link, then time. A row may have no secret bit: the key tensor leaves out
    intervals in which no link has one.

    Attributes
    ----------
    columns
        By name, each of shape ``(C,)``; :mod:`qkdopt.physics.detail_columns` says what they are,
        and so do the attributes of the NetCDF file. ``nan`` where a link has no such number, such
        as the losses of a pair's other end.
    start_utc
        Instant from which ``time`` counts seconds.
    title, provenance
        Whose they are, and the digest of the scenario.
    """

    columns: Mapping[str, NDArray[np.generic]]
    start_utc: datetime
    title: str
    provenance: Mapping[str, str]

    def __repr__(self) -> str:
        """Return how many rows and columns there are."""
        rows = len(self.columns["interval"])
        return f"KeyDetails({self.title!r}, {rows:,} rows, {len(self.columns)} columns)"

    def to_dataset(self) -> xr.Dataset:
        """Return the columns over ``cell``, with units and words as attributes (CF conventions)."""
        from qkdopt.physics.details_file import to_dataset

        return to_dataset(self)

    def save(self, path: str | PathLike[str]) -> None:
        """Write NetCDF (``.nc``) or CSV (``.csv``), one row for each link and interval.

        Raises
        ------
        InputError
            For another ending.
        OutputError
            When the file cannot be written.
        """
        from qkdopt.physics.details_file import write_csv, write_netcdf

        write = write_netcdf if check_details_path(path) == ".nc" else write_csv
        write(self, path)


def check_details_path(path: str | PathLike[str]) -> str:
    """Return the ending of a file for details; refuse another.

    Raises
    ------
    InputError
        Naming the file.
    """
    ending = Path(path).suffix.lower()
    if ending not in DETAIL_ENDINGS:
        raise InputError(str(path), ending or "no ending", "a file that ends in .nc or .csv")
    return ending


def key_details(
    scenario: Scenario,
    *,
    workers: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> KeyDetails:
    """Return how the secret bits of each link and interval come about.

    Elevation, azimuth, range and Sun are those in the middle of the interval; losses, clicks and
    error rate are means over the seconds of contact in it, bits are sums. Secret bits are those
    of :func:`qkdopt.compute_keys`.

    Parameters
    ----------
    scenario
        From :func:`qkdopt.load_scenario`, with one satellite or more.
    workers
        Threads; all cores by default. The result does not depend on it.
    progress
        Called with the share that is done, from 0 to 1.

    Raises
    ------
    InputError
        As :func:`qkdopt.compute_keys`.
    LimitError
        For several satellites whose rows would take too much memory.
    """
    if workers is not None:
        check_effort(threads=workers)
    check_memory(scenario, bytes_of_cell=_BYTES_OF_CELL)
    many, parts = len(scenario.satellites), []
    for number, alone in enumerate(scenario.each_satellite()):
        if alone.links:
            parts.append(details_of(alone, workers=workers))
        if progress is not None:
            progress((number + 1) / many)
    names = dict.fromkeys(name for part in parts for name in part)
    columns = {name: np.concatenate([_column(part, name) for part in parts]) for name in names}
    return KeyDetails(
        columns=MappingProxyType(columns),
        start_utc=scenario.grid.start_utc,
        title=scenario.title,
        provenance={"scenario": scenario.name, "scenario_sha256": scenario.digest},
    )


def details_of(
    scenario: Scenario, intervals: Integers | None = None, *, workers: int | None = None
) -> Columns:
    """Return the columns of one satellite with links, by link and then time.

    Parameters
    ----------
    intervals
        Only these global indices, increasing; all by default.
    """
    work = detail_accumulator(scenario)
    access = Access(scenario)
    found = list(access.over_blocks(work, workers=workers, only=intervals))
    link = _joined([part.link for part in found])
    interval = _joined([part.interval for part in found])
    kept = np.flatnonzero(np.isin(interval, intervals) if intervals is not None else interval >= 0)
    order = kept[np.lexsort((interval[kept], link[kept]))]
    columns: Columns = {}
    for name in found[0].columns if found else ("contact_s", "secret_bits"):
        values = np.concatenate([part.columns[name] for part in found] or [np.zeros(0)])[order]
        whole = name in ("contact_s", "secret_bits")
        columns[name] = values.astype(np.int64) if whole else values
    return {**_geometry(scenario, link[order], interval[order]), **columns}


def _joined(parts: list[Integers]) -> Integers:
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts])


def _geometry(scenario: Scenario, link: Integers, interval: Integers) -> Columns:
    """Return names, time, and the geometry in the middle of each interval."""
    intervals, place = np.unique(interval, return_inverse=True)
    view, suns = view_geometry(scenario, intervals), sun_elevations(scenario, intervals)
    names = np.array([item.name for item in scenario.stations], dtype=object)
    link_names = np.array([item.name for item in scenario.links], dtype=object)
    ends = [scenario.positions(item) for item in scenario.links]
    found: Columns = {
        "satellite": np.full(link.size, scenario.satellite.name, dtype=object),
        "link": link_names[link],
        "interval": interval,
        "time": (interval + 0.5) * scenario.grid.interval_s,
    }
    pairs = any(isinstance(item, PairLink) for item in scenario.links)
    for number, prefix in enumerate(("", SECOND) if pairs else ("",)):
        station = np.array([(*own, -1)[number] for own in ends], dtype=np.int64)[link]
        known = station >= 0
        found[f"{prefix}station"] = np.where(known, names[station], "")
        for name, values in (
            ("elevation_deg", np.degrees(view.elevation_rad)),
            ("azimuth_deg", np.degrees(view.azimuth_rad)),
            ("range_m", view.range_m),
            ("sun_elevation_deg", np.degrees(suns)),
        ):
            found[prefix + name] = np.where(known, values[station, place], np.nan)
    fractions = [getattr(item, "success_fraction", None) for item in scenario.links]
    if any(fraction is not None for fraction in fractions):
        found["success_fraction"] = np.array([1.0 if f is None else f for f in fractions])[link]
    return found


def _column(part: Columns, name: str) -> NDArray[np.generic]:
    """Return a column of one satellite, empty names or ``nan`` where it has none."""
    if name in part:
        return part[name]
    count = len(part["interval"])
    return np.full(count, "", object) if name.endswith("station") else np.full(count, np.nan)
