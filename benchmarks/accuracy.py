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
# Loss [dB] without detector of the downlink from Micius to Xinglong, by slant range [km]: all bins,
# 25 km wide, digitised from S.-K. Liao et al., Nature 549, 43 (2017).
MEASURED_2017 = {
    645: 30.06, 670: 29.82, 695: 30.79, 720: 31.48, 745: 31.14, 770: 31.31, 795: 31.27, 820: 31.18,
    845: 31.98, 870: 32.25, 895: 32.26, 920: 32.52, 945: 33.47, 970: 32.90, 995: 34.19, 1020: 33.73,
    1045: 35.41, 1070: 35.24, 1095: 36.11, 1120: 37.67, 1145: 37.27, 1170: 38.66, 1195: 39.03,
}  # fmt: skip
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
    print_losses(scenario)
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


def print_losses(scenario) -> None:
    """Print the row of all bins, and those of the ends and of the largest deviation."""
    modelled_db = losses_over_xinglong(scenario, list(MEASURED_2017))
    excess_db = modelled_db - np.array(list(MEASURED_2017.values()))
    rms_db = float(np.sqrt(np.mean(excess_db**2)))
    ranges = list(MEASURED_2017)
    print(
        f"| loss from {ranges[0]:,} to {ranges[-1]:,} km, without detector "
        f"| measured over Xinglong in 2017, {len(ranges)} bins "
        f"| mean {excess_db.mean():+.2f} dB, rms {rms_db:.2f} dB, "
        f"{excess_db.min():+.2f} to {excess_db.max():+.2f} dB |"
    )
    for place in sorted({0, int(np.argmax(np.abs(excess_db))), len(ranges) - 1}):
        print(
            f"| loss at {ranges[place]:,} km: {modelled_db[place]:.1f} dB | measured: "
            f"{MEASURED_2017[ranges[place]]:.1f} dB | {excess_db[place]:+.1f} dB |"
        )


def losses_over_xinglong(scenario, ranges_km) -> np.ndarray:
    """Return the modelled losses [dB] within 3 km of each range, over two weeks of passes."""
    grid = TimeGrid(datetime(2016, 9, 17, tzinfo=UTC), 10, 14 * SECONDS_PER_DAY // 10)
    station = Station(name="Xinglong", **XINGLONG)
    there = replace(
        scenario, grid=grid, stations=(station,), links=(Link(name="Xinglong", station="Xinglong"),)
    )
    access, budget = Access(there), DownlinkBudget.of(there)
    blocks = [access.samples(block) for block in access.blocks()]
    range_m = np.concatenate([samples.range_m for samples in blocks])
    elevation_rad = np.concatenate([samples.elevation_rad for samples in blocks])
    loss_db = -10 * np.log10(budget.channel_transmittance(range_m, elevation_rad))
    near = [np.abs(range_m - 1e3 * km) < RANGE_WITHIN_M for km in ranges_km]
    return np.array([loss_db[bin_].mean() for bin_ in near])


if __name__ == "__main__":
    main()
