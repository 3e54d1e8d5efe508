"""Paths of satellites with rules that share receivers, compiled.

A satellite's active intervals are cut into *runs* that do not depend on one another. A path through
a run has a *label*, the counters of the rules; see :mod:`qkdopt.optimize.domain.trellis.labels`.
Paths that agree in label and last link can be continued alike. For those that turn to another link
it does not even matter which was the last, once the longest turn is over: one value of each label
is enough. Only quicker turns, where there are any, are looked up from cell to cell.

Where sessions count, a cell has a *node* for each interval in which its session may have begun: the
first begins one there, each other one continues a node of the link's cell before. A session cannot
begin right after one of the same link, so then the paths that ended before a link's last cell are
kept as well.

``A`` intervals, ``C`` cells, ``M`` nodes, ``R`` runs, ``S`` satellites, ``L`` labels of all of
them; a *state* of a run is a node and a label of its satellite, numbered together.
"""

from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.compiled import kernel
from qkdopt.optimize.domain._joint_kernels import Cells, Slots
from qkdopt.optimize.domain._label_rows import clear_rows, copy_row, follow, keep_best, rest_rows
from qkdopt.optimize.domain._receiver_kernels import change_uses, free_cells


class Rules(NamedTuple):
    """What satellites may do.

    Attributes
    ----------
    begin, satellite
        First interval of each run, then ``A``, and whose it is; shapes ``(R + 1,)`` and ``(R,)``.
    tau
        Intervals that the longest turn of each satellite keeps free, shape ``(S,)``.
    start, first
        Where the labels of each satellite begin, then ``L``, and the label of a first service, -1
        where none may begin; shapes ``(S + 1,)`` and ``(S,)``.
    stay, turn, rest, final
        Labels one after another as they are counted within a satellite, shape ``(L,)``; after a
        turn within a pass, and into another, ``(2, L)``.
    node
        First node of each cell, then ``M``, one each without sessions; shape ``(C + 1,)``.
    allowed
        Whether cells may be served, shape ``(C,)``.
    held, passes
        Whether each interval has to serve its only allowed cell, and its pass; shape ``(A,)``.
    source_first, source
        The last cell of each other link from which turns are over in time although the longest
        would not be: those from ``source_first[c]`` up to ``source_first[c + 1]``.
    """

    begin: Integers
    satellite: Integers
    tau: Integers
    start: Integers
    first: Integers
    stay: Integers
    turn: Integers
    rest: Integers
    final: Bools
    node: Integers
    allowed: Bools
    held: Bools
    passes: Integers
    source_first: Integers
    source: Integers


class _Paths(NamedTuple):
    """The most that paths through a run gain, and their last states, by label in the last axis.

    Rows are the best by last link, with sessions also of those up to before its last cell, then
    of all, of those that have turned, and of those about to serve a cell, then of all up to each
    interval, and last, where some turns are quicker, by last cell. ``came`` is the state before
    each, and ``ending`` the best that end in each: with sessions, otherwise it has no rows.
    """

    value: Floats
    at: Integers
    came: Integers
    ending: Floats


@kernel
def _follow_others(
    cells: Cells, a: int, c: int, value: Floats, at: Integers, turn: Integers, after: int
) -> None:  # fmt: skip
    """Let paths of all links but that of a cell turn to it; those up to the interval before."""
    known = cells.first[a]  # cells of this interval that have been served
    for n in range(cells.links):
        while known < c and cells.column[known] < n:
            known += 1
        row = n + cells.links if known < c and cells.column[known] == n else n
        if n != cells.column[c]:
            follow(value, at, row, turn, after)


@kernel
def _go_on(
    before: int, node: int, gain: float, stay: Integers, n: int, best: int, paths: _Paths
) -> None:  # fmt: skip
    """Let a node of link ``n`` continue the one before it."""
    size = stay.size
    for label in range(size):
        new, gained = stay[label], paths.ending[before, label] + gain
        if new >= 0 and gained > paths.ending[node, new]:
            state, paths.ending[node, new] = node * size + new, gained
            paths.came[state] = before * size + label
            keep_best(paths.value, paths.at, n, best, new, gained, state)


