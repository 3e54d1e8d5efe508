"""``qkdopt check``: a scenario's meaning in plain text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import degrees
from typing import TYPE_CHECKING

from qkdopt import physics, study
from qkdopt.cli.console import new_table, output, print_line, shown_warnings
from qkdopt.cli.inputs import given_scenario
from qkdopt.cli.options import ScenarioArgument
from qkdopt.constants import JULIAN_DATE_UNIX_EPOCH

if TYPE_CHECKING:
    from qkdopt.physics import Scenario
    from qkdopt.physics.orbit import AvailableTime, Pass

_MOST_LINES = 12

EXAMPLES = ("qkdopt check micius-china-2016", "qkdopt check my/scenario.toml")


def check_command(scenario: ScenarioArgument) -> None:
    """Validate a scenario; print its meaning in plain text and the passes of its links."""
    given = given_scenario(scenario)
    meaning = list(_meaning(given))
    if len(given.satellites) > 1:
        _check_several(given, meaning)
        return
    with shown_warnings():
        time = physics.available_seconds(given)  # may refuse: before the first line
        found = physics.passes(given)
        for line in meaning:
            print_line(line)
        _print_passes(given, time, found)


def _check_several(scenario: Scenario, meaning: list[str]) -> None:
    """Print the meaning, and what each satellite has in view."""
    rows = []
    for alone in scenario.each_satellite():
        found = physics.passes(alone, workers=1)  # threads take longer to begin than a satellite
        own = (len(alone.links), len(found), len({item.station for item in found}))
        rows.append((alone.satellite.name, *map(str, own), f"{_union_s(found) / 60:.1f}"))
    for line in (*meaning, *_receivers(scenario)):
        print_line(line)
    print_line(f"memory for keys: about {physics.expected_bytes(scenario) / 1e6:,.0f} MB")
    console = output()
    numbers = ("links", "passes", "stations\nseen", "available\n[min]")
    table = new_table(console, words=["satellite"], numbers=numbers, unbroken=True)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _union_s(found: tuple[Pass, ...]) -> int:
    """Return in how many seconds one of some passes takes place; they are sorted by start."""
    union_s = until_s = 0
    for item in found:
        union_s += max(item.end_s - max(item.start_s, until_s), 0)
        until_s = max(until_s, item.end_s)
    return union_s


def _receivers(scenario: Scenario) -> Iterator[str]:
    """Yield how many satellites stations receive at once, and what their receivers need to turn."""
    alike: dict[str, list[str]] = {}
    for station in scenario.stations:
        turn = f", {station.switch_s} s from one satellite to another" if station.switch_s else ""
        alike.setdefault(f"{station.receivers}{turn}", []).append(station.name)
    for words, names in alike.items():
        which = f"{len(names):,} stations" if len(names) > _MOST_LINES else ", ".join(names)
        yield f"receivers of {which}: {words}"


def _meaning(scenario: Scenario) -> Iterator[str]:
    grid = scenario.grid
    yield f"{scenario.title}: {' '.join(scenario.description.split())}".rstrip(": ")
    for satellite in scenario.satellites[:_MOST_LINES]:
        record = satellite.elements.satrec(scenario.origin)
        number = satellite.elements.catalogue_number(scenario.origin)
        epoch = _instant(record.jdsatepoch, record.jdsatepochF)
        yield f"satellite: {satellite.name}, catalogue number {number}, elements of {epoch}"
        if slew := satellite.own.get("slew", scenario.slew):
            yield (
                f"it slews at {slew.slew_rate_deg_s:g} deg/s and settles in {slew.settling_s:g} s: "
                f"a hand-over takes at most {slew.half_turn_s:f} s"
            )
    if (more := len(scenario.satellites) - _MOST_LINES) > 0:
        yield f"and {more:,} more satellites, to {scenario.satellites[-1].name}"
    yield (
        f"horizon: {_utc(grid.start_utc)} to {_utc(grid.end_utc)}, "
        f"{grid.count:,} intervals of {grid.interval_s} s; a hand-over takes {scenario.switch_s} s"
    )
    yield from _sources(scenario)
    visible = scenario.visibility
    yield (
        f"visibility: elevation of at least {visible.mask_words} deg; "
        f"darkness: {', '.join(visible.darkness)}"
    )
    for station in scenario.stations:
        if words := station.own_words:
            yield f"{station.name} has of its own: {words}"
    listed: set[str] = set()
    for alone in scenario.each_satellite():
        listed |= {rule for rule in ("forbidden", "locked") if alone.operations.get(rule)}
        listed |= study.operations_of(alone, ()).document().keys()
    yield f"operations: {', '.join(sorted(listed)) or 'none'}"
    if (finite := scenario.finite_key) is not None:
        use = "schedules count them" if finite.block == "session" else "evaluated only"
        yield f"finite keys: a block is a {finite.block}, proof {scenario.finite_key_proofs}; {use}"
    if scenario.clouds is not None:
        yield f"clouds: {scenario.clouds.label}"
    if scenario.losses is not None:
        yield f"further losses: {scenario.losses.model_dump_json(exclude_none=True)}"
    for loss in () if scenario.plugins is None else scenario.plugins.losses:
        yield f"loss from another package: {loss}"
    weights = "with" if scenario.weights else "without"
    pairs = f" ({len(scenario.pair_links)} of pairs)" if scenario.pair_links else ""
    count = f"{len(scenario.links)}{pairs} of {len(scenario.stations)} stations"
    yield f"links: {count}, {weights} weights"
    for word in scenario.assumptions:
        yield f"NOT MEASURED: {word}"


def _sources(scenario: Scenario) -> Iterator[str]:
    plugins = scenario.plugins
    if plugins is not None and plugins.protocol is not None:
        yield f"protocol: {plugins.protocol}; trusted satellite"
    elif scenario.station_links:
        source = scenario.source
        yield f"source: {source.protocol}, {source.pulse_rate_hz / 1e6:g} MHz; trusted satellite"
    if scenario.entanglement is not None:
        pairs, optics = scenario.entanglement.source, scenario.entanglement.optics
        waist = optics.waist_m if isinstance(optics.waist_m, str) else f"{optics.waist_m:g} m"
        yield (
            f"pair source: {pairs.protocol} (model {pairs.model}), {pairs.pair_rate_hz:g} "
            f"{pairs.pair_rate_counts} per second; waist {waist}, pointing jitter "
            f"{optics.pointing_jitter_urad:g} urad; a bit of a pair is one shared bit"
        )


def _print_passes(scenario: Scenario, time: AvailableTime, found: tuple[Pass, ...]) -> None:
    console = output()
    of_passes = ("passes\n", "available\n[min]", "highest\n[deg]")
    numbers = ("latitude\n[deg]", "longitude\n[deg]", *of_passes)
    table = new_table(console, words=["station"], numbers=numbers, unbroken=True)
    for station in scenario.stations:
        own = [item for item in found if item.station == station.name]
        highest = max((item.maximum_elevation_rad for item in own), default=None)
        table.add_row(
            station.name,
            f"{station.lat_deg:.3f}",
            f"{station.lon_deg:.3f}",
            str(len(own)),
            f"{time.by_station_s[station.name] / 60:.1f}",
            "-" if highest is None else f"{degrees(highest):.0f}",
        )
    console.print(table)
    print_line(f"available (at least one station): {time.union_s / 60:.1f} min")
    if scenario.pair_links:
        _print_pairs(scenario, time.by_pair_s)


def _print_pairs(scenario: Scenario, available_s: dict[str, int]) -> None:
    found = physics.pair_passes(scenario)
    console = output()
    numbers = ("passes\n", "available\n[min]", "highest of\nthe lower [deg]", "success\n(assumed)")
    table = new_table(console, words=["pair, both in view"], numbers=numbers, unbroken=True)
    for link in scenario.pair_links:
        own = [item for item in found if item.link == link.name]
        highest = max((item.highest_lower_elevation_rad for item in own), default=None)
        table.add_row(
            link.name,
            str(len(own)),
            f"{available_s[link.name] / 60:.1f}",
            "-" if highest is None else f"{degrees(highest):.0f}",
            "-" if link.success_fraction is None else f"{link.success_fraction:g}",
        )
    console.print(table)


def _utc(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"


def _instant(day: float, fraction: float) -> str:
    """Return a Julian date [UTC] as text."""
    since_epoch = timedelta(days=day - JULIAN_DATE_UNIX_EPOCH) + timedelta(days=fraction)
    return _utc(datetime(1970, 1, 1, tzinfo=UTC) + since_epoch)
