"""The key tensor, against the same geometry through Skyfield's array interface."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from figures import Figure, median_seconds, medians_in_turn
from skyfield.api import EarthSatellite, load, wgs84

import qkdopt as qo
from qkdopt.constants import SECONDS_PER_DAY
from qkdopt.physics.orbit import Access

YEAR_DAYS = 365


def measure(quick: bool) -> list[Figure]:
    """Return the figures of the physics."""
    scenario = qo.load_scenario("micius-china-2016")
    own = each_its_own(scenario)
    week, both, reference, individuals = medians_in_turn(
        [
            lambda: qo.compute_keys(scenario, workers=1),
            lambda: qo.compute_keys(scenario),
            skyfield_geometry(scenario),
            lambda: qo.compute_keys(own, workers=1),
        ],
        5,
    )
    figures = [
        Figure("key tensor of the week, one thread", week, "s", 0.5),
        Figure("key tensor of the week, all cores", both, "s"),
        Figure("  Skyfield, elevation and range alone", reference / week, "x", 20, True),
        Figure("  every station with settings of its own", individuals / week, "x", 1.5),
    ]
    month = qo.load_scenario("iberia-2025")
    seconds = median_seconds(lambda: qo.compute_keys(month), 3)
    figures.append(Figure("key tensor of a month, three pairs (BBM92 exact)", seconds, "s", 5))
    if not quick:
        figures.append(Figure("key tensor of a year", year_seconds(scenario), "s", 2))
        figures.append(Figure("  and its own at each station", year_seconds(own), "s", 2))
    return figures


def each_its_own(scenario):
    """Return the scenario with telescope, detector, horizon and air of its own at each station."""
    settings: dict[str, object] = {}
    for number, station in enumerate(scenario.stations):
        name = f"station.{station.name}"
        settings |= {
            f"{name}.optics.receiver_diameter_m": 1.0 + 0.01 * number,
            f"{name}.detector.dark_count_rate_hz": 25 + number,
            f"{name}.misalignment_error": 0.015 + 1e-4 * number,
            f"{name}.atmosphere.zenith_extinction_nepers": 0.5 - 0.01 * number,
            f"{name}.visibility.minimum_elevation_deg": [[0, 10], [90, 10 + 0.1 * number]],
            f"{name}.visibility.station_sun_below_deg": -0.833 - 0.01 * number,
        }
    return scenario.with_settings(settings)


def skyfield_geometry(scenario):
    """Return a call of Skyfield on the seconds in which a city can be served, found beforehand.

    It gives elevation and range of the eleven cities at one shared array of instants, so its
    rotation matrices are computed once. The search for passes, the Sun, link and protocol are
    left out on its side and counted on ours.
    """
    lines = dict(scenario.satellite.elements.record)
    timescale = load.timescale(builtin=True)
    satellite = EarthSatellite(lines["1"], lines["2"], ts=timescale)
    access = Access(scenario)
    seconds = np.unique(np.concatenate([access.samples(b).second for b in access.blocks()]))
    start = scenario.grid.start_utc
    places = [wgs84.latlon(s.lat_deg, s.lon_deg, s.alt_m) for s in scenario.stations]

    def geometry() -> None:
        instants = timescale.utc(start.year, start.month, start.day, second=seconds + 0.5)
        for place in places:
            (satellite - place).at(instants).altaz()

    return geometry


def year_seconds(scenario) -> float:
    """Time one satellite and eleven cities over a year."""
    count = YEAR_DAYS * SECONDS_PER_DAY // scenario.grid.interval_s
    year = replace(scenario, grid=replace(scenario.grid, count=count))
    return median_seconds(lambda: qo.compute_keys(year), 1)
