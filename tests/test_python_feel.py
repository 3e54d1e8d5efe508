"""What objects say of themselves, and what they become in other packages."""

from importlib import import_module
from pkgutil import iter_modules

import networkx
import numpy as np
import pytest
from hypothesis import given, settings

import qkdopt as qo
from drawing import problem_of, tiny_problems
from physics_scenarios import scenario
from qkdopt.errors import SolverError
from qkdopt.interop.conversions import to_networkx, to_pandas, to_pyomo, to_scipy, to_xarray
from qkdopt.notebook import as_table
from qkdopt.optimize.domain.longest_path import best_schedule
from qkdopt.optimize.formulations import read_schedule
from qkdopt.study.front import compute_front

KEYS = qo.KeyTensor.create(
    [[5, 4, 0, 2], [0, 6, 7, 9]], [1, 2, 3, 5], ["A", "<script>"], weights={"A": 3, "<script>": 1}
)
PROBLEM = qo.SchedulingProblem.from_keys(KEYS)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (scenario, "Scenario('two cities', 2 stations, 2 links, from 2016-09-19 00:00:00 UTC"),
        (lambda: KEYS, "KeyTensor(2 links, 4 active intervals of 10 s, at most 27 bits)"),
        (lambda: PROBLEM, "SchedulingProblem(2 links, 4 active intervals of 10 s, tau 1)"),
        (
            lambda: qo.solve(PROBLEM, qo.GeneralDelivery()),
            "Outcome(finished, value 22, bound 22, optimal)",
        ),
        (lambda: qo.solve(PROBLEM, qo.BalancedDelivery()), "Outcome(finished, value t "),
        (lambda: compute_front(PROBLEM, points=3, seconds=1), "Front(3 points, "),
    ],
    ids=["Scenario", "KeyTensor", "SchedulingProblem", "Outcome", "Outcome of balanced", "Front"],
)
def test_words_and_tables(make, words):
    thing = make()
    assert repr(thing).startswith(words)
    assert len(repr(thing)) < 250
    table = thing._repr_html_()
    assert table.startswith("<table><caption>")
    assert table.endswith("</table>")
    assert "<script>" not in table


def test_markup_stays_text():
    table = as_table("<b>", [("<i>", "<script>alert(1)</script>"), ("n", 12345)])
    assert "<b>" not in table
    assert "<i>" not in table
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in table
    assert "12,345" in table
    assert "&lt;script&gt;" in KEYS._repr_html_()


def test_pandas():
    table = to_pandas(PROBLEM)
    assert table["A"].to_dict() == {1: 5, 2: 4, 3: 0, 5: 2}
    assert list(table.columns) == ["A", "<script>"]
    table.iloc[0, 0] = 99  # a copy
    assert PROBLEM.bits[0, 0] == 5
    instants = to_pandas(qo.compute_keys(scenario())).index
    assert str(instants.tz) == "UTC"
    assert instants.is_monotonic_increasing


def test_xarray_and_scipy():
    for thing in (KEYS, PROBLEM):
        dataset = to_xarray(thing)
        assert (dataset["key_bits"].values == KEYS.bits).all()
        sparse = to_scipy(thing)
        assert sparse.dtype == np.int64
        assert sparse.nnz == 6
        assert (sparse.toarray() == KEYS.bits).all()


@given(tiny_problems())
@settings(max_examples=60)
def test_the_longest_path_of_the_graph_is_the_optimum(problem):
    graph = to_networkx(problem)
    ones = np.ones(len(problem.links), np.int64)
    assert networkx.is_directed_acyclic_graph(graph)
    assert networkx.dag_longest_path_length(graph, "bits") == best_schedule(problem, ones)[1]
    path = networkx.dag_longest_path(graph, "bits")
    service = [-1] * problem.interval.size
    for node in path:
        if node[0] == "serve":
            service[node[2]] = node[1]
    assert qo.Schedule.create(service).is_legal(problem)


def test_pyomo_and_back():
    import pyomo.environ as pyo

    model = to_pyomo(PROBLEM, qo.GeneralDelivery())
    pyo.SolverFactory("appsi_highs").solve(model)
    schedule = read_schedule(PROBLEM, model)
    assert sum(schedule.delivered(PROBLEM)) == 22
    assert to_pyomo(PROBLEM, qo.CappedDelivery({"A": 5, "<script>": 9})).nvariables() > 0
    wide = problem_of([[1, 2], [2, 1]], [1, 2], 2)
    assert to_pyomo(wide, qo.GeneralDelivery()).nvariables() > 0
    with pytest.raises(SolverError, match="startup: "):
        to_pyomo(wide, qo.GeneralDelivery(), "startup")
    with pytest.raises(SolverError, match="the graph cannot carry operations"):
        to_networkx(problem_of([[1]], [1], 0, max_handovers=1))


@pytest.mark.parametrize("package", ["qkdopt", "qkdopt.physics", "qkdopt.study"])
def test_no_public_name_is_that_of_a_module(package):
    """Importing such a module would put it in the place of the function or class."""
    found = import_module(package)
    modules = {item.name for item in iter_modules(found.__path__)}
    assert modules.isdisjoint(found.__all__)