@kernel
def _arrive(
    cells: Cells, rules: Rules, run: int, c: int, floor: int, at_once: bool, paths: _Paths
) -> None:  # fmt: skip
    """Let paths come to a cell in which they begin a session."""
    value, at, satellite = paths.value, paths.at, rules.satellite[run]
    begin, end = rules.begin[run], rules.begin[run + 1]
    own = slice(rules.start[satellite], rules.start[satellite + 1])
    turn, later, first = rules.turn[0, own], rules.turn[1, own], rules.first[satellite]
    best = cells.links * (2 if paths.ending.size else 1)
    after, last = best + 2, best + 3 + end - begin - cells.first[begin]
    n, a, goes_on = cells.column[c], cells.row[c], rules.node[c + 1] > rules.node[c] + 1
    clear_rows(value, after, after + 1)
    follow(value, at, n + cells.links if goes_on else n, rules.stay[own], after)
    if goes_on and at_once:  # not from the link itself
        _follow_others(cells, a, c, value, at, turn, after)
    else:
        follow(value, at, best + 1, turn, after)
    for i in range(rules.source_first[c], rules.source_first[c + 1]):
        b = cells.row[rules.source[i]]
        if b >= floor:
            same = rules.passes[b] == rules.passes[a]
            follow(value, at, rules.source[i] + last, turn if same else later, after)
    if floor < 0 and first >= 0 and value[after, first] < 0.0:
        value[after, first], at[after, first] = 0.0, -1


@kernel
def _serve_interval(
    cells: Cells, rules: Rules, gain: Floats, open_: Bools, run: int, a: int, floor: int,
    at_once: bool, paths: _Paths,
) -> bool:  # fmt: skip
    """Let paths serve the cells of an interval, and say whether there are any.

    Paths that end before ``floor`` are none. ``at_once`` says that turns take no interval.
    """
    value, at, ending, served = paths.value, paths.at, paths.ending, False
    satellite, zero = rules.satellite[run], rules.node[cells.first[rules.begin[run]]]
    stay = rules.stay[rules.start[satellite] : rules.start[satellite + 1]]
    apart = cells.links if ending.size else 0  # from a link's row to that before its last cell
    best, after = cells.links + apart, cells.links + apart + 2
    for c in range(cells.first[a], cells.first[a + 1]):
        n, node, end = cells.column[c], rules.node[c] - zero, rules.node[c + 1] - zero
        if open_[c]:
            _arrive(cells, rules, run, c, floor, at_once, paths)
            if rules.held[a]:  # this is its only cell
                clear_rows(value, 0, after)
        if apart:
            copy_row(value, at, n, n + apart)
            clear_rows(ending, node, end)
        if not open_[c]:
            continue
        served = True
        for label in range(stay.size):
            state, gained = node * stay.size + label, value[after, label] + gain[zero + node]
            paths.came[state] = at[after, label]
            if apart:
                ending[node, label] = gained
            keep_best(value, at, n, best, label, gained, state)
        for i in range(node + 1, end):
            before = rules.node[cells.before[c]] - zero + i - node - 1
            _go_on(before, i, gain[zero + i], stay, n, best, paths)
    return served


