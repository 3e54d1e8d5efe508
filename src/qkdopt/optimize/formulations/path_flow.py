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

Keys in sessions have arcs for whole sessions, see :mod:`qkdopt.optimize.formulations.session_flow`.
"""

import pyomo.environ as pyo
from pyomo.core.expr.numeric_expr import LinearExpression

from qkdopt.optimize.formulations.linear import add_objective
from qkdopt.optimize.formulations.network import NEW, OLD, Network, network_of
from qkdopt.optimize.formulations.operations import add_operations
from qkdopt.optimize.formulations.session_flow import add_sessions, beginning, ending, leaving
from qkdopt.optimize.formulations.templates import Row
from qkdopt.optimize.objectives.piecewise_linear import PiecewiseLinearObjective
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategies import Strategy


def refusal(problem: SchedulingProblem) -> str | None:
    """Return why this formulation cannot carry ``problem``: it carries every one."""
    return None


def build(
    problem: SchedulingProblem, strategy: Strategy | PiecewiseLinearObjective
) -> pyo.ConcreteModel:
    """Return the :class:`pyomo.environ.ConcreteModel` of a (piecewise) linear objective."""
    network = network_of(problem)
    model = pyo.ConcreteModel(name="path_flow")
    # Sums of sessions are 0 or 1 by themselves, and HiGHS substitutes what has no bounds.
    whole = pyo.Integers if network.sessions else pyo.Binary
    model.x = pyo.Var(network.sets.pairs, domain=whole)
    _add_links(model, network)
    _add_pools(model, network)
    add_operations(model, problem, network.sets)
    _add_handover_caps(model, network)
    add_objective(model, problem, strategy)
    return model


def _add_links(model: pyo.ConcreteModel, network: Network) -> None:
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
        served = sum(beginning(model, network, n, a)) + sum(stays)
        if (n, a - 1, a) in network.sessions:
            ends = sum(model.end[n, a - 1, d] for d in counts(a - 1))
            served = served + model.x[n, a - 1] - ends
        return model.x[n, a] - served == 0

    def same(model: pyo.ConcreteModel, n: int, a: int, d: int) -> Row:
        return model.stay[n, a, d] - model.hold[n, a, d] <= 0

    add_sessions(model, network)
    model.divide = pyo.Constraint(pairs, rule=divide)
    model.same = pyo.Constraint(onward, rule=same)
    _add_carry(model, network)

    def depart(model: pyo.ConcreteModel, n: int, a: int) -> Row:
        ends = ending(model, network, n, a, network.own[a].dwell)
        return sum(leaving(model, network, n, a)) - sum(ends) <= 0

    model.depart = pyo.Constraint(sorted({key[:2] for key in network.arrival}), rule=depart)


def _add_carry(model: pyo.ConcreteModel, network: Network) -> None:
    """Add ``carry``: on a link, what comes into an interval goes on or leaves."""
    following, preceding = network.following, network.preceding

    def carry(model: pyo.ConcreteModel, n: int, a: int, d: int) -> Row:
        flow = 0
        for b in network.resuming.get((n, a), ()):
            flow = flow + sum(ending(model, network, n, b, d))
            if d == network.own[b].dwell:
                flow = flow - sum(leaving(model, network, n, b))
        if (n, a) in preceding:
            flow = flow + model.hold[n, a, d] - model.stay[n, a, d]
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


def _row(row: Row | bool) -> Row:
    return pyo.Constraint.Skip if row is True else row


def _add_pools(model: pyo.ConcreteModel, network: Network) -> None:
    """Add what happens between links: ``wait``, ``turn``, ``origin``."""
    passes, links = network.limits.passes.tolist(), network.sets.links
    active, origins, members = range(len(links)), network.origins, network.members
    first = {*network.first}
    arrivals: dict[tuple[int, int, int], list[pyo.Var]] = {}
    for (n, b, q), a in network.arrival.items():
        inside = NEW in origins[a] and passes[a] == passes[b]
        arrivals.setdefault((q, NEW if inside else OLD, a), []).append(model.leave[n, b, q])
    cells = sorted((q, o, a) for a in active for q in range(len(members[a])) for o in origins[a])
    pool = model.pool = pyo.Var(cells, domain=pyo.Binary)

    def starting(q: int, o: int, a: int) -> list[pyo.Var]:
        return [model.begin[n, a, o] for n in links[a] if n in members[a][q]]

    def remaining(q: int, o: int, a: int) -> LinearExpression:
        return pool[q, o, a] - sum(starting(q, o, a))

    def wait(model: pyo.ConcreteModel, q: int, o: int, a: int) -> Row:
        flow = sum(arrivals.get((q, o, a), []))
        begins_pass = passes[a] != passes[a - 1]
        if o == OLD or not begins_pass:
            flow = flow + remaining(q, o, a - 1)
        if o == OLD and begins_pass and NEW in origins[a]:
            flow = flow + remaining(q, NEW, a - 1)
        return flow - pool[q, o, a] == 0

    model.wait = pyo.Constraint([x for x in cells if x[2] not in first], rule=wait)

    def turn(model: pyo.ConcreteModel, q: int, o: int, a: int) -> Row:
        begins = starting(q, o, a)
        return sum(begins) - pool[q, o, a] <= 0 if begins else pyo.Constraint.Skip

    model.turn = pyo.Constraint(cells, rule=turn)

    def origin(model: pyo.ConcreteModel, a: int) -> Row:
        return sum(pool[q, OLD, a] for q in range(len(members[a]))) == 1

    model.origin = pyo.Constraint(network.first, rule=origin)
    for q, o, a in cells:
        if o == NEW and a in first:
            pool[q, o, a].fix(0)


def _add_handover_caps(model: pyo.ConcreteModel, network: Network) -> None:
    """Add ``total`` and ``inside``."""
    left: dict[int, list[pyo.Var]] = {}
    for s, own in enumerate(network.limits.satellites):
        if own.handovers is not None:
            rows = {*own.rows.tolist()}
            left[s] = [leave for key, leave in model.leave.items() if key[1] in rows]
    by_pass: dict[int, tuple[int, list[pyo.Var]]] = {}
    for n, a in network.sets.pairs:
        most = network.own[a].pass_handovers
        if most is not None:
            number = int(network.limits.passes[a])
            by_pass.setdefault(number, (most, []))[1].append(model.begin[n, a, NEW])

    def total(model: pyo.ConcreteModel, s: int) -> Row:
        return sum(left[s]) <= network.limits.satellites[s].handovers

    def inside(model: pyo.ConcreteModel, number: int) -> Row:
        return sum(by_pass[number][1]) <= by_pass[number][0]

    model.total = pyo.Constraint([s for s, some in left.items() if some], rule=total)
    model.inside = pyo.Constraint(sorted(by_pass), rule=inside)
