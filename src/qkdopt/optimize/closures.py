"""Which cells rules close, and the same problem with those cells empty.

A *cell* is a link in an interval. A cell that is forbidden, or whose interval is locked to idling,
cannot be served, which is all that such a rule says: the interval stays active, so passes, caps
and the time served in a pass are counted as before.
"""

from dataclasses import replace

import numpy as np

from qkdopt.arrays import Bools, read_only
from qkdopt.optimize.operations import ALL, NONE
from qkdopt.optimize.problem import SchedulingProblem


def closed_cells(problem: SchedulingProblem) -> Bools:
    """Return whether a rule closes link ``n`` in active interval ``a``, shape ``(N, A)``."""
    closed = np.zeros(problem.bits.shape, np.bool_, order="F")
    rules = problem.operations
    idle = [(ALL, t) for link, t in rules.locked if link == NONE]
    pairs = np.array([*rules.forbidden, *idle], np.int64).reshape(-1, 2)
    pairs = pairs[np.isin(pairs[:, 1], problem.interval)]
    position = np.searchsorted(problem.interval, pairs[:, 1])
    everybody = pairs[:, 0] == ALL
    closed[:, position[everybody]] = True
    closed[pairs[~everybody, 0], position[~everybody]] = True
    return closed


def without_closures(problem: SchedulingProblem) -> SchedulingProblem:
    """Return the problem with 0 bits in the closed cells, and without the rules that close them.

    Both have the same intervals and the same schedules, each with the same bits, as long as the
    rules do not contradict each other. So a solver that knows no rules carries these.
    """
    rules = problem.operations
    locked = tuple(pair for pair in rules.locked if pair[0] != NONE)
    if not rules.forbidden and locked == rules.locked:
        return problem
    rules = replace(rules, forbidden=(), locked=locked)
    return without_cells(problem, closed_cells(problem)).with_satellite(operations=rules)


def without_cells(problem: SchedulingProblem, closed: Bools) -> SchedulingProblem:
    """Return the problem with 0 bits in some cells, ``(N, A)``: no session goes through them."""
    bits = read_only(np.asfortranarray(np.where(closed, 0, problem.bits)))
    sessions = problem.sessions
    if sessions is not None:
        sessions = sessions.restricted(bits > 0, np.arange(problem.interval.size))
    scenarios = problem.scenarios
    if scenarios is not None:
        scenarios = scenarios.without(closed)
    return problem.with_satellite(bits=bits, sessions=sessions, scenarios=scenarios)
