"""Tiny problems drawn by hypothesis, and their optima by trying every schedule."""

import math
import os
from fractions import Fraction
from functools import cache, partial
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from qkdopt.arrays import read_only
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.tensor import KeyTensor
from qkdopt.tensor.slew_table import SlewTable

TIMES = int(os.environ.get("QKDOPT_EXAMPLES", "1"))


def examples(number):
    """Return how many problems a test draws: ``QKDOPT_EXAMPLES`` times the usual number."""
    return number * TIMES


# Few different values: ties and zeros are the rule, not the exception.
BITS = st.sampled_from([0, 0, 0, 1, 2, 2, 3, 5, 7])


@st.composite
def tiny_problems(draw, most_links=3, most_intervals=6, most_tau=4):
    """Draw a problem with gaps in time, some of them within reach of a hand-over."""
    links = draw(st.integers(1, most_links))
    intervals = draw(st.integers(0, most_intervals))
    steps = draw(st.lists(st.integers(1, 4), min_size=intervals, max_size=intervals))
    bits = draw(
        st.lists(
            st.lists(BITS, min_size=intervals, max_size=intervals),
            min_size=links,
            max_size=links,
        )
    )
    weights = draw(
        st.lists(st.integers(0, 4), min_size=links, max_size=links).filter(lambda w: any(w))
    )
    tau = draw(st.integers(0, most_tau))
    return problem_of(bits, [sum(steps[: a + 1]) for a in range(intervals)], tau, weights)


@st.composite
def operations_for(draw, problem, most_tau=4):
    """Draw rules for a problem, each off as often as on; some contradict each other."""
    links, last = len(problem.links), int(problem.interval.max(initial=0))
    seconds = st.integers(0, 35).map(str)
    pairs = st.lists(st.tuples(st.integers(-1, links - 1), st.integers(0, last)), max_size=2)
    times = st.integers(0, 10 * most_tau)
    table = st.lists(st.lists(times, min_size=links, max_size=links), min_size=links)
    matrix = draw(st.none() | table.map(lambda rows: rows[:links]))
    runs = draw(st.just([]) | st.lists(slew_of(links, last, most_tau), max_size=8))
    return Operations.create(
        forbidden=draw(st.just(()) | pairs),
        locked=draw(st.just(()) | st.just(()) | pairs),
        minimum_dwell_s=draw(st.none() | seconds),
        max_handovers_per_pass=draw(st.none() | st.integers(0, 2)),
        max_handovers=draw(st.none() | st.integers(0, 3)),
        max_service_s_per_pass=draw(st.none() | seconds),
        switch_matrix_s=matrix
        and [[0 if n == m else s for m, s in enumerate(row)] for n, row in enumerate(matrix)],
        slew=SlewTable.of(
            SlewTable.read(without_overlaps(runs), "slew").runs, by_pair=draw(st.booleans())
        ),
    )


def slew_of(links, last, most_tau):
    """Draw a run of shorter turns; from a link to itself it means nothing."""
    link = st.integers(0, links - 1)
    long = st.integers(0, 3)
    return st.tuples(link, link, st.integers(0, last), long, st.integers(0, most_tau)).map(
        lambda run: (*run[:3], run[2] + run[3], run[4])
    )


def without_overlaps(runs):
    """Return runs without those from a link to itself, or that overlap an earlier one."""
    kept = []
    for n, m, first, last, idle in runs:
        apart = all((n, m) != other[:2] or last < other[2] or other[3] < first for other in kept)
        if n != m and apart:
            kept.append((n, m, first, last, idle))
    return kept


@st.composite
def operated_problems(draw, **sizes):
    """Draw a tiny problem with some operations on."""
    problem = draw(tiny_problems(**sizes))
    return problem.with_satellite(operations=draw(operations_for(problem)))


@st.composite
def problems_with_empty_intervals(draw, operated=True, most_empty=3, **sizes):
    """Draw a problem, then the same one with all-zero columns at free indices: a pair.

    Such an interval is active: it serves nobody, but joins what lies beside it to one pass.
    """
    plain = draw(tiny_problems(**sizes))
    last = int(plain.interval.max(initial=0)) + 2
    free = sorted(set(range(last + 1)) - set(plain.interval.tolist()))
    chosen = draw(st.lists(st.sampled_from(free), min_size=1, max_size=most_empty, unique=True))
    filled = with_empty_intervals(plain, chosen)
    if operated:
        rules = draw(operations_for(filled))
        plain, filled = (
            plain.with_satellite(operations=rules),
            filled.with_satellite(operations=rules),
        )
    return plain, filled


