"""Anneal a whole schedule, window by window, compiled; ``A`` active intervals, ``T`` targets.

Each window is replaced by the longest path at prices that a guide draws. The types of two named
tuples are what differs from search to search: that of the energy's data (see
:mod:`~qkdopt.optimize.objectives._energy_kernels`) and that of the guide.
"""

from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.compiled import by_type, kernel
from qkdopt.optimize.decomposition._change_kernels import (
    begin,
    change_window,
    note,
    room_for_changes,
    undo,
    write_down,
)
from qkdopt.optimize.decomposition._exact_shares_kernels import ExactMatch
from qkdopt.optimize.decomposition.sharing import end_of_block
from qkdopt.optimize.decomposition.window_path import LONGEST, Cells, room_for
from qkdopt.optimize.objectives._energy_kernels import Data, energy, value
from qkdopt.optimize.objectives._risk_kernels import RiskRewards

# All energies have to be known where a kernel that calls them is compiled.
__all__ = ["Balancing", "ExactMatch", "RiskRewards", "Scatter", "Tangent", "Walk", "walk_windows"]

_LEAST_SHARE = 1e-9
_STEEPEST, _LARGEST_TILT, _TILT_NOISE = 40.0, 3.0, 0.5


class Walk(NamedTuple):
    """First and last heat, how many windows, and how large.

    Attributes
    ----------
    octaves
        A window has 2 to ``2^(1 + octaves)`` intervals, evenly by size.
    enough
        An energy at which the walk ends.
    """

    hot: float
    cold: float
    steps: int
    octaves: float
    enough: float = np.inf


class Scatter(NamedTuple):
    """Prices whose logarithms scatter about those of ``base`` by up to ``noise``."""

    base: Floats
    noise: float


class Tangent(NamedTuple):
    """Prices tangent to the divergence where the schedule stands, a part of it, and noise.

    Attributes
    ----------
    wanted
        Shares ``q > 0`` of the targets.
    kl_max, flattest, steepest
        Largest divergence [nats], and the least and most bits that a bit of excess costs.
    noise
        Largest standard deviation; half of all are below an eighth of it.
    """

    wanted: Floats
    kl_max: float
    flattest: float
    steepest: float
    noise: float


class Balancing(NamedTuple):
    """Prices of ``base``, higher where bits of ``need`` are missing, and noise."""

    base: Floats
    need: Floats


@by_type
def draw_prices(guide: Data, bits: Floats, random: np.random.Generator, price: Floats) -> None:
    """Fill the prices for the next window, given what the schedule delivers; shapes ``(T,)``."""
    raise NotImplementedError(type(guide).__name__)


@draw_prices.register
def _scattered(guide: Scatter, bits: Floats, random: np.random.Generator, price: Floats) -> None:
    base, scatter = guide.base, guide.noise * random.random()
    for n in range(price.size):
        price[n] = base[n] * np.exp(scatter * random.standard_normal())


@draw_prices.register
def _tangent(guide: Tangent, bits: Floats, random: np.random.Generator, price: Floats) -> None:
    slope = guide.flattest + (guide.steepest - guide.flattest) * random.random()
    noise = guide.noise * random.random() ** 3
    wanted, total = guide.wanted, 0.0
    for n in range(price.size):
        total += bits[n]
    for n in range(price.size):
        share = max(bits[n] / total, _LEAST_SHARE) if total > 0.0 else wanted[n]
        price[n] = 1.0 - slope * (np.log(share / wanted[n]) - guide.kl_max)
        price[n] += noise * random.standard_normal()


@draw_prices.register
def _balancing(guide: Balancing, bits: Floats, random: np.random.Generator, price: Floats) -> None:
    slope, noise = _STEEPEST * random.random(), _TILT_NOISE * random.random() ** 2
    base, need = guide.base, guide.need
    for n in range(price.size):
        tilt = slope * (need[n] - bits[n]) / need[n]
        tilt = min(max(tilt, -_LARGEST_TILT), _LARGEST_TILT)
        price[n] = base[n] * np.exp(tilt + noise * random.standard_normal())


@kernel
def walk_windows(
    cells: Cells,
    data: Data,
    guide: Data,
    walk: Walk,
    random: np.random.Generator,
    service: Integers,
    best_service: Integers,
    best_value: float,
) -> float:
    """Replace window after window; return the largest value met, or ``best_value``.

    ``service`` is left where the walk ends; ``best_service`` gets the schedule of the largest
    value above ``best_value``. Both have the shape ``(A,)``. Where satellites share receivers it
    has to obey them at first.
    """
    active, targets, sharing = service.size, cells.targets, cells.sharing
    paths, changed = room_for(cells), room_for_changes(active)
    numbers, price = cells.numbers, np.empty(targets)
    bits, terms = np.empty(numbers), np.empty(numbers)
    new_bits, new_terms = np.full(numbers, np.nan), np.empty(numbers)
    begin(cells, service, bits)
    here = energy(data, bits, terms, new_bits, new_terms)
    none = int(np.int64(0))  # 0 would compile twice
    step, counts, known = 0, True, note(changed, active, none)  # any interval may differ at first
    while True:
        if counts:
            worth = value(data, bits, here)
            if worth > best_value:
                best_value = worth
                write_down(changed, known, service, best_service)
                known = 0
        if step == walk.steps or here >= walk.enough:
            return best_value
        heat = walk.hot * (walk.cold / walk.hot) ** (step / walk.steps)
        step += 1
        low = int(random.random() * active)
        length = int(2.0 ** (1.0 + walk.octaves * random.random()))
        high = min(active, low + min(length, LONGEST))
        high = end_of_block(sharing, low, high)
        draw_prices(guide, bits, random, price)
        for n in range(numbers):
            new_bits[n] = bits[n]
        differ = change_window(cells, price, low, high, service, new_bits, paths, changed)
        counts = differ > 0
        if not counts:
            continue
        there = energy(data, new_bits, new_terms, bits, terms)
        counts = there >= here or random.random() < np.exp((there - here) / heat)
        if counts:
            here, known = there, note(changed, differ, known)
            bits, new_bits = new_bits, bits
            terms, new_terms = new_terms, terms
        else:
            undo(sharing, cells, service, changed, differ)
