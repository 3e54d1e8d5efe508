"""Sessions as arcs of ``path_flow``: what is served without a break from i to j, in one piece.

Sets        (n, i, j) sessions: intervals of one contact of n, all of them services
Variables   session[n, i, j, d] in {0, 1}  n is served from i to j; i is the d-th interval of its
                                           service, or a later one; d = 1 or d + j - i <= D
            less[n, i, d] in {0, 1}        what was served before i counts one interval less
            end[n, j, d] in {0, 1}         a session ends with j, alike

    maximise  sum c_n F[n, i, j] session[n, i, j, d]
    choose    sum_j session[n, i, j, d] + less[n, i, d] = less[n, i, d + 1]
                  + begin[n, i, .] if d = 1  + stay[n, i, e] for min(e + 1, D) = d
    finish    end[n, j, d] = sum of session[n, i, j, e] for min(e + j - i, D) = d
    divide    x[n, a] = sum_o begin[n, a, o] + sum_d stay[n, a, d]
                        + x[n, a - 1] - sum_d end[n, a - 1, d]     if a - 1, a are of one contact

In ``carry`` and ``depart``, ``end`` takes the place of what begins in ``a``, and flow that ends
with ``a`` is not held before the service after ``a + 1``: to serve the link in ``a + 1``, too,
is another session. Nor does it come back through a pool so soon: where a hand-over is as
quick, each link has a pool of its own, and flow that leaves n cannot go to that of n. Where tau
is 1 and nothing counts hand-overs, ``hold`` is left out where flow may as well leave and come back.

*Any table F is right*, because a session has an arc and two that touch have no path. *The
relaxation is integral*: arcs from ``choose`` to ``finish`` are arcs of the network, and ``x`` is
a sum of them. Each session has two entries, whatever its length: ``x`` is the one before, and
what begins less what ends.
"""

import pyomo.environ as pyo

from qkdopt.optimize.formulations.network import Network
from qkdopt.optimize.formulations.templates import Row


def add_sessions(model: pyo.ConcreteModel, network: Network) -> None:
    """Add ``choose`` and ``finish``: which sessions begin and end where, if there are any."""
    if not network.sessions:
        return
    counts, preceding, pairs = network.counts, network.preceding, network.sets.pairs
    most = {(n, i): network.own[i].dwell if (n, i) in preceding else 1 for n, i in pairs}
    every = [
        (n, i, j, d)
        for n, i, j in network.sessions
        for d in range(1, max(1, min(most[n, i], network.own[i].dwell - j + i)) + 1)
    ]
    session = model.session = pyo.Var(every, domain=pyo.Binary)
    model.end = pyo.Var([(*pair, d) for pair in pairs for d in counts(pair[1])], domain=pyo.Binary)
    less = model.less = pyo.Var(
        [(*pair, d) for pair in pairs for d in range(2, most[pair] + 1)], domain=pyo.Binary
    )
    begun: dict[tuple[int, int, int], list[pyo.Var]] = {}
    ended: dict[tuple[int, int, int], list[pyo.Var]] = {}
    for n, i, j, d in every:
        begun.setdefault((n, i, d), []).append(session[n, i, j, d])
        lasted = min(d + j - i, network.own[i].dwell)
        ended.setdefault((n, j, lasted), []).append(session[n, i, j, d])

    def choose(model: pyo.ConcreteModel, n: int, i: int, d: int) -> Row:
        flow = sum(begun[n, i, d]) - sum(staying(model, network, n, i, d))
        if d > 1:
            flow = flow + less[n, i, d]
        if d < most[n, i]:
            flow = flow - less[n, i, d + 1]
        return flow == 0

    def finish(model: pyo.ConcreteModel, n: int, j: int, d: int) -> Row:
        return sum(ended.get((n, j, d), [])) - model.end[n, j, d] == 0

    model.choose = pyo.Constraint(list(begun), rule=choose)
    model.finish = pyo.Constraint(list(model.end), rule=finish)


def beginning(model: pyo.ConcreteModel, network: Network, n: int, a: int) -> list[pyo.Var]:
    """Return flow that begins a service with ``a``."""
    return [model.begin[n, a, o] for o in network.origins[a]]


def staying(model: pyo.ConcreteModel, network: Network, n: int, a: int, d: int) -> list[pyo.Var]:
    """Return flow that serves ``a`` as the ``d``-th interval of its service or later."""
    begins = beginning(model, network, n, a) if d == 1 else []
    if (n, a) not in network.preceding:
        return begins
    dwell = network.own[a].dwell
    return [model.stay[n, a, e] for e in network.counts(a) if min(e + 1, dwell) == d] + begins


def ending(model: pyo.ConcreteModel, network: Network, n: int, a: int, d: int) -> list[pyo.Var]:
    """Return flow that may idle or leave after ``a``, alike."""
    if network.sessions:
        return [model.end[n, a, d]]
    return staying(model, network, n, a, d)


def leaving(model: pyo.ConcreteModel, network: Network, n: int, a: int) -> list[pyo.Var]:
    """Return flow that leaves after ``a``."""
    pools = range(len(network.members[a]))
    return [model.leave[n, a, q] for q in pools if (n, a, q) in network.arrival]
