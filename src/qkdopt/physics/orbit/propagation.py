"""SGP4 over whole arrays of instants, its error codes tested at every one."""

from typing import Any

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.constants import SECONDS_PER_DAY
from qkdopt.physics.orbit import _kernels
from qkdopt.physics.orbit.plausible import RadiusLimits
from qkdopt.physics.scenario import Scenario
from qkdopt.timegrid import TimeGrid

_METRES_PER_KM = 1000.0
NODE_STEP_S = 10
"""SGP4 is evaluated this often [s]; positions are interpolated between."""

_LIFETIME_STEPS_PER_DAY, _MOST_LIFETIME_STEPS = 8, 8192


def propagate(
    satrec: object, grid: TimeGrid, seconds: Floats, where: str
) -> tuple[Floats, Floats, Floats]:
    """Return positions and velocities in TEME, and each instant as a fraction of a day.

    Parameters
    ----------
    satrec
        An ``sgp4.api.Satrec``.
    grid
        Gives the start of the horizon.
    seconds
        Instants [s] after the start, shape ``(T,)``.
    where
        File and satellite, for the error.

    Returns
    -------
    tuple
        Positions [m] and velocities [m/s], shape ``(T, 3)``; fractions of a day after
        ``grid.start_julian_date[0]`` (UTC), shape ``(T,)``, that may exceed 1.

    Raises
    ------
    InputError
        At the first instant for which SGP4 reports an error, or at which the satellite is
        where its elements do not let it be (see :mod:`qkdopt.physics.orbit.plausible`):
        a decayed orbit, for example, otherwise returns ordinary numbers.
    """
    day, fraction = grid.start_julian_date
    fractions = fraction + seconds / SECONDS_PER_DAY
    position_km, velocity_km_per_s = _checked(satrec, day, fractions, where)
    return position_km * _METRES_PER_KM, velocity_km_per_s * _METRES_PER_KM, fractions


def check_lifetime(satrec: Any, grid: TimeGrid, where: str) -> None:
    """Refuse an orbit that ended between the epoch of its elements and the horizon.

    Long after decay SGP4's numbers may resemble an orbit again.

    Raises
    ------
    InputError
        As :func:`propagate`, at an instant between the two.
    """
    day, fraction = grid.start_julian_date
    epoch = (satrec.jdsatepoch - day) + satrec.jdsatepochF
    nearest = min(max(epoch, fraction), fraction + grid.duration_s / SECONDS_PER_DAY)
    steps = int(abs(nearest - epoch) * _LIFETIME_STEPS_PER_DAY) + 1
    path = np.linspace(epoch, nearest, min(steps, _MOST_LIFETIME_STEPS))
    _checked(satrec, day, np.concatenate([[nearest], path]), where)  # the horizon's instant first


def check_orbit(scenario: Scenario) -> None:
    """Refuse a scenario with a satellite whose orbit ended before the horizon.

    Raises
    ------
    InputError
        As :func:`check_lifetime`.
    """
    for satellite in scenario.satellites:
        where = f"{scenario.origin}: {satellite.name}"
        check_lifetime(satellite.elements.satrec(where), scenario.grid, where)


def _checked(satrec: Any, day: float, fractions: Floats, where: str) -> tuple[Floats, Floats]:
    """Return positions [km] and velocities [km/s] of an orbit that exists at every instant."""
    days = np.full(len(fractions), day)
    codes, position_km, velocity_km_per_s = satrec.sgp4_array(days, fractions)
    RadiusLimits(satrec).check(day, fractions, position_km, codes, where)
    return position_km, velocity_km_per_s


def propagate_each_second(
    satrec: object, grid: TimeGrid, first: int, last: int, where: str
) -> tuple[Floats, Floats]:
    """Return positions in TEME in the middle of each second, and fractions of a day.

    SGP4 runs every 10 s; cubic Hermite interpolation between uses its velocities too.
    In low orbit that is off by centimetres (``benchmarks/decisions/interpolation.py``), SGP4
    itself by about a kilometre.

    Parameters
    ----------
    satrec, grid, where
        As in :func:`propagate`.
    first, last
        First second, and first second after, counted from the start.

    Returns
    -------
    tuple
        Positions [m], shape ``(last - first, 3)``; fractions as from :func:`propagate`.

    Raises
    ------
    InputError
        As :func:`propagate`.
    """
    count = last - first
    steps = np.arange((count - 1) // NODE_STEP_S + 2, dtype=np.float64)
    nodes = first + 0.5 + NODE_STEP_S * steps
    position_m, velocity_m_per_s, _ = propagate(satrec, grid, nodes, where)
    _, fraction = grid.start_julian_date
    fractions = fraction + (np.arange(first, last) + 0.5) / SECONDS_PER_DAY
    return _kernels.interpolate(position_m, velocity_m_per_s, NODE_STEP_S, count), fractions
