"""SGP4 over whole arrays of instants, its error codes tested at every one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
from sgp4.api import SGP4_ERRORS

from qkdopt.arrays import Floats
from qkdopt.constants import SECONDS_PER_DAY
from qkdopt.errors import InputError
from qkdopt.physics.orbit import _kernels
from qkdopt.timegrid import TimeGrid

__all__ = ["propagate", "propagate_each_second"]

_METRES_PER_KM = 1000.0
_NODE_STEP_S = 10


def propagate(
    satrec: Any, grid: TimeGrid, seconds: Floats, where: str
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
        At the first instant for which SGP4 reports an error: a decayed orbit, for example,
        otherwise returns ordinary numbers.
    """
    day, fraction = grid.start_julian_date
    fractions = fraction + seconds / SECONDS_PER_DAY
    codes, position_km, velocity_km_per_s = satrec.sgp4_array(np.full(len(seconds), day), fractions)
    finite = np.isfinite(position_km).all(axis=1) & np.isfinite(velocity_km_per_s).all(axis=1)
    bad = np.flatnonzero((codes != 0) | ~finite)
    if bad.size:
        first = int(bad[0])
        instant = grid.start_utc + timedelta(seconds=float(seconds[first]))
        code = int(codes[first])
        meaning = SGP4_ERRORS.get(code, "a position that is not finite")
        came = f"SGP4 error {code} at {instant:%Y-%m-%dT%H:%M:%SZ}"
        raise InputError(f"{where}: {meaning}", came, "an orbit that lasts the whole horizon")
    return position_km * _METRES_PER_KM, velocity_km_per_s * _METRES_PER_KM, fractions


def propagate_each_second(
    satrec: Any, grid: TimeGrid, first: int, last: int, where: str
) -> tuple[Floats, Floats]:
    """Return positions in TEME in the middle of each second, and fractions of a day.

    SGP4 is asked every 10 s; cubic Hermite interpolation between uses its velocities too.
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
    steps = np.arange((count - 1) // _NODE_STEP_S + 2, dtype=np.float64)
    nodes = first + 0.5 + _NODE_STEP_S * steps
    position_m, velocity_m_per_s, _ = propagate(satrec, grid, nodes, where)
    _, fraction = grid.start_julian_date
    fractions = fraction + (np.arange(first, last) + 0.5) / SECONDS_PER_DAY
    return _kernels.interpolate(position_m, velocity_m_per_s, _NODE_STEP_S, count), fractions
