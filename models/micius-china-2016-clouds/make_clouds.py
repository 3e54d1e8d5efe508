"""Write ``clouds.csv``: SYNTHETIC cloud codes for the Micius week, seeded, no measurement.

A Gaussian field over the stations and time, with exponential correlation (8 h, 500 km), is
conditioned on what the scheduling paper says about three cities, and mapped to codes: clear
half of the time, overcast (150) a twentieth, linear in the quantile between. Correlation
lengths and shares are assumptions.

    python models/micius-china-2016-clouds/make_clouds.py
"""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

from qkdopt.files import write_text

HERE = Path(__file__).parent
SEED = 20160919
STEP = timedelta(minutes=10)
HOURS, KILOMETRES = 8.0, 500.0
CLEAR_SHARE, OVERCAST_SHARE, OVERCAST = 0.5, 0.05, 150
NORMAL = NormalDist()

# The scheduling paper: on the 23rd clouds cost 4.7 dB at Xi'an (code 99) and 2.1 dB at
# Chengdu (code 57) while both are in view (16:34 to 16:39 UTC); on the 24th neither makes a
# key; thin clouds over Wuhan. The code for "thin" is an assumption.
FACTS = (
    ("Xi'an", "2016-09-23T16:30Z", "2016-09-23T16:40Z", 99),
    ("Chengdu", "2016-09-23T16:30Z", "2016-09-23T16:40Z", 57),
    ("Wuhan", "2016-09-23T16:30Z", "2016-09-23T16:40Z", 12),
    ("Xi'an", "2016-09-24T10:00Z", "2016-09-24T23:00Z", OVERCAST),
    ("Chengdu", "2016-09-24T10:00Z", "2016-09-24T23:00Z", OVERCAST),
    ("Wuhan", "2016-09-24T10:00Z", "2016-09-24T23:00Z", 12),
)


def main() -> None:
    """Write the file beside this script."""
    write_text(HERE / "clouds.csv", table(tomllib.loads((HERE / "scenario.toml").read_text())))


def table(tables: dict[str, Any]) -> str:
    """Return the file's text."""
    start = tables["horizon"]["start_utc"]
    count = int(timedelta(days=tables["horizon"]["duration_days"]) / STEP)
    stations = tables["station"]
    names = [item["name"] for item in stations]
    codes = synthetic_codes(stations, count, start)
    lines = [
        "# SYNTHETIC cloud codes (0 clear, 150 blocks everything). Not measured: a seeded random",
        "# field forced to published facts for three cities; see make_clouds.py.",
        ",".join(["time_utc", *names]),
    ]
    for step, row in enumerate(codes):
        instant = f"{start + step * STEP:%Y-%m-%dT%H:%M:%SZ}"
        lines.append(",".join([instant, *map(str, row)]))
    return "\n".join(lines) + "\n"


def synthetic_codes(stations: list[dict[str, Any]], count: int, start: datetime) -> np.ndarray:
    """Return whole codes, shape ``(count, number of stations)``."""
    rng = np.random.default_rng(SEED)
    hours = np.arange(count) * (STEP / timedelta(hours=1))
    in_time = np.exp(-np.abs(hours[:, None] - hours) / HOURS)
    in_space = np.exp(-distances_km(stations) / KILOMETRES)
    noise = rng.standard_normal((count, len(stations)))
    field = np.linalg.cholesky(in_time) @ noise @ np.linalg.cholesky(in_space).T
    steps, places, wanted = pins([item["name"] for item in stations], start)
    between = in_time[np.ix_(steps, steps)] * in_space[np.ix_(places, places)]
    weights = np.linalg.solve(between, wanted - field[steps, places])
    field += (in_time[:, steps] * weights) @ in_space[places]
    return np.array([[code(value) for value in row] for row in field.tolist()])


def distances_km(stations: list[dict[str, Any]]) -> np.ndarray:
    """Return great-circle distances on a sphere of 6,371 km."""
    lat, lon = (np.radians([s[key] for s in stations]) for key in ("lat_deg", "lon_deg"))
    unit = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    return 6371.0 * np.arccos(np.clip(unit.T @ unit, -1.0, 1.0))


def pins(names: list[str], start: datetime) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return step, station and field value of every forced code."""
    rows = []
    for name, begin, end, value in FACTS:
        first, last = ((datetime.fromisoformat(t) - start) // STEP for t in (begin, end))
        rows += [(step, names.index(name), field_value(value)) for step in range(first, last + 1)]
    steps, places, wanted = zip(*rows, strict=True)
    return np.array(steps), np.array(places), np.array(wanted)


def code(value: float) -> int:
    """Return the code of a standard normal value."""
    share = (NORMAL.cdf(value) - CLEAR_SHARE) / (1 - CLEAR_SHARE - OVERCAST_SHARE)
    return round(OVERCAST * min(max(share, 0.0), 1.0))


def field_value(wanted: int) -> float:
    """Return a value whose code is ``wanted``: for overcast, the middle of its share."""
    if wanted == OVERCAST:
        return NORMAL.inv_cdf(1 - OVERCAST_SHARE / 2)
    return NORMAL.inv_cdf(CLEAR_SHARE + wanted / OVERCAST * (1 - CLEAR_SHARE - OVERCAST_SHARE))


if __name__ == "__main__":
    main()
