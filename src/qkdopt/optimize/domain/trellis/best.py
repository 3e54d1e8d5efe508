"""The best schedule under every operation, by labelled dynamic programming in integers."""

from dataclasses import replace

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.domain.trellis import _kernels as kernels
from qkdopt.optimize.domain.trellis import _trace
from qkdopt.optimize.domain.trellis.graph import DEAD, Graph, check_size, graph_of_rows
from qkdopt.optimize.limits import limits_of
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule


def best_under_operations(
    problem: SchedulingProblem, coefficients: Integers, *, unit: int = 1
) -> tuple[Schedule, int] | None:
    """Return a best schedule and its value, or ``None`` when none obeys the rules.

    Exact. Time ``O((C N + M) L)``, memory ``16 M L + 4 C N`` bytes for ``C`` cells with key, ``M``
    nodes and ``L`` labels (1 when only locks, forbidden services and the switch matrix are on).

    Parameters
    ----------
    problem
        Any problem with any operations; receivers that satellites share are not looked at.
    coefficients
        Value of a bit of each link, integers of any size and sign, shape ``(N,)``.
    unit
        Values are counted in this unit, the gain of each service rounded up; sums of them must
        stay below 2^62.
    """
    service, total = np.full(problem.interval.size, -1, np.int64), 0
    for own in limits_of(problem).satellites:
        graph = graph_of_rows(problem, own, own.rows)
        gain = graph.bits * coefficients[graph.cell[0, graph.cell_of]]
        gain = gain if unit == 1 else -(-gain // unit)
        best = best_of_graph(replace(graph, gain=gain.astype(np.int64)))
        if best is None:
            return None
        service[own.rows] = best[0].service
        total += best[1]
    return Schedule(service), total


def best_of_graph(graph: Graph) -> tuple[Schedule, int] | None:
    """Return a best schedule of a graph and its value, or ``None`` when there is none."""
    check_size(graph.states, tables=2)
    served, last = graph.table(graph.gain.size), graph.table(graph.cells)
    sweep = graph.sweep()
    kernels.forward(sweep, served, last)
    end = int(graph.barrier[-1])
    value, at, state = _trace.best_end(sweep, graph.latest[-1], last)
    service = np.full(graph.barrier.size - 1, -1, np.int64)
    if end < 0 and (value == DEAD or value <= 0):
        return Schedule(service), 0
    if value == DEAD:
        return None
    _trace.trace_back(sweep, served, last, at, state, service)
    return Schedule(service), int(value)
