"""Ruin and recreate: free what some satellites serve for a while, and serve it anew; compiled.

Arrays in, arrays out, as in :mod:`._joint_kernels`. A satellite's part of a window is served anew
by its longest path between what it serves before and after, in the receivers that are left.
Source: Schrimpf et al., Record breaking optimization results using the ruin and recreate
principle, Journal of Computational Physics 159 (2000).
"""

from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.compiled import kernel, kernel_part
from qkdopt.optimize.domain._joint_kernels import Cells, Slots, best_path
from qkdopt.optimize.domain._receiver_kernels import count_busy


class Contest(NamedTuple):
    """Who contests receivers, and when.

    Attributes
    ----------
    cells, slots
        Of one component.
    begin
        First interval of each block of one satellite, then ``A``.
    block, time
        Of each interval: its block, and when it is for all satellites; shape ``(A,)``.
    user_first, user
        Cells that use slot ``k``: ``user[user_first[k] : user_first[k + 1]]``.
    """

    cells: Cells
    slots: Slots
    begin: Integers
    block: Integers
    time: Integers
    user_first: Integers
    user: Integers


class Ruins(NamedTuple):
    """How a schedule is ruined, and when a worse one is kept.

    Attributes
    ----------
    moves
        How many.
    hot, cold
        First and last heat, in the unit of gains; by default in parts of what a service gains.
    shortest, longest
        Intervals of a window.
    satellites
        So many are freed at most, at least two if others contest their receivers.
    discount
        Services pay up to this part of the prices of receivers at first, and gain up to ``noise``
        less.
    """

    moves: int = 1000
    hot: float = 0.3
    cold: float = 0.003
    shortest: int = 5
    longest: int = 15
    satellites: int = 6
    discount: float = 1.1
    noise: float = 0.2


class Anew(NamedTuple):
    """What changes: ``busy`` counts for each slot who is in the way; windows of freed blocks.

    ``hold`` is more than any path within a window gains: it keeps what is served beside it.
    """

    gain: Floats
    price: Floats
    hold: float
    served: Integers
    before: Integers
    busy: Integers
    open: Floats
    held: Floats
    best: Floats
    low: Integers
    high: Integers
    chosen: Integers


@kernel_part
def _free(contest: Contest, anew: Anew, i: int) -> float:
    """Free window ``i``; return what its services gained."""
    gained, served = 0.0, anew.served
    for a in range(anew.low[i], anew.high[i]):
        c = served[a]
        if c >= 0:
            gained += anew.gain[c]
            count_busy(contest.cells, contest.slots, c, -1, anew.busy)
            served[a] = -1
    return gained


@kernel_part
def _occupy(contest: Contest, anew: Anew, i: int) -> float:
    """Count the services of window ``i``; return what they gain."""
    gained = 0.0
    for a in range(anew.low[i], anew.high[i]):
        c = anew.served[a]
        if c >= 0:
            gained += anew.gain[c]
            count_busy(contest.cells, contest.slots, c, 1, anew.busy)
    return gained


@kernel_part
def _gain_left(contest: Contest, anew: Anew, c: int, discount: float) -> float:
    """Return what a service gains less a part of its prices, 0 where a receiver is missing."""
    cells, earned = contest.cells, anew.gain[c]
    for u in range(cells.use_first[c], cells.use_first[c + 1]):
        k = cells.use_slot[u]
        if anew.busy[k] >= contest.slots.receivers[k]:
            return 0.0
        earned -= discount * anew.price[k]
    return float(earned)


@kernel_part
def _serve(
    contest: Contest, anew: Anew, i: int, discount: float, noise: float, random: np.random.Generator
) -> None:
    """Serve window ``i`` at its best between what the block serves before and after."""
    cells, served, open_ = contest.cells, anew.served, anew.open
    low, high = anew.low[i], anew.high[i]
    block = contest.block[low]
    first, end = low, high
    while first > contest.begin[block] and (first == low or served[first] < 0):
        first -= 1
    while end < contest.begin[block + 1] and (end == high or served[end - 1] < 0):
        end += 1
    for a in range(first, end):
        for c in range(cells.first[a], cells.first[a + 1]):
            if a < low or a >= high:
                open_[c] = anew.hold if served[a] == c else 0.0
                continue
            earned = _gain_left(contest, anew, c, discount)
            if noise > 0.0:
                earned *= 1.0 - noise * random.random()
            open_[c] = earned
    best_path(cells, open_, first, end, anew.held, anew.best, served)


