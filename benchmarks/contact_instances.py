"""Contact instances in the layout of Kamke's data, drawn from a seed.

A day of a polar satellite over a hundred European nodes: six or seven orbits within reach, about
sixty overlapping passes in each, volumes of key that fall off steeply with the distance of the
node from the track and are 0 in daylight, priorities of two decimals, and for every application
of a node one target that exchanges keys and one that only needs light.

    python benchmarks/contact_instances.py [--seed N] [--applications 80] -o instance.json
"""

from __future__ import annotations

import argparse
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

NODES = 100
ORBIT_S = 5650
FIRST_ORBIT_S = 1800
ORBITS = 16
SWATH_KM = 1900.0
LONGEST_PASS_S = 450.0
GROUND_SPEED_KM_S = 7.0
STEP_S = 5


def draw_instance(seed: int, applications: int = 80, passes: int = 400) -> list[dict[str, Any]]:
    """Return one instance as Kamke's JSON has it; at most ``passes`` passes, the first ones."""
    rng = np.random.default_rng(seed)
    east_km = rng.uniform(-1800.0, 1800.0, NODES)  # of 10 degrees east
    north_km = rng.uniform(-1600.0, 1600.0, NODES)  # of 50 degrees north
    found = []
    for orbit in range(ORBITS):
        began = FIRST_ORBIT_S + orbit * ORBIT_S
        track_km = 14000.0 * (((orbit + 0.35) * 0.065) % 0.5 - 0.2)  # both halves of a day
        dark = (began % 86400) < 6.5 * 3600 or began > 18 * 3600
        found += _passes_of(rng, orbit, began, track_km, dark, east_km, north_km)
    found = sorted(found, key=lambda item: (item["startTime"], item["nodeId"]))[:passes]
    targets = []
    for application in range(NODES * applications):
        for operation in ("QKD", "OPTICAL_ONLY"):
            targets.append(
                {
                    "id": len(targets),
                    "applicationId": application,
                    "priority": int(rng.integers(1, 100)) / 100,
                    "nodeId": application // applications,
                    "requestedOperation": operation,
                }
            )
    return [
        {
            "problem_instance_id": f"drawn-{seed}",
            "coverage_start": "2024-01-15T00:00:00",
            "coverage_end": "2024-01-16T00:00:00",
            "satellite_passes": found,
            "service_targets": targets,
        }
    ]


def draw_scarce(
    seed: int, *, nodes: int, passes: int, horizon_s: int, targets_per_node: int
) -> list[dict[str, Any]]:
    """Return an instance in the same layout where targets are scarce, so that passes compete.

    Passes of one to seven minutes at any time over any node, three in ten without key, and a few
    targets at each node, QKD or not: job-interval selection, which is hard.
    """
    rng = np.random.default_rng(seed)
    midnight = datetime(2024, 1, 15)
    found = []
    for i in range(passes):
        start = int(rng.integers(horizon_s))
        end = start + int(rng.integers(60, 400))
        volume = 0.0 if rng.random() < 0.3 else float(rng.uniform(0.5, 3.0))
        found.append(
            {
                "id": i,
                "nodeId": int(rng.integers(nodes)),
                "startTime": (midnight + timedelta(seconds=start)).isoformat(),
                "endTime": (midnight + timedelta(seconds=end)).isoformat(),
                "achievableKeyVolume": volume,
                "orbitId": 0,
            }
        )
    targets = [
        {
            "id": i,
            "applicationId": i,
            "priority": int(rng.integers(1, 100)) / 100,
            "nodeId": i // targets_per_node,
            "requestedOperation": "QKD" if rng.random() < 0.5 else "OPTICAL_ONLY",
        }
        for i in range(nodes * targets_per_node)
    ]
    return [
        {
            "problem_instance_id": f"scarce-{seed}",
            "coverage_start": midnight.isoformat(),
            "satellite_passes": found,
            "service_targets": targets,
        }
    ]


def _passes_of(
    rng: np.random.Generator,
    orbit: int,
    began_s: int,
    track_km: float,
    dark: bool,
    east_km: Any,
    north_km: Any,
) -> list[dict[str, Any]]:
    midnight = datetime(2024, 1, 15)
    found = []
    for node in range(NODES):
        off = abs(east_km[node] - track_km) / SWATH_KM
        length = LONGEST_PASS_S * np.sqrt(max(0.0, 1 - off**2))
        if length < 12 * STEP_S:
            continue
        middle = began_s + (north_km[node] + 1600.0) / GROUND_SPEED_KM_S
        start, end = (
            STEP_S * round(float(x) / STEP_S) for x in (middle - length / 2, middle + length / 2)
        )
        volume = 5e5 * (1 - off**2) ** 3 * rng.uniform(0.8, 1.0) if dark else 0.0
        found.append(
            {
                "id": orbit * NODES + node,
                "nodeId": node,
                "startTime": (midnight + timedelta(seconds=start)).isoformat(),
                "endTime": (midnight + timedelta(seconds=end)).isoformat(),
                "achievableKeyVolume": float(volume),
                "orbitId": orbit,
            }
        )
    return found


def main() -> None:
    """Write one instance."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--applications", type=int, default=80)
    parser.add_argument("--passes", type=int, default=400)
    parser.add_argument("-o", "--output", type=Path, required=True)
    given = parser.parse_args()
    instance = draw_instance(given.seed, given.applications, given.passes)
    given.output.write_text(json.dumps(instance, indent=4), encoding="utf-8")


if __name__ == "__main__":
    main()
