"""Drawn problems whose keys are of finite sessions, small enough to enumerate."""

import numpy as np

import qkdopt as qo
from drawing import every_path
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule

INTERVAL_S = 10


def session_keys(rng, links=2, intervals=7, tau=None, superadditive=False, weights=None):
    """Return a key tensor in sessions; tables are arbitrary, or grow faster than their length."""
    bits = rng.integers(1, 9, (links, intervals)) * (rng.random((links, intervals)) < 0.8)
    bits[0, 0] = max(1, bits[0, 0])
    gaps = np.where(rng.random(intervals) < 0.8, 1, rng.integers(2, 5, intervals))
    names = [f"L{n}" for n in range(links)]
    if weights is not None:
        weights = dict(zip(names, np.append(1, weights[1:]).tolist(), strict=True))
    keys = qo.KeyTensor.create(
        bits, np.cumsum(gaps), names, interval_s=INTERVAL_S, weights=weights,
        switch_s=INTERVAL_S * int(rng.integers(0, 4) if tau is None else tau),
    )  # fmt: skip
    sizes = contact_lengths(keys)
    triangles = []
    for size in sizes:
        length = np.array([j - i + 1 for i in range(size) for j in range(i, size)])
        drawn = rng.integers(0, 10, length.size)
        triangles.append(length * (length - 1) + 0 * drawn if superadditive else drawn)
    return keys.in_sessions(triangles)


def contact_lengths(keys):
    """Return how many intervals each contact has."""
    lengths = []
    for row in keys.bits:
        at, before = keys.interval[row > 0], None
        for t in at.tolist():
            if t - 1 == before:
                lengths[-1] += 1
            else:
                lengths.append(1)
            before = t
    return lengths


def session_problem(seed, **sizes):
    """Return a drawn problem of one satellite in sessions."""
    rng = np.random.default_rng(seed)
    return SchedulingProblem.from_keys(session_keys(rng, **sizes))


def every_schedule(problem):
    """Yield all legal schedules of one satellite."""
    for path in every_path(problem):
        schedule = Schedule(np.array(path, np.int64))
        if schedule.is_legal(problem):
            yield schedule
