"""How near the numbers are to named authorities.

    python benchmarks/accuracy.py

Prints the table of the README: geometry against Skyfield with DE421 (``tests/data``), the
available time and the S-GD total against the scheduling paper's.
"""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

import numpy as np

import qkdopt as qo
from qkdopt.physics import available_seconds
from qkdopt.physics.orbit import (
    geodetic_to_earth_fixed,
    look_angles,
    propagate,
    sun_elevation,
    teme_to_earth_fixed,
)

REFERENCE = Path(__file__).parents[1] / "tests" / "data" / "geometry_skyfield.csv"
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
    satrec = scenario.satellites[0].elements.satrec("reference")
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


if __name__ == "__main__":
    main()
