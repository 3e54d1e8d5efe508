"""Formulation ``pointing``: where the satellite points, and when it leaves, for any tau.

Sets        (n, a) services with key; a+ the next active interval
            cells (n, a): the services, and what lies between two services of n that are at
            most tau apart (farther apart, to leave and to come back costs nothing)
Variables   x[n, a] in {0, 1}       interval a serves link n
            point[n, a] in [0, 1]   the satellite points at n in a, serving or idle
            leave[n, a] in [0, 1]   ... and no longer in a+
            gone[a] in [0, 1]       it leaves any link after a; exists where t[a+] <= t[a] + tau

    maximise  sum_{n, a} c_n K[n, a] x[n, a]
    serve     x[n, a] <= point[n, a]
    depart    leave[n, a] >= point[n, a] - point[n, a+]
    count     gone[a] >= sum_n leave[n, a]
    turn      sum_n point[n, a] + sum of gone[b] with t[a] - tau <= t[b] < t[a]  <= 1

(``point[n, a+]`` is 0 where it is no cell; ``leave[n, a]`` is written ``point[n, a]`` there.)

*It states the problem.* Whoever serves n in b and another link in a later leaves n in an interval
from b on and before a; by ``turn`` that is more than tau before a. Conversely a legal
schedule points at n from the first to the last of services at most tau apart and then leaves.

*Its relaxation is integral.* Take the least ``leave`` and ``gone`` that the rows allow. Then
``point - leave`` stays on a link, ``point[n, a+] - point[n, a] + leave[n, a]`` comes to it, and
what ``turn`` leaves waits for a link: a flow of one unit through an acyclic network, so a mixture
of paths (docs/formulations.md has the steps).

Forbidden services have no variable; ``lock`` and ``duty`` are rows of x. They end integrality,
but a binary x is a legal schedule: it is a mixture of paths, and they all serve x.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pyomo.environ as pyo

from qkdopt.optimize.formulations.linear import add_objective
from qkdopt.optimize.formulations.operations import add_operations, refused_operation
from qkdopt.optimize.formulations.servable import Servable, servable
from qkdopt.optimize.formulations.templates import Row, add_rows
from qkdopt.optimize.objectives.piecewise_linear import PiecewiseLinearObjective
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategies import Strategy

__all__ = ["build", "refusal"]


def refusal(problem: SchedulingProblem) -> str | None:
    """Return why this formulation cannot carry ``problem``, or ``None``."""
    return refused_operation(problem, "pointing")


def build(
    problem: SchedulingProblem, strategy: Strategy | PiecewiseLinearObjective
) -> pyo.ConcreteModel:
    """Return the :class:`pyomo.environ.ConcreteModel` of a (piecewise) linear objective."""
    sets = servable(problem)
    model = pyo.ConcreteModel(name="pointing")
    model.x = pyo.Var(sets.pairs, domain=pyo.Binary)
    _add_pointing(model, sets, _cells(problem, sets))
    add_operations(model, problem, sets)
    add_objective(model, problem, sets.pairs, strategy)
    return model


@dataclass(frozen=True)
class Cells:
    """Where a satellite may point.

    Attributes
    ----------
    links
        For each active interval the links that can be pointed at.
    staying, ending
        For each active interval those that can be pointed at in the next one as well, and the
        others; both are empty where the next one is more than tau later.
    """

    links: list[list[int]]
    staying: list[list[int]]
    ending: list[list[int]]


def _cells(problem: SchedulingProblem, sets: Servable) -> Cells:
    """Return services, and what lies between two of one link that are at most tau apart."""
    times, tau = problem.interval.tolist(), problem.tau
    links: list[list[int]] = [[] for _ in times]
    last: dict[int, int] = {}
    for n, a in sets.pairs:
        b = last.get(n, a)
        between = range(b + 1, a) if times[a] - times[b] <= tau else ()
        for c in (*between, a):
            links[c].append(n)
        last[n] = a
    staying: list[list[int]] = [[] for _ in times]
    ending: list[list[int]] = [[] for _ in times]
    for a, (before, after) in enumerate(pairwise(times)):
        if after - before <= tau:
            here, there = links[a], set(links[a + 1])
            staying[a] = [n for n in here if n in there]
            ending[a] = [n for n in here if n not in there]
    return Cells(links, staying, ending)


def _add_pointing(model: pyo.ConcreteModel, sets: Servable, cells: Cells) -> None:
    """Add ``serve``, ``depart``, ``count`` and ``turn``."""
    intervals = range(len(cells.links))
    left = [a for a in intervals if cells.staying[a] or cells.ending[a]]
    known = set(left)
    earlier = {a: [b for _, b in sets.earlier[a] if b in known] for a in intervals}
    model.links = pyo.Set(intervals, initialize=dict(enumerate(cells.links)))
    model.staying = pyo.Set(left, initialize={a: cells.staying[a] for a in left})
    model.ending = pyo.Set(left, initialize={a: cells.ending[a] for a in left})
    model.earlier = pyo.Set(intervals, initialize=earlier)
    staying = [(n, a, a + 1) for a in left for n in cells.staying[a]]
    model.point = pyo.Var([(n, a) for a in intervals for n in cells.links[a]], bounds=(0, 1))
    model.leave = pyo.Var([row[:2] for row in staying], bounds=(0, 1))
    model.gone = pyo.Var(left, bounds=(0, 1))

    def serve(model: pyo.ConcreteModel, n: int, a: int) -> Row:
        return model.x[n, a] - model.point[n, a] <= 0

    def depart(model: pyo.ConcreteModel, n: int, a: int, b: int) -> Row:
        return model.leave[n, a] - model.point[n, a] + model.point[n, b] >= 0

    def count(model: pyo.ConcreteModel, a: int) -> Row:
        leave = sum(model.leave[n, a] for n in model.staying[a])
        return leave + sum(model.point[n, a] for n in model.ending[a]) - model.gone[a] <= 0

    def turn(model: pyo.ConcreteModel, a: int) -> Row:
        point = sum(model.point[n, a] for n in model.links[a])
        return point + sum(model.gone[b] for b in model.earlier[a]) <= 1

    add_rows(model, "serve", sets.pairs, serve)
    add_rows(model, "depart", staying, depart)
    add_rows(model, "count", left, count)
    add_rows(model, "turn", [a for a in intervals if cells.links[a]], turn)
