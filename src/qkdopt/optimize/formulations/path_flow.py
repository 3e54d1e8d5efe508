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
from qkdopt.optimize.limits import Limits, limits_of
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
    is the first interval in which flow that leaves can begin; ``members`` the links of each
    pool; ``origins`` the kinds of flow in a pool.
    """

    sets: Servable
    limits: Limits
    following: dict[tuple[int, int], int]
    preceding: dict[tuple[int, int], int]
    arrival: dict[tuple[int, int, int], int]
    members: list[list[int]]
    origins: tuple[int, ...]


def _network(problem: SchedulingProblem) -> _Network:
    sets, limits = servable(problem), limits_of(problem)
    following: dict[tuple[int, int], int] = {}
    of_link: list[list[int]] = [[] for _ in problem.links]
    for n, a in sets.pairs:
        if of_link[n]:
            following[n, of_link[n][-1]] = a
        of_link[n].append(a)
    links = range(len(problem.links))
    uniform = problem.operations.switch_matrix_s is None
    members = [list(links)] if uniform else [[n] for n in links]
    arrival = {}
    for q in range(len(members)):
        for n in links:
            tau = problem.tau if uniform else int(limits.tau[n, q])
            first = np.searchsorted(problem.interval, problem.interval + tau, side="right")
            if uniform or n != q:
                arrival.update({(n, int(a), q): int(first[a]) for a in of_link[n]})
    return _Network(
        sets,
        limits,
        following,
        {(n, after): before for (n, before), after in following.items()},
        {key: a for key, a in arrival.items() if a < problem.interval.size},
        members,
        (_OLD,) if limits.pass_handovers is None else (_OLD, _NEW),
    )


def _add_links(model: pyo.ConcreteModel, network: _Network) -> None:
    """Add what happens on one link: ``divide``, ``same``, ``carry``, ``depart``."""
    pairs, following, preceding = network.sets.pairs, network.following, network.preceding
    dwell = network.limits.dwell
    counts = range(1, dwell + 1)
    begin = model.begin = pyo.Var(
        [(*pair, o) for pair in pairs for o in network.origins], domain=pyo.Binary
    )
    onward = [(*pair, d) for pair in pairs if pair in preceding for d in counts]
    hold = model.hold = pyo.Var(onward, domain=pyo.Binary)
    stay = model.stay = pyo.Var(onward, domain=pyo.Binary)
    leave = model.leave = pyo.Var(list(network.arrival), domain=pyo.Binary)

    def beginning(n: int, a: int) -> list[pyo.Var]:
        return [begin[n, a, o] for o in network.origins]

    def staying(n: int, a: int, d: int) -> list[pyo.Var]:
        if (n, a) not in preceding:
            return beginning(n, a) if d == 1 else []
        joined = [stay[n, a, e] for e in counts if min(e + 1, dwell) == d]
        return joined + (beginning(n, a) if d == 1 else [])

    def leaving(n: int, a: int) -> list[pyo.Var]:
        pools = range(len(network.members))
        return [leave[n, a, q] for q in pools if (n, a, q) in network.arrival]

    def divide(model: pyo.ConcreteModel, n: int, a: int) -> Row:
        stays = [stay[n, a, d] for d in counts] if (n, a) in preceding else []
        return model.x[n, a] - sum(beginning(n, a)) - sum(stays) == 0

    model.divide = pyo.Constraint(pairs, rule=divide)

    def same(model: pyo.ConcreteModel, n: int, a: int, d: int) -> Row:
        return stay[n, a, d] - hold[n, a, d] <= 0

    model.same = pyo.Constraint(onward, rule=same)

    def carry(model: pyo.ConcreteModel, n: int, a: int, d: int) -> Row:
        flow = sum(staying(n, a, d))
        if (n, a) in preceding:
            flow = flow + hold[n, a, d] - stay[n, a, d]
        if d == dwell:
            flow = flow - sum(leaving(n, a))
        if (n, a) in following:
            return flow - hold[n, following[n, a], d] == 0
        return flow == 0

    model.carry = pyo.Constraint(
        [(*pair, d) for pair in pairs for d in counts if pair in following or d < dwell],
        rule=lambda model, n, a, d: _row(carry(model, n, a, d)),
    )

    def depart(model: pyo.ConcreteModel, n: int, a: int) -> Row:
        return sum(leaving(n, a)) - sum(staying(n, a, dwell)) <= 0

    model.depart = pyo.Constraint(sorted({key[:2] for key in network.arrival}), rule=depart)


def _row(row: Row | bool) -> Row:
    return pyo.Constraint.Skip if row is True else row


def _add_pools(model: pyo.ConcreteModel, network: _Network) -> None:
    """Add what happens between links: ``wait``, ``turn``, ``origin``."""
    passes, links = network.limits.passes.tolist(), network.sets.links
    active, origins = range(len(links)), network.origins
    pools = range(len(network.members))
    arrivals: dict[tuple[int, int, int], list[pyo.Var]] = {}
    for (n, b, q), a in network.arrival.items():
        inside = _NEW in origins and passes[a] == passes[b]
        arrivals.setdefault((q, _NEW if inside else _OLD, a), []).append(model.leave[n, b, q])
    pool = model.pool = pyo.Var(pools, origins, active, domain=pyo.Binary)

    def beginning(q: int, o: int, a: int) -> list[pyo.Var]:
        return [model.begin[n, a, o] for n in links[a] if n in network.members[q]]

    def remaining(q: int, o: int, a: int) -> LinearExpression:
        return pool[q, o, a] - sum(beginning(q, o, a))

    def wait(model: pyo.ConcreteModel, q: int, o: int, a: int) -> Row:
        flow = sum(arrivals.get((q, o, a), []))
        begins_pass = passes[a] != passes[a - 1]
        if o == _OLD or not begins_pass:
            flow = flow + remaining(q, o, a - 1)
        if o == _OLD and begins_pass and _NEW in origins:
            flow = flow + remaining(q, _NEW, a - 1)
        return flow - pool[q, o, a] == 0

    model.wait = pyo.Constraint(pools, origins, active[1:], rule=wait)

    def turn(model: pyo.ConcreteModel, q: int, o: int, a: int) -> Row:
        begins = beginning(q, o, a)
        return sum(begins) - pool[q, o, a] <= 0 if begins else pyo.Constraint.Skip

    model.turn = pyo.Constraint(pools, origins, active, rule=turn)
    if links:
        model.origin = pyo.Constraint(expr=sum(pool[q, _OLD, 0] for q in pools) == 1)
        for q in pools if _NEW in origins else ():
            pool[q, _NEW, 0].fix(0)


def _add_handover_caps(model: pyo.ConcreteModel, network: _Network) -> None:
    """Add ``total`` and ``inside``."""
    limits = network.limits
    if limits.handovers is not None and network.arrival:
        model.total = pyo.Constraint(expr=sum(model.leave.values()) <= limits.handovers)
    if limits.pass_handovers is None:
        return
    by_pass: dict[int, list[pyo.Var]] = {}
    for n, a in network.sets.pairs:
        by_pass.setdefault(int(limits.passes[a]), []).append(model.begin[n, a, _NEW])

    def inside(model: pyo.ConcreteModel, number: int) -> Row:
        return sum(by_pass[number]) <= limits.pass_handovers

    model.inside = pyo.Constraint(sorted(by_pass), rule=inside)
