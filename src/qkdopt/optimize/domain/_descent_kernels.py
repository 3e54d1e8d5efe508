"""Prices of shared receivers by deflected subgradients, one component at a time, compiled.

Arrays in, arrays out; ``A`` active intervals, ``C`` cells, ``S`` slots, ``K`` components, ``P``
plans: the slots of a station with a set-up time in one component.
"""

from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.compiled import kernel
from qkdopt.optimize.domain._joint_kernels import Cells, best_path, price_cells
from qkdopt.optimize.domain._receiver_kernels import change_uses

_TINY = 1e-12


class Market(NamedTuple):
    """Who uses receivers, and what is paid for them.

    Attributes
    ----------
    cells
        Of all satellites.
    row
        First interval of each component, then ``A``.
    slot_first, slot
        The slots of component ``k`` are ``slot[slot_first[k] : slot_first[k + 1]]``.
    at_once
        Receivers of each slot without a set-up time, else 0; shape ``(S,)``.
    plans, plan_slot, plan_begin
        Slots with set-up times as cells of paths whose links are satellites, the number of each,
        and the first interval of each plan, then all; shapes ``(P + 1,)``.
    plan_first, receivers
        First plan of each component, then ``P``; and the receivers of each plan's station.
    """

    cells: Cells
    row: Integers
    slot_first: Integers
    slot: Integers
    at_once: Floats
    plans: Cells
    plan_slot: Integers
    plan_begin: Integers
    plan_first: Integers
    receivers: Integers


class Steps(NamedTuple):
    """Part of the last direction kept; what a step is multiplied by after so many sweeps."""

    deflection: float
    fading: float
    patience: int


class Descent(NamedTuple):
    """Where components are.

    Attributes
    ----------
    price, bound
        The best prices ``(S,)`` and their bounds ``(K,)``.
    value
        What a schedule gains, or less, shape ``(K,)``.
    trial, direction, spare
        The prices looked at, the way they went there, and how many more uses there were room for
        at the prices looked at last; shape ``(S,)``.
    factor, stalled
        Of Polyak's step, and sweeps since the bound fell; shape ``(K,)``.
    priced, held, best, served
        Of cells and intervals at the prices looked at last; see :mod:`._joint_kernels`.
    """

    price: Floats
    bound: Floats
    value: Floats
    trial: Floats
    direction: Floats
    spare: Floats
    factor: Floats
    stalled: Integers
    priced: Floats
    held: Floats
    best: Floats
    served: Integers


@kernel
def _pay(market: Market, price: Floats, k: int, spare: Floats) -> float:
    """Return what the stations of a component are paid at most, and fill for how many uses."""
    paid = 0.0
    for i in range(market.slot_first[k], market.slot_first[k + 1]):
        j = market.slot[i]
        paid += price[j] * market.at_once[j]
        spare[j] = market.at_once[j]
    first, end = market.plan_first[k], market.plan_first[k + 1]
    if first == end:
        return paid
    plans, begin = market.plans, market.plan_begin
    cost, held = np.empty(plans.row.size), np.empty(plans.row.size)
    best, served = np.empty(plans.ready.size), np.empty(plans.ready.size, np.int64)
    for p in range(first, end):
        for c in range(plans.first[begin[p]], plans.first[begin[p + 1]]):
            cost[c] = price[market.plan_slot[c]]
        worth = best_path(plans, cost, begin[p], begin[p + 1], held, best, served)
        paid += market.receivers[p] * worth
        for c in served[begin[p] : begin[p + 1]]:
            if c >= 0:
                spare[market.plan_slot[c]] = market.receivers[p]
    return paid


@kernel
def pay_stations(market: Market, price: Floats, spare: Floats, paid: Floats) -> None:
    """Fill what stations are paid at most by component ``(K,)``, and for how many uses ``(S,)``."""
    for k in range(paid.size):
        paid[k] = _pay(market, price, k, spare)


@kernel
def _bound(market: Market, gain: Floats, k: int, descent: Descent) -> float:
    """Return what no schedule of a component gains more than at the trial prices."""
    cells, first, end = market.cells, market.row[k], market.row[k + 1]
    priced, served, spare = descent.priced, descent.served, descent.spare
    price_cells(cells, gain, descent.trial, cells.first[first], cells.first[end], priced)
    worth = best_path(cells, priced, first, end, descent.held, descent.best, served)
    worth += _pay(market, descent.trial, k, spare)
    change_uses(cells, served[first:end], -1, spare)
    return worth


@kernel
def step(market: Market, k: int, bound: float, steps: Steps, descent: Descent) -> None:
    """Keep the trial prices of a component if they bound better, and go on to other ones."""
    price, trial, direction = descent.price, descent.trial, descent.direction
    first, end = market.slot_first[k], market.slot_first[k + 1]
    better = bound < descent.bound[k] - _TINY * abs(descent.bound[k])
    descent.stalled[k] = 0 if better else descent.stalled[k] + 1
    if better:
        descent.bound[k] = bound
    back = descent.stalled[k] >= steps.patience
    if back:
        descent.factor[k] *= steps.fading
        descent.stalled[k] = 0
    norm = 0.0
    for i in range(first, end):
        j = market.slot[i]
        if better:
            price[j] = trial[j]
        elif back:
            trial[j] = price[j]
        way = (0.0 if back else steps.deflection * direction[j]) - descent.spare[j]
        direction[j] = 0.0 if trial[j] <= 0.0 and way < 0.0 else way
        norm += direction[j] * direction[j]
    if norm > 0.0:
        length = descent.factor[k] * max(bound - descent.value[k], 0.0) / norm
        for i in range(first, end):
            j = market.slot[i]
            trial[j] = max(trial[j] + length * direction[j], 0.0)


@kernel
def descend(
    market: Market, gain: Floats, k: int, sweeps: int, unit: float, steps: Steps, descent: Descent
) -> None:  # fmt: skip
    """Improve the prices of a component until bound and value are ``unit`` apart."""
    for _ in range(sweeps):
        if descent.bound[k] - descent.value[k] <= unit:
            break
        step(market, k, _bound(market, gain, k, descent), steps, descent)
