"""Verdict: SGP4 every 10 s with Hermite interpolation is within 3 cm of SGP4 every second.

That is for Micius, and 1.5 m at the perigee of a Molniya orbit, where SGP4's velocity is less
exactly the derivative of its position. SGP4 itself is good to about a kilometre. It leaves a
tenth of the calls to SGP4, which holds the interpreter lock.

    python benchmarks/decisions/interpolation.py
"""

from __future__ import annotations

import numpy as np
from sgp4.api import Satrec

import qkdopt as qo
from qkdopt.physics.orbit.propagation import propagate, propagate_each_second
from qkdopt.timegrid import TimeGrid

DAY_S = 86_400


def main() -> None:
    """Compare both on a day of Micius and of a very eccentric orbit."""
    scenario = qo.load_scenario("micius-china-2016")
    micius = scenario.satellite.elements.satrec("micius")
    print(f"Micius, one day: at most {1e3 * largest_error(micius, scenario.grid):.2f} mm")
    eccentric = Satrec.twoline2rv(*MOLNIYA)
    print(f"Molniya, one day: at most {1e3 * largest_error(eccentric, scenario.grid):.2f} mm")


def largest_error(satrec: Satrec, grid: TimeGrid) -> float:
    """Return the largest distance [m] between both ways."""
    exact, _, _ = propagate(satrec, grid, np.arange(DAY_S) + 0.5, "decision")
    quick, _ = propagate_each_second(satrec, grid, 0, DAY_S, "decision")
    return float(np.linalg.norm(exact - quick, axis=1).max())


# Constructed: 63.4 deg, eccentricity 0.72, two revolutions a day, epoch of the example.
MOLNIYA = (
    "1 99999U 16001A   16266.50000000  .00000000  00000-0  00000-0 0  9995",
    "2 99999  63.4000 120.0000 7200000 270.0000  10.0000  2.00600000    15",
)


if __name__ == "__main__":
    main()
