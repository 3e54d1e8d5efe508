"""Rows for receivers that satellites share; every formulation has the same.

A *slot* is a station in an interval, ``c`` the receivers of the station, and ``t'`` the intervals
that a receiver needs from one satellite to another:

    receive   sum of x[n, a] over the uses of a slot <= c                           t' = 0
    engage    sum of x[n, a] over the uses of a satellite's slot <= point           t' > 0

with ``point`` and its rows as in :mod:`qkdopt.optimize.formulations.turns`, for the satellites that
the station's receivers point at, ``c`` at a time. *They state the problem:* if each of
``t' + 1`` consecutive intervals ending with a serves one of more than c different satellites, each
of these still has ``point`` = 1 in a, or ``gone`` counts it between its service and a, and
``turn`` of a is violated. Conversely a receiver points at each of its satellites from the first to
the last of services at most t' apart. For one station the rows are ideal by the argument of
``pointing``, with a flow of c units; together with the satellites' own they are not.
"""

import numpy as np
import pyomo.environ as pyo

from qkdopt.arrays import Bools, Integers
from qkdopt.optimize.formulations.directions import directions
from qkdopt.optimize.formulations.servable import Servable
from qkdopt.optimize.formulations.templates import Row, add_limits, add_rows
from qkdopt.optimize.formulations.turns import add_turns
from qkdopt.optimize.problem.receivers import SharedReceivers


def add_receivers(model: pyo.ConcreteModel, shared: SharedReceivers, sets: Servable) -> None:
    """Add ``receive`` where receivers turn at once, and ``engage`` with turns where they do not."""
    known = set(sets.pairs)
    uses: dict[int, list[tuple[int, int]]] = {}
    for row, column, slot in zip(
        shared.row.tolist(), shared.column.tolist(), shared.slot.tolist(), strict=True
    ):
        if (column, row) in known:
            uses.setdefault(slot, []).append((column, row))
    turning = shared.tau > 0
    most = {
        slot: int(shared.receivers[slot])
        for slot, cells in sorted(uses.items())
        if not turning[slot] and len(cells) > shared.receivers[slot]
    }
    model.uses = pyo.Set(sorted(uses), initialize=uses, dimen=2)
    add_limits(
        model, "receive", most, lambda model, slot: sum(model.x[n, a] for n, a in model.uses[slot])
    )
    slots = np.array([slot for slot in sorted(uses) if turning[slot]], np.int64)
    if slots.size:
        _add_engagements(model, shared, slots)


def _add_engagements(model: pyo.ConcreteModel, shared: SharedReceivers, slots: Integers) -> None:
    """Add the turns of receivers, station after station on an axis of its own."""
    station, interval = shared.station[slots], shared.interval[slots]
    first: Bools = np.diff(station * (interval.max() + 1) + interval, prepend=-1) != 0
    place = np.cumsum(first) - 1
    tau, span = shared.tau[slots][first], int(np.ptp(interval))
    time = interval[first] + station[first] * (span + int(tau.max()) + 1)
    visits = list(zip(shared.satellite[slots].tolist(), place.tolist(), strict=True))
    most = shared.receivers[slots][first].tolist()
    point = add_turns(model, directions(visits, time, tau), most, "receiver_")

    def engage(model: pyo.ConcreteModel, slot: int, satellite: int, place: int) -> Row:
        return sum(model.x[n, a] for n, a in model.uses[slot]) - point[satellite, place] <= 0

    rows = [(slot, *visit) for slot, visit in zip(slots.tolist(), visits, strict=True)]
    add_rows(model, "engage", rows, engage)