@kernel
def _walk(cells: Cells, rules: Rules, gain: Floats, open_: Bools, run: int, paths: _Paths) -> bool:
    """Walk through a run; say whether it is possible to serve nothing."""
    value, at = paths.value, paths.at
    begin, end, satellite = rules.begin[run], rules.begin[run + 1], rules.satellite[run]
    own, tau = slice(rules.start[satellite], rules.start[satellite + 1]), rules.tau[satellite]
    rest = rules.rest[own]
    best = cells.links * (2 if paths.ending.size else 1)
    turned, after, reached = best + 1, best + 2, best + 3 - begin
    last = reached + end - cells.first[begin]
    quick = value.shape[0] > reached + end
    departure = begin
    floor = int(np.int64(-1))  # the last interval that has to serve a link; -1 would compile twice
    for a in range(begin, end):
        if a > begin and rules.passes[a] != rules.passes[a - 1]:
            rest_rows(value, at, 0, after, rest)
        moved = departure
        while cells.interval[a] - cells.interval[departure] > tau:
            departure += 1
        if departure > max(moved, floor):
            copy_row(value, at, reached + departure - 1, turned)
            if rules.passes[departure - 1] != rules.passes[a]:
                rest_rows(value, at, turned, after, rest)
        at_once = departure == a
        served = _serve_interval(cells, rules, gain, open_, run, a, floor, at_once, paths)
        if rules.held[a]:
            floor = a
            if not served:
                clear_rows(value, 0, after)
        copy_row(value, at, best, reached + a)
        for c in range(cells.first[a], cells.first[a + 1] if quick else 0):
            copy_row(value, at, cells.column[c], last + c)
    return floor < 0


@kernel
def _open(
    cells: Cells, slots: Slots, rules: Rules, run: int, taken: Integers, served: Integers,
    open_: Bools,
) -> None:  # fmt: skip
    """Take the services of a run away, and fill which of its cells may be served then."""
    begin, end = rules.begin[run], rules.begin[run + 1]
    first, beyond = cells.first[begin], cells.first[end]
    if taken.size:
        change_uses(cells, served[begin:end], -1, taken)
        free_cells(cells, slots, np.arange(first, beyond), taken, open_[first:beyond])
    for c in range(first, beyond):
        open_[c] = rules.allowed[c] and (open_[c] or not taken.size)


@kernel
def serve_runs(
    cells: Cells, slots: Slots, rules: Rules, gain: Floats, order: Integers, taken: Integers,
    served: Integers, worth: Floats,
) -> None:  # fmt: skip
    """Serve one run after another anew, each at its best given what all others serve.

    Parameters
    ----------
    order
        Runs.
    taken
        How many services use each slot, shape ``(S,)``; empty where receivers do not count.
    served
        Changed with ``taken``; a run without a path stays as it is.
    worth
        Gets the largest gain of a path of each run, ``-inf`` where none obeys the rules; ``(R,)``.
    """
    open_ = np.empty(cells.row.size, np.bool_)
    for run in order:
        begin, end, satellite = rules.begin[run], rules.begin[run + 1], rules.satellite[run]
        start, size = rules.start[satellite], rules.start[satellite + 1] - rules.start[satellite]
        first, beyond = cells.first[begin], cells.first[end]
        _open(cells, slots, rules, run, taken, served, open_)
        nodes = rules.node[beyond] - rules.node[first]
        ending = np.empty((nodes if nodes > beyond - first else 0, size))
        best = cells.links * (2 if ending.size else 1)
        rows = best + 3 + end - begin
        if rules.source_first[first] < rules.source_first[beyond]:
            rows += beyond - first
        value, at = np.empty((rows, size)), np.empty((rows, size), np.int64)
        clear_rows(value, 0, rows)
        came = np.empty(nodes * size, np.int64)
        worth[run], last = -np.inf, -1
        if _walk(cells, rules, gain, open_, run, _Paths(value, at, came, ending)):
            worth[run] = 0.0
        for label in range(size):
            if rules.final[start + label] and value[best, label] > worth[run]:
                worth[run], last = value[best, label], at[best, label]
        for a in range(begin, end if worth[run] > -np.inf else begin):
            served[a] = -1
        while last >= 0:
            node = rules.node[first] + last // size
            c = np.searchsorted(rules.node, node, side="right") - 1
            served[cells.row[c]], last = c, came[last]
        if taken.size:
            change_uses(cells, served[begin:end], 1, taken)
