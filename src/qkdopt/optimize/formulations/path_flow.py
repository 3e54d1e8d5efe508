"""Formulation ``path_flow``: one unit of flow through the time-expanded graph, for any tau.

Sets        (n, a) services with key; a+ the next interval in which n could be served
            d = 1..D intervals served in the present service, D the minimum dwell (1 without)
            q pools of links that wait alike: one for all; one per link with a switch matrix
            o origins of a pool's flow: ``old``, and ``new`` where hand-overs per pass count

Variables   x[n, a] in {0, 1}        interval a serves link n
            begin[n, a, o] >= 0      ... as the first interval of a service
            stay[n, a, d] >= 0       ... after d earlier ones of the same service
            hold[n, a, d] >= 0       flow on link n just before a; none before its first a
            leave[n, a, q] >= 0      flow that leaves n for pool q once a is served
            pool[q, o, a] >= 0       flow that may begin to serve a link of q in a

    maximise  sum_{n, a} c_n K[n, a] x[n, a]
    divide    x[n, a] = sum_o begin[n, a, o] + sum_d stay[n, a, d]
    same      stay[n, a, d] <= hold[n, a, d]                    (the rest idles on n)
    carry     hold[n, a+, d] = hold[n, a, d] - stay[n, a, d]
                  + begin[n, a, .] if d = 1  + stay[n, a, e] for min(e + 1, D) = d
                  - leave[n, a, .] if d = D;    0 for d < D where there is no a+
    depart    sum_q leave[n, a, q] <= what ``carry`` has just put into d = D by serving a
    wait      pool[q, o, a] = pool[q, o, a - 1] - sum_n begin[n, a - 1, o]
                  + leave[n, b, q] for which a is the first interval with t[a] > t[b] + tau
    turn      sum_{n in q} begin[n, a, o] <= pool[q, o, a]
    origin    sum_q pool[q, old, first] = 1

With two origins, flow that leaves and arrives within one pass goes to ``new``, all other to
``old``, and what is in ``new`` moves to ``old`` when a pass begins.

*It states the problem.* A unit of flow is on one link, on its way, or in one pool at a time,
so it serves one link at a time; it enters a link from a pool only, more than tau after the
last service of another, and leaves only after a service of D intervals. Conversely each legal
schedule is such a path: stay on n between services of n, leave right after the last one.

*Its relaxation is integral* (without the rows below). Name ``hold - stay`` the idling,
``carry`` the keeping, ``pool - begin`` the waiting flow: each variable is then the flow on one
arc of an acyclic network with one unit of supply, and the polytope of such flows has the
characteristic vectors of paths as its vertices. The objective counts the arcs that serve.

    lock      x[n, a] = 1                                       locked services
    duty      sum_{n, a in pass} x[n, a] <= most                max_service_s_per_pass
    total     sum leave <= most                                 max_handovers
    inside    sum_{n, a in pass} begin[n, a, new] <= most       max_handovers_per_pass

These cut through the network, so integrality ends. Declaring ``x`` binary would do: at a binary
``x`` the flow is a mixture of paths that all serve ``x``, none of them leaves less often than
the schedule changes its link (leaving n to come back to n is never needed), so if the mixture
obeys a cap, the schedule does. All variables are declared binary nevertheless, which costs no
time: HiGHS 1.15.1 takes the others for implied integers, rounds their implied bounds wrongly
(HiGHS issue 3274) and once in 20,000 drawn problems called a wrong schedule optimal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyomo.environ as pyo
from pyomo.core.expr.numeric_expr import LinearExpression

from qkdopt.optimize.formulations.linear import add_objective
from qkdopt.optimize.formulations.operations import add_operations
from qkdopt.optimize.formulations.servable import Servable, servable
from qkdopt.optimize.formulations.templates import Row
from qkdopt.optimize.limits import Limits, SatelliteLimits, limits_of
from qkdopt.optimize.objectives.piecewise_linear import PiecewiseLinearObjective
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategies import Strategy

__all__ = ["build", "refusal"]

_OLD, _NEW = 0, 1


def refusal(problem: SchedulingProblem) -> str | None:
    """Return why this formulation cannot carry ``problem``: it carries every one."""
    return None


def build(
    problem: SchedulingProblem, strategy: Strategy | PiecewiseLinearObjective
) -> pyo.ConcreteModel:
    """Return the :class:`pyomo.environ.ConcreteModel` of a (piecewise) linear objective."""
    network = _network(problem)
    model = pyo.ConcreteModel(name="path_flow")
    model.x = pyo.Var(network.sets.pairs, domain=pyo.Binary)
    _add_links(model, network)
    _add_pools(model, network)
    add_operations(model, problem, network.sets)
    _add_handover_caps(model, network)
    add_objective(model, problem, network.sets.pairs, strategy)
    return model


@dataclass(frozen=True, eq=False)
class _Network:
    """The services and where each can lead.

    ``following`` and ``preceding`` are the neighbours on the same link; ``arrival[n, b, q]``
    is the first interval in which flow that leaves can begin; ``first`` the intervals in which
    a unit of flow begins; ``own``, ``members`` (the links of each pool) and ``origins`` (the kinds
    of flow in a pool) are those of the satellite of each interval.
    """

    sets: Servable
    limits: Limits
    following: dict[tuple[int, int], int]
    preceding: dict[tuple[int, int], int]
    arrival: dict[tuple[int, int, int], int]
    first: list[int]
    own: list[SatelliteLimits]
    members: list[list[list[int]]]
    origins: list[tuple[int, ...]]

    def counts(self, a: int) -> range:
        """Return how many intervals a service may have lasted, up to the minimum dwell."""
        return range(1, self.own[a].dwell + 1)


def _network(problem: SchedulingProblem) -> _Network:
    sets, limits, joined = servable(problem), limits_of(problem), problem.joined
    active, every = problem.interval.size, range(len(problem.links))
    ends = np.array([0, active] if joined is None else joined.begin)
    end_of = np.repeat(ends[1:], np.diff(ends)).tolist()
    own, members = [limits.satellites[0]] * active, [[list(every)]] * active
    for item in limits.satellites:
        tau = item.turns.tau
        apart = bool(item.turns.slew) or len({*tau[tau >= 0].tolist()}) > 1
        for a in item.rows.tolist():
            own[a], members[a] = item, [[n] for n in every] if apart else [list(every)]
    following: dict[tuple[int, int], int] = {}
    arrival: dict[tuple[int, int, int], int] = {}
    last: dict[int, int] = {}
    times = problem.interval
    for n, a in sets.pairs:
        if n in last and a < end_of[last[n]]:
            following[n, last[n]] = a
        last[n] = a
        for q, inside in enumerate(members[a]):
            other = inside[0] if inside[0] != n else inside[-1]
            if other != n:
                soonest = own[a].turns.soonest(n, other, times[a : a + 1])
                arrival[n, a, q] = int(np.searchsorted(times, soonest[0]))
    return _Network(
        sets,
        limits,
        following,
        {(n, after): before for (n, before), after in following.items()},
        {key: a for key, a in arrival.items() if a < end_of[key[1]]},
        sorted({int(a) for a in ends[:-1] if a < active}),
        own,
        members,
        [(_OLD,) if item.pass_handovers is None else (_OLD, _NEW) for item in own],
    )


def _add_links(model: pyo.ConcreteModel, network: _Network) -> None:
    """Add what happens on one link: ``divide``, ``same``, ``carry``, ``depart``."""
    pairs, preceding, counts = network.sets.pairs, network.preceding, network.counts
    model.begin = pyo.Var(
        [(*pair, o) for pair in pairs for o in network.origins[pair[1]]], domain=pyo.Binary
    )
    onward = [(*pair, d) for pair in pairs if pair in preceding for d in counts(pair[1])]
    model.hold = pyo.Var(onward, domain=pyo.Binary)
    model.stay = pyo.Var(onward, domain=pyo.Binary)
    model.leave = pyo.Var(list(network.arrival), domain=pyo.Binary)

    def divide(model: pyo.ConcreteModel, n: int, a: int) -> Row:
        stays = [model.stay[n, a, d] for d in counts(a)] if (n, a) in preceding else []
        return model.x[n, a] - sum(_beginning(model, network, n, a)) - sum(stays) == 0

    def same(model: pyo.ConcreteModel, n: int, a: int, d: int) -> Row:
        return model.stay[n, a, d] - model.hold[n, a, d] <= 0

    model.divide = pyo.Constraint(pairs, rule=divide)
    model.same = pyo.Constraint(onward, rule=same)
    _add_carry(model, network)

    def depart(model: pyo.ConcreteModel, n: int, a: int) -> Row:
        stays = _staying(model, network, n, a, network.own[a].dwell)
        return sum(_leaving(model, network, n, a)) - sum(stays) <= 0

    model.depart = pyo.Constraint(sorted({key[:2] for key in network.arrival}), rule=depart)


def _add_carry(model: pyo.ConcreteModel, network: _Network) -> None:
    """Add ``carry``: on a link, what comes into an interval goes on or leaves."""
    following, preceding = network.following, network.preceding

    def carry(model: pyo.ConcreteModel, n: int, a: int, d: int) -> Row:
        flow = sum(_staying(model, network, n, a, d))
        if (n, a) in preceding:
            flow = flow + model.hold[n, a, d] - model.stay[n, a, d]
        if d == network.own[a].dwell:
            flow = flow - sum(_leaving(model, network, n, a))
        if (n, a) in following:
            return flow - model.hold[n, following[n, a], d] == 0
        return flow == 0

    model.carry = pyo.Constraint(
        [
            (*pair, d)
            for pair in network.sets.pairs
            for d in network.counts(pair[1])
            if pair in following or d < network.own[pair[1]].dwell
        ],
        rule=lambda model, n, a, d: _row(carry(model, n, a, d)),
    )


def _beginning(model: pyo.ConcreteModel, network: _Network, n: int, a: int) -> list[pyo.Var]:
    return [model.begin[n, a, o] for o in network.origins[a]]


def _staying(model: pyo.ConcreteModel, network: _Network, n: int, a: int, d: int) -> list[pyo.Var]:
    begins = _beginning(model, network, n, a) if d == 1 else []
    if (n, a) not in network.preceding:
        return begins
    dwell = network.own[a].dwell
    return [model.stay[n, a, e] for e in network.counts(a) if min(e + 1, dwell) == d] + begins


def _leaving(model: pyo.ConcreteModel, network: _Network, n: int, a: int) -> list[pyo.Var]:
    pools = range(len(network.members[a]))
    return [model.leave[n, a, q] for q in pools if (n, a, q) in network.arrival]


def _row(row: Row | bool) -> Row:
    return pyo.Constraint.Skip if row is True else row


def _add_pools(model: pyo.ConcreteModel, network: _Network) -> None:
    """Add what happens between links: ``wait``, ``turn``, ``origin``."""
    passes, links = network.limits.passes.tolist(), network.sets.links
    active, origins, members = range(len(links)), network.origins, network.members
    first = {*network.first}
    arrivals: dict[tuple[int, int, int], list[pyo.Var]] = {}
    for (n, b, q), a in network.arrival.items():
        inside = _NEW in origins[a] and passes[a] == passes[b]
        arrivals.setdefault((q, _NEW if inside else _OLD, a), []).append(model.leave[n, b, q])
    cells = sorted((q, o, a) for a in active for q in range(len(members[a])) for o in origins[a])
    pool = model.pool = pyo.Var(cells, domain=pyo.Binary)

    def beginning(q: int, o: int, a: int) -> list[pyo.Var]:
        return [model.begin[n, a, o] for n in links[a] if n in members[a][q]]

    def remaining(q: int, o: int, a: int) -> LinearExpression:
        return pool[q, o, a] - sum(beginning(q, o, a))

    def wait(model: pyo.ConcreteModel, q: int, o: int, a: int) -> Row:
        flow = sum(arrivals.get((q, o, a), []))
        begins_pass = passes[a] != passes[a - 1]
        if o == _OLD or not begins_pass:
            flow = flow + remaining(q, o, a - 1)
        if o == _OLD and begins_pass and _NEW in origins[a]:
            flow = flow + remaining(q, _NEW, a - 1)
        return flow - pool[q, o, a] == 0

    model.wait = pyo.Constraint([x for x in cells if x[2] not in first], rule=wait)

    def turn(model: pyo.ConcreteModel, q: int, o: int, a: int) -> Row:
        begins = beginning(q, o, a)
        return sum(begins) - pool[q, o, a] <= 0 if begins else pyo.Constraint.Skip

    model.turn = pyo.Constraint(cells, rule=turn)

    def origin(model: pyo.ConcreteModel, a: int) -> Row:
        return sum(pool[q, _OLD, a] for q in range(len(members[a]))) == 1

    model.origin = pyo.Constraint(network.first, rule=origin)
    for q, o, a in cells:
        if o == _NEW and a in first:
            pool[q, o, a].fix(0)


def _add_handover_caps(model: pyo.ConcreteModel, network: _Network) -> None:
    """Add ``total`` and ``inside``."""
    leaving: dict[int, list[pyo.Var]] = {}
    for s, own in enumerate(network.limits.satellites):
        if own.handovers is not None:
            rows = {*own.rows.tolist()}
            leaving[s] = [leave for key, leave in model.leave.items() if key[1] in rows]
    by_pass: dict[int, tuple[int, list[pyo.Var]]] = {}
    for n, a in network.sets.pairs:
        most = network.own[a].pass_handovers
        if most is not None:
            number = int(network.limits.passes[a])
            by_pass.setdefault(number, (most, []))[1].append(model.begin[n, a, _NEW])

    def total(model: pyo.ConcreteModel, s: int) -> Row:
        return sum(leaving[s]) <= network.limits.satellites[s].handovers

    def inside(model: pyo.ConcreteModel, number: int) -> Row:
        return sum(by_pass[number][1]) <= by_pass[number][0]

    model.total = pyo.Constraint([s for s, some in leaving.items() if some], rule=total)
    model.inside = pyo.Constraint(sorted(by_pass), rule=inside)