@kernel_part
def _choose(contest: Contest, anew: Anew, ruins: Ruins, random: np.random.Generator) -> int:
    """Choose a window of a block, and of others that contest its receivers; return how many."""
    cells, slots, time = contest.cells, contest.slots, contest.time
    row = int(random.random() * time.size)
    length = ruins.shortest + int(random.random() * (ruins.longest + 1 - ruins.shortest))
    start = time[row] - int(random.random() * length)
    wanted, count = 2 + int(random.random() * (ruins.satellites - 1)), 0
    for _ in range(4 * wanted):
        block = contest.block[row]
        new = True
        for i in range(count):
            new = new and anew.chosen[i] != block
        if new:
            a, b = contest.begin[block], contest.begin[block + 1]
            anew.chosen[count] = block
            anew.low[count] = a + np.searchsorted(time[a:b], start)
            anew.high[count] = a + np.searchsorted(time[a:b], start + length)
            count += 1
        if count == wanted:
            break
        i = int(random.random() * count)
        row = anew.low[i] + int(random.random() * (anew.high[i] - anew.low[i]))
        c = cells.first[row] + int(random.random() * (cells.first[row + 1] - cells.first[row]))
        if c == cells.first[row + 1] or cells.use_first[c] == cells.use_first[c + 1]:
            continue
        k = cells.use_slot[cells.use_first[c]]
        k = slots.near_first[k] + int(random.random() * (slots.near_end[k] - slots.near_first[k]))
        users = contest.user_first[k + 1] - contest.user_first[k]
        if users > 0:
            other = contest.user[contest.user_first[k] + int(random.random() * users)]
            row = cells.row[other]
            if time[row] < start or time[row] >= start + length:
                row = anew.low[i]
    return count


@kernel_part
def _shuffle(order: Integers, random: np.random.Generator) -> None:
    for i in range(order.size - 1, 0, -1):
        j = int(random.random() * (i + 1))
        order[i], order[j] = order[j], order[i]


@kernel
def ruin_and_recreate(
    contest: Contest, ruins: Ruins, anew: Anew, top: Integers, behind: float,
    random: np.random.Generator,
) -> float:  # fmt: skip
    """Walk from schedule to schedule; return by how much the last gains less than the best.

    ``anew.served`` is left where the walk ends; ``top`` is the best schedule, which gains
    ``behind`` more than the first.
    """
    here, most, served = -behind, 0.0, anew.served
    anew.busy[:] = 0
    for c in served:
        if c >= 0:
            count_busy(contest.cells, contest.slots, c, 1, anew.busy)
    for move in range(ruins.moves):
        heat = ruins.hot * (ruins.cold / ruins.hot) ** (move / ruins.moves)
        count = _choose(contest, anew, ruins, random)
        change = 0.0
        for i in range(count):
            low, high = anew.low[i], anew.high[i]
            anew.before[low:high] = served[low:high]
            change -= _free(contest, anew, i)
        discount, noise = ruins.discount * random.random(), ruins.noise * random.random()
        order = np.arange(count)
        for turn in range(2):
            _shuffle(order, random)
            for place in range(count):
                i = int(order[place])
                if turn:
                    _free(contest, anew, i)
                _serve(contest, anew, i, discount, noise, random)
                gained = _occupy(contest, anew, i)
                change += gained if turn else 0.0
            discount = noise = 0.0
        if change >= 0.0 or random.random() < np.exp(change / heat):
            here += change
            if here > most:
                most = here
                top[:] = served
            continue
        for i in range(count):
            low, high = anew.low[i], anew.high[i]
            _free(contest, anew, i)
            served[low:high] = anew.before[low:high]
            _occupy(contest, anew, i)
    return most - here
