"""``qkdopt check``: what a scenario means, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from qkdopt.cli.options import ScenarioArgument

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qkdopt.physics import Scenario

__all__ = ["EXAMPLES", "check_command"]

EXAMPLES = ("qkdopt check micius-china-2016", "qkdopt check my/scenario.toml")


def check_command(scenario: ScenarioArgument) -> None:
    """Load and validate a scenario; say what it means and when links can work."""
    from qkdopt.cli.console import say, shown_warnings
    from qkdopt.cli.inputs import given_scenario

    given = given_scenario(scenario)
    for line in _meaning(given):
        say(line)
    with shown_warnings():
        _print_passes(given)


def _meaning(scenario: Scenario) -> Iterator[str]:
    from qkdopt.study import operations_of

    grid = scenario.grid
    yield f"{scenario.title}: {' '.join(scenario.description.split())}".rstrip(": ")
    for satellite in scenario.satellites:
        record = satellite.elements.satrec(scenario.origin)
        epoch = _instant(record.jdsatepoch, record.jdsatepochF)
        yield f"satellite: {satellite.name}, catalogue number {record.satnum}, elements of {epoch}"
    yield (
        f"horizon: {_utc(grid.start_utc)} to {_utc(grid.end_utc)}, "
        f"{grid.count:,} intervals of {grid.interval_s} s; a hand-over takes {scenario.switch_s} s"
    )
    source, visible = scenario.source, scenario.visibility
    yield f"source: {source.protocol}, {source.pulse_rate_hz / 1e6:g} MHz"
    yield (
        f"visibility: elevation of at least {visible.minimum_elevation_deg:g} deg; "
        f"darkness: {', '.join(visible.darkness)}"
    )
    rules = operations_of(scenario).document()
    yield f"operations: {', '.join(rules) or 'none'}"
    if scenario.clouds is not None:
        yield f"clouds: {scenario.clouds.label}"
    if scenario.losses is not None:
        yield f"further losses: {scenario.losses.model_dump_json(exclude_none=True)}"
    weights = "with" if scenario.weights else "without"
    yield f"links: {len(scenario.links)} of {len(scenario.stations)} stations, {weights} weights"


def _print_passes(scenario: Scenario) -> None:
    from qkdopt.cli.console import new_table, output, say
    from qkdopt.physics import available_seconds, passes

    time, found = available_seconds(scenario), passes(scenario)
    console = output()
    table = new_table(console)
    table.add_column("station", overflow="fold")
    for heading in ("latitude\n[deg]", "longitude\n[deg]", "passes\n", "available\n[min]"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("highest\n[deg]", justify="right", no_wrap=True)
    for station in scenario.stations:
        own = [item for item in found if item.station == station.name]
        highest = max((item.maximum_elevation_rad for item in own), default=None)
        table.add_row(
            station.name,
            f"{station.lat_deg:.3f}",
            f"{station.lon_deg:.3f}",
            str(len(own)),
            f"{time.by_station_s[station.name] / 60:.1f}",
            "-" if highest is None else f"{_degrees(highest):.0f}",
        )
    console.print(table)
    say(f"available (at least one station): {time.union_s / 60:.1f} min")


def _degrees(angle_rad: float) -> float:
    from math import degrees

    return degrees(angle_rad)


def _utc(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"


def _instant(day: float, fraction: float) -> str:
    """Return a Julian date [UTC] as text."""
    from qkdopt.constants import JULIAN_DATE_UNIX_EPOCH

    since_epoch = timedelta(days=day - JULIAN_DATE_UNIX_EPOCH) + timedelta(days=fraction)
    return _utc(datetime(1970, 1, 1, tzinfo=UTC) + since_epoch)
