"""Formulation ``pointing``: where the satellite points, and when it leaves, for any tau.

Sets        (n, a) services with key; a+ the next active interval
            cells (n, a): the services, and what lies between two services of n that are at
            most tau apart (farther apart, to leave and to come back costs nothing)
Variables   x[n, a] in {0, 1}       interval a serves link n
            point[n, a] in [0, 1]   the satellite points at n in a, serving or idle
            leave[n, a] in [0, 1]   ... and no longer in a+
            gone[a] >= 0            it leaves any link after a; exists where t[a+] <= t[a] + tau

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

import numpy as np
import pyomo.environ as pyo

from qkdopt.optimize.formulations.directions import directions
from qkdopt.optimize.formulations.linear import add_objective
from qkdopt.optimize.formulations.operations import add_operations, refused_operation
from qkdopt.optimize.formulations.servable import servable
from qkdopt.optimize.formulations.templates import add_rows
from qkdopt.optimize.formulations.turns import add_turns
from qkdopt.optimize.objectives.piecewise_linear import PiecewiseLinearObjective
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategies import Strategy


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
    time = problem.interval
    where = directions(sets.pairs, time, np.full(time.size, problem.tau))
    point = add_turns(model, where, [1] * time.size)
    add_rows(model, "serve", sets.pairs, lambda model, n, a: model.x[n, a] - point[n, a] <= 0)
    add_operations(model, problem, sets)
    add_objective(model, problem, strategy)
    return model
