"""How near the numbers are to named authorities.

    python benchmarks/accuracy.py

Prints the table of the README: geometry against Skyfield with DE421 (``tests/data``), loss
against that measured from Micius in 2017, available time and S-GD totals against the scheduling
paper's.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

import qkdopt as qo
from qkdopt.constants import SECONDS_PER_DAY
from qkdopt.physics import available_seconds
from qkdopt.physics.link import DownlinkBudget
from qkdopt.physics.orbit import (
    Access,
    geodetic_to_earth_fixed,
    look_angles,
    propagate,
    sun_elevation,
    teme_to_earth_fixed,
)
from qkdopt.physics.scenario.link_parts import Link
from qkdopt.physics.scenario.station import Station
from qkdopt.timegrid import TimeGrid

REFERENCE = Path(__file__).parents[1] / "tests" / "data" / "geometry_skyfield.csv"
XINGLONG = {"lat_deg": 40.39587, "lon_deg": 117.57746, "alt_m": 893}
# Slant range [km] and loss [dB] without detector, digitised from the published experiment: the
# ends of the measured pass, and the bin that deviates most.
MEASURED_2017 = ((645, 30.06), (970, 32.90), (1195, 39.03))
RANGE_WITHIN_M = 3e3
PAPER_MINUTES = 204
PAPER_KBIT = {"Urumqi": 7468, "Shanghai": 5781}  # clouds included; ours is clear sky


def main() -> None:
    """Print the table in Markdown."""
    scenario = qo.load_scenario("micius-china-2016")
    elevation_deg, range_km, sun_deg, samples = largest_deviations(scenario)
    minutes = available_seconds(scenario).union_s / 60
    problem = qo.SchedulingProblem.from_keys(qo.compute_keys(scenario))
    outcome = qo.solve(problem, qo.GeneralDelivery())
    delivered = qo.Schedule.create(outcome.certificate.schedule).delivered(problem)
    kbit = dict(zip(problem.targets, (bits / 1e3 for bits in delivered), strict=True))
    print("| what | compared with | deviation |")
    print("|---|---|---|")
    against = f"Skyfield, {samples} samples"
    print(f"| elevation of the satellite | {against} | at most {elevation_deg:.4f} deg |")
    print(f"| slant range | {against} | at most {range_km:.3f} km |")
    print(f"| elevation of the Sun | {against}, DE421 | at most {sun_deg:.4f} deg |")
    for range_km, measured_db in MEASURED_2017:
        modelled_db = loss_over_xinglong(scenario, range_km)
        print(
            f"| loss at {range_km:,} km: {modelled_db:.1f} dB | measured over Xinglong in 2017: "
            f"{measured_db:.1f} dB | {modelled_db - measured_db:+.1f} dB |"
        )
    print(
        f"| time in view and dark: {minutes:.1f} min | [1]: {PAPER_MINUTES} min "
        f"| {minutes / PAPER_MINUTES - 1:+.1%} |"
    )
    for city, printed in PAPER_KBIT.items():
        print(
            f"| S-GD, {city}: {kbit[city]:,.0f} kbit (clear sky) | [1], genetic algorithm, with "
            f"clouds: {printed:,} kbit | {kbit[city] / printed - 1:+.1%} |"
        )


def largest_deviations(scenario) -> tuple[float, float, float, int]:
    """Return the largest errors of elevation [deg], range [km], Sun [deg], and the samples."""
    stations = {station.name: station for station in scenario.stations}
    satrec = scenario.satellite.elements.satrec("reference")
    day = scenario.grid.start_julian_date[0]
    worst = np.zeros(3)
    with REFERENCE.open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["city"] in stations]
    for row in rows:
        station = stations[row["city"]]
        place, axes = geodetic_to_earth_fixed(
            station.latitude_rad, station.longitude_rad, station.alt_m
        )
        instant = datetime.fromisoformat(row["time_utc"])
        second = np.array([(instant - scenario.grid.start_utc).total_seconds()])
        position, _, fraction = propagate(satrec, scenario.grid, second, "reference")
        fixed = teme_to_earth_fixed(position, day, fraction, scenario.ut1_minus_utc_s)
        elevation, _, range_m = look_angles(fixed, place, axes)
        sun = sun_elevation(day, fraction, axes, scenario.ut1_minus_utc_s)
        errors = (
            np.degrees(elevation[0]) - float(row["elevation_deg"]),
            range_m[0] / 1e3 - float(row["range_km"]),
            np.degrees(sun[0]) - float(row["sun_elevation_deg"]),
        )
        worst = np.maximum(worst, np.abs(errors))
    return *worst.tolist(), len(rows)


def loss_over_xinglong(scenario, range_km: float) -> float:
    """Return the modelled loss [dB] within 3 km of a range, over two weeks of passes."""
    grid = TimeGrid(datetime(2016, 9, 17, tzinfo=UTC), 10, 14 * SECONDS_PER_DAY // 10)
    station = Station(name="Xinglong", **XINGLONG)
    there = replace(
        scenario, grid=grid, stations=(station,), links=(Link(name="Xinglong", station="Xinglong"),)
    )
    access, budget = Access(there), DownlinkBudget.of(there)
    losses = []
    for samples in map(access.samples, access.blocks()):
        near = np.abs(samples.range_m - 1e3 * range_km) < RANGE_WITHIN_M
        share = budget.channel_transmittance(samples.range_m[near], samples.elevation_rad[near])
        losses.append(-10 * np.log10(share))
    return float(np.concatenate(losses).mean())


if __name__ == "__main__":
    main()