def with_empty_intervals(problem, indices):
    """Return the problem with an all-zero column at each of some free global indices."""
    at = dict(zip(problem.interval.tolist(), problem.bits.T.tolist(), strict=True))
    at |= {index: [0] * len(problem.links) for index in indices}
    times = sorted(at)
    bits = np.array([at[t] for t in times], np.int64).reshape(len(times), len(problem.links))
    return problem.with_satellite(
        bits=read_only(np.asfortranarray(bits.T)), interval=read_only(np.array(times, np.int64))
    )


def problem_of(bits, interval, tau, weights=None, **operations):
    """Return the problem with links A, B, C... and a hand-over of ``tau`` intervals of 10 s."""
    names = [chr(ord("A") + n) for n in range(len(bits))]
    keys = KeyTensor.create(
        bits,
        interval,
        names,
        interval_s=10,
        switch_s=10 * tau,
        weights=None if weights is None else dict(zip(names, weights, strict=True)),
    )
    return SchedulingProblem.from_keys(keys, operations=Operations.create(**operations))


def every_schedule(problem):
    """Yield each legal schedule as a tuple with a link or -1 for each active interval."""
    return (path for path in every_path(problem) if obeys_operations(problem, path))


def every_path(problem):
    """Return each schedule that leaves time for all hand-overs, as tuples in rising order."""
    in_time = cache(partial(leaves_time, problem))
    paths = [((), None)]  # and the last service: its interval and link
    for t, column in zip(problem.interval.tolist(), problem.bits.T, strict=True):
        paths = [
            ((*path, n), last if n < 0 else (t, n))
            for path, last in paths
            for n in (-1, *np.flatnonzero(column).tolist())
            if n < 0 or last is None or in_time(last, (t, n))
        ]
    return [path for path, _ in paths]


def obeys_switching(problem, schedule):
    """Say whether a schedule leaves time for all hand-overs."""
    services = [(int(problem.interval[a]), link) for a, link in enumerate(schedule) if link >= 0]
    return all(leaves_time(problem, *both) for both in pairwise(services))


def leaves_time(problem, before, after):
    """Read the rule off design: consecutive services of different links are > tau apart.

    Or a run of slewing lets the satellite turn in time after some interval between them.
    """
    matrix, slew = problem.operations.switch_matrix_s, problem.operations.slew
    (earlier, link), (later, other) = before, after
    seconds = problem.switch_s if matrix is None else matrix[link][other]
    tau = math.ceil(Fraction(seconds) / Fraction(problem.interval_s))
    quick = any(
        max(first, earlier) <= min(last, later) and max(first, earlier) + idle < later
        for *pair, first, last, idle in slew
        if pair == [link, other]
    )
    return link == other or later - earlier > tau or quick


def obeys_operations(problem, schedule):
    """Read the other rules off design, section 4, word for word."""
    rules = problem.operations
    interval = problem.interval.tolist()
    length = Fraction(problem.interval_s)
    at = dict(zip(interval, schedule, strict=True))
    for link, t in rules.forbidden:
        if at.get(t, -1) >= 0 and link in (-1, at[t]):
            return False
    for link, t in rules.locked:
        if at.get(t, -1) != link:
            return False
    services = []  # each a list of (interval, link), nobody else between
    for t, link in at.items():
        if link >= 0 and services and services[-1][-1][1] == link:
            services[-1].append((t, link))
        elif link >= 0:
            services.append([(t, link)])
    if rules.minimum_dwell_s is not None:
        least = math.ceil(Fraction(rules.minimum_dwell_s) / length)
        if any(len(service) < least for service in services):
            return False
    passes = []
    for t in interval:
        if passes and passes[-1][-1] == t - 1:
            passes[-1].append(t)
        else:
            passes.append([t])
    handovers = [(a[-1][0], b[0][0]) for a, b in pairwise(services)]
    if rules.max_handovers is not None and len(handovers) > rules.max_handovers:
        return False
    for one in passes:
        inside = sum(before in one and after in one for before, after in handovers)
        if rules.max_handovers_per_pass is not None and inside > rules.max_handovers_per_pass:
            return False
        served = sum(at[t] >= 0 for t in one)
        most = rules.max_service_s_per_pass
        if most is not None and served * length > Fraction(most):
            return False
    return True


def best_by_enumeration(problem, coefficients):
    """Return the largest ``sum c_n E_n`` over every legal schedule, ``None`` if none is."""
    return max(
        (worth(problem, coefficients, schedule) for schedule in every_schedule(problem)),
        default=None,
    )


def worth(problem, coefficients, schedule):
    """Return ``sum c_n E_n`` of one schedule."""
    return sum(
        int(coefficients[link]) * int(problem.bits[link, a])
        for a, link in enumerate(schedule)
        if link >= 0
    )
