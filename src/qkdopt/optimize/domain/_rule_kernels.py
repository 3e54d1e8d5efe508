"""Paths of satellites with rules that share receivers, compiled.

A satellite's active intervals are cut into *runs* that do not depend on one another. A path through
a run has a *label*, the counters of the rules; see :mod:`qkdopt.optimize.domain.trellis.labels`.
Paths that agree in label and last link can be continued alike. For those that turn to another link
it does not even matter which was the last, once the longest turn is over: one value of each label
is enough. Only quicker turns, where there are any, are looked up from cell to cell.

``A`` intervals, ``C`` cells, ``R`` runs, ``S`` satellites, ``L`` labels of all of them; a *state*
of a run is a cell and a label of its satellite, numbered together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.compiled import kernel
from qkdopt.optimize.domain._joint_kernels import Cells, Slots
from qkdopt.optimize.domain._receiver_kernels import change_uses, free_cells

__all__ = ["Rules", "serve_runs"]


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
    allowed: Bools
    held: Bools
    passes: Integers
    source_first: Integers
    source: Integers


class _Paths(NamedTuple):
    """The most that paths through a run gain, and their last states, by label in the last axis.

    Rows are the best by last link, then of all, of those that have turned, and of those about to
    serve a cell, then of all up to each interval, and last, where some turns are quicker, by last
    cell. ``came`` is the state before each.
    """

    value: Floats
    at: Integers
    came: Integers


@kernel
def _clear(value: Floats, first: int, end: int) -> None:
    for row in range(first, end):
        for label in range(value.shape[1]):
            value[row, label] = -np.inf


@kernel
def _copy(value: Floats, at: Integers, row: int, other: int) -> None:
    for label in range(value.shape[1]):
        value[other, label], at[other, label] = value[row, label], at[row, label]


@kernel
def _rest(value: Floats, at: Integers, first: int, end: int, rest: Integers) -> None:
    """Give paths the labels of a new pass."""
    for row in range(first, end):
        for label in range(rest.size):
            then = rest[label]
            if then != label:
                if value[row, label] > value[row, then]:
                    value[row, then], at[row, then] = value[row, label], at[row, label]
                value[row, label] = -np.inf


@kernel
def _serve_interval(
    cells: Cells, rules: Rules, gain: Floats, open_: Bools, run: int, a: int, floor: int,
    paths: _Paths,
) -> bool:  # fmt: skip
    """Let paths serve the cells of an interval, and say whether there are any.

    Paths that end before ``floor`` are none.
    """
    value, at, came, served = paths.value, paths.at, paths.came, False
    begin, satellite = rules.begin[run], rules.satellite[run]
    own = slice(rules.start[satellite], rules.start[satellite + 1])
    first, stay = rules.first[satellite], rules.stay[own]
    turn, later = rules.turn[0, own], rules.turn[1, own]
    column, row, source_first, source = cells.column, cells.row, rules.source_first, rules.source
    best, turned, after = cells.links, cells.links + 1, cells.links + 2
    offset, size = cells.first[begin], stay.size
    last = after + 1 + rules.begin[run + 1] - begin - offset
    for c in range(cells.first[a], cells.first[a + 1]):
        if not open_[c]:
            continue
        n, served = column[c], True
        for label in range(size):
            value[after, label] = -np.inf
        for label in range(size):
            new, most = stay[label], value[n, label]
            if new >= 0 and most > value[after, new]:
                value[after, new], at[after, new] = most, at[n, label]
            new, most = turn[label], value[turned, label]
            if new >= 0 and most > value[after, new]:
                value[after, new], at[after, new] = most, at[turned, label]
        for i in range(source_first[c], source_first[c + 1]):
            j = source[i] + last
            b = row[source[i]]
            for label in range(size if b >= floor else 0):
                same = rules.passes[b] == rules.passes[a]
                new, most = turn[label] if same else later[label], value[j, label]
                if new >= 0 and most > value[after, new]:
                    value[after, new], at[after, new] = most, at[j, label]
        if floor < 0 and first >= 0 and value[after, first] < 0.0:
            value[after, first], at[after, first] = 0.0, -1
        if rules.held[a]:  # this is its only cell
            _clear(value, 0, after)
        for label in range(size):
            gained = value[after, label] + gain[c]
            if gained > value[n, label]:
                state = (c - offset) * size + label
                value[n, label], at[n, label], came[state] = gained, state, at[after, label]
                if gained > value[best, label]:
                    value[best, label], at[best, label] = gained, state
    return served


@kernel
def _walk(cells: Cells, rules: Rules, gain: Floats, open_: Bools, run: int, paths: _Paths) -> bool:
    """Walk through a run; say whether it is possible to serve nothing."""
    value, at = paths.value, paths.at
    begin, end, satellite = rules.begin[run], rules.begin[run + 1], rules.satellite[run]
    own, tau = slice(rules.start[satellite], rules.start[satellite + 1]), rules.tau[satellite]
    rest = rules.rest[own]
    best, turned, after = cells.links, cells.links + 1, cells.links + 2
    reached = cells.links + 3 - begin
    last = reached + end - cells.first[begin]
    quick = value.shape[0] > reached + end
    departure, floor = begin, -1  # the last interval that has to serve a link
    for a in range(begin, end):
        if a > begin and rules.passes[a] != rules.passes[a - 1]:
            _rest(value, at, 0, after, rest)
        moved = departure
        while cells.interval[a] - cells.interval[departure] > tau:
            departure += 1
        if departure > max(moved, floor):
            _copy(value, at, reached + departure - 1, turned)
            if rules.passes[departure - 1] != rules.passes[a]:
                _rest(value, at, turned, after, rest)
        served = _serve_interval(cells, rules, gain, open_, run, a, floor, paths)
        if rules.held[a]:
            floor = a
            if not served:
                _clear(value, 0, after)
        _copy(value, at, best, reached + a)
        for c in range(cells.first[a], cells.first[a + 1] if quick else 0):
            _copy(value, at, cells.column[c], last + c)
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
        rows = cells.links + 3 + end - begin
        if rules.source_first[first] < rules.source_first[beyond]:
            rows += beyond - first
        value, at = np.empty((rows, size)), np.empty((rows, size), np.int64)
        _clear(value, 0, rows)
        came = np.empty((beyond - first) * size, np.int64)
        worth[run], last = -np.inf, -1
        if _walk(cells, rules, gain, open_, run, _Paths(value, at, came)):
            worth[run] = 0.0
        for label in range(size):
            if rules.final[start + label] and value[cells.links, label] > worth[run]:
                worth[run], last = value[cells.links, label], at[cells.links, label]
        for a in range(begin, end if worth[run] > -np.inf else begin):
            served[a] = -1
        while last >= 0:
            c = first + last // size
            served[cells.row[c]], last = c, came[last]
        if taken.size:
            change_uses(cells, served[begin:end], 1, taken)
