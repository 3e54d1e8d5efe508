"""Key tensors and problems as the objects of other Python packages.

Each function imports its package when it is called; ``networkx`` is in the extra ``graphs``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from qkdopt.errors import SolverError
from qkdopt.optimize.closures import without_closures
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.tensor import KeyTensor

if TYPE_CHECKING:
    import pandas
    import xarray
    from scipy.sparse import csc_array

    from qkdopt.optimize.strategies import Strategy


def to_pandas(keys: KeyTensor | SchedulingProblem) -> pandas.DataFrame:
    """Return a table of bits: one row for each active interval, one column for each link.

    The index holds the instants at which intervals begin (UTC) where the tensor knows them,
    else the global interval indices.
    """
    import pandas

    table = pandas.DataFrame(keys.bits.T, columns=_names(keys), copy=True)
    start = keys.start_utc if isinstance(keys, KeyTensor) else None
    if start is None:
        table.index = pandas.Index(keys.interval, name="interval")
    else:
        step_s = float(keys.interval_s)
        instants = [start + timedelta(seconds=step_s * index) for index in keys.interval.tolist()]
        table.index = pandas.DatetimeIndex(instants, name="begins_utc")
    return table


def to_xarray(keys: KeyTensor | SchedulingProblem) -> xarray.Dataset:
    """Return the bits as a dataset with dimensions link and interval."""
    if isinstance(keys, KeyTensor):
        return keys.dataset.copy(deep=True)
    weights = None
    own = list(keys.link_target) == list(range(len(keys.targets)))
    if keys.weights is not None and own:
        weights = dict(zip(_names(keys), keys.weights, strict=True))
    tensor = KeyTensor.create(
        keys.bits, keys.interval, _names(keys), interval_s=keys.interval_s,
        switch_s=keys.switch_s, weights=weights,
    )  # fmt: skip
    return tensor.dataset.copy(deep=True)


def to_scipy(keys: KeyTensor | SchedulingProblem) -> csc_array:
    """Return ``K[n, a]`` as a sparse int64 array, shape ``(N, A)``; zeros are not stored."""
    from scipy.sparse import csc_array

    return csc_array(keys.bits)


def to_pyomo(problem: SchedulingProblem, strategy: Strategy, formulation: str | None = None) -> Any:
    """Return a Pyomo model of the problem, to be changed and solved at will.

    :func:`qkdopt.optimize.formulations.read_schedule` makes a schedule of its solution.

    Parameters
    ----------
    strategy
        A linear or piecewise linear one (capped, balanced, paired, floors).
    formulation
        ``paper``, ``startup``, ``pointing`` or ``path_flow``; ``None`` takes the tightest that
        applies.

    Raises
    ------
    SolverError
        When the formulation cannot carry the problem or the strategy.
    """
    from qkdopt.optimize.formulations import formulation_named

    names = ("startup", "pointing", "path_flow", "paper") if formulation is None else (formulation,)
    stated = strategy.stated_in(problem)
    refusals = []
    for name in names:
        found = formulation_named(name)
        why = found.refusal(stated)
        if why is None:
            return found.build(stated, strategy)
        refusals.append(f"{name}: {why}")
    raise SolverError("; ".join(refusals))


def to_networkx(problem: SchedulingProblem) -> Any:
    """Return a directed acyclic graph whose longest path is the best S-GD schedule.

    Nodes are ``("free", a)`` (from active interval ``a`` on any link may be served),
    ``("hold", n, a)`` (only link ``n`` may) and ``("serve", n, a)``, of a service that ends in
    ``a``: of one interval, or of a session where sessions count. The bits are the edge
    attribute ``bits``. Paths lead from ``("free", 0)`` to ``("free", A)``.

    Raises
    ------
    SolverError
        For problems with operations that do more than close links.
    """
    import networkx

    problem = without_closures(problem)
    if problem.operations:
        raise SolverError("the graph cannot carry operations")
    graph = networkx.DiGraph(targets=list(problem.targets))
    count, times = problem.interval.size, problem.interval
    graph.add_node(("free", 0))
    free_again = np.searchsorted(times, times + problem.tau, side="right").tolist()
    for a in range(count):
        graph.add_edge(("free", a), ("free", a + 1), bits=0)
        for n in range(len(problem.links)):
            graph.add_edge(("free", a), ("hold", n, a), bits=0)
            graph.add_edge(("hold", n, a), ("hold", n, a + 1), bits=0)
    for n, first, last, following, bits in _services(problem):
        graph.add_edge(("hold", n, first), ("serve", n, last), bits=bits)
        graph.add_edge(("serve", n, last), ("hold", n, following), bits=0)
        graph.add_edge(("serve", n, last), ("free", max(free_again[last], following)), bits=0)
        for other in range(len(problem.links) if free_again[last] < following else 0):
            if other != n:  # at once, as hand-overs take no time
                graph.add_edge(("serve", n, last), ("hold", other, last + 1), bits=0)
    for n in range(len(problem.links)):
        graph.add_edge(("hold", n, count), ("free", count), bits=0)
    return graph


def _services(problem: SchedulingProblem) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield link, first and last interval, the one where its next may begin, and bits."""
    sessions = problem.sessions
    if sessions is None:
        for n, a in np.argwhere(problem.bits > 0).tolist():
            yield n, a, a, a + 1, int(problem.bits[n, a])
        return
    every = zip(sessions.link.tolist(), sessions.spans(), sessions.triangles(), strict=True)
    for n, (begin, size), triangle in every:
        bits, end = iter(triangle), begin + size
        for first in range(begin, end):
            for last in range(first, end):
                yield n, first, last, min(last + 2, end), next(bits)


def _names(keys: KeyTensor | SchedulingProblem) -> list[str]:
    if isinstance(keys, KeyTensor):
        return list(keys.links)
    return [link.name for link in keys.links]
