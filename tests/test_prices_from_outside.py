"""``--prices``: row duals of a linear programme begin the bound; what they prove is recomputed."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import examples, problem_of
from qkdopt.deadline import Deadline
from qkdopt.mip.highs_factory import new_highs
from qkdopt.mip.highs_model import highs_model, pass_model
from qkdopt.mip.standard_form import compile_model
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.decomposition.rounding import rounded
from qkdopt.optimize.formulations import formulation_named
from qkdopt.optimize.layout import laid_out
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.prices_file import PrimalRun, ReceiverCharge, StartingPrices, read_prices
from qkdopt.optimize.problem_file import problem_from_document, write_problem
from qkdopt.optimize.start import shares_of
from test_satellites_by_programmes import constellation
from verifier_version_2 import (
    bits_of,
    constellations,
    every_constellation,
    stated_paths,
    stations_can,
)

# Two stations, three satellites that see both for eight intervals: LP and optimum are 254.
RNG = np.random.default_rng(5)
CROWD = constellation(RNG.integers(1, 30, (3, 2, 8)).tolist(), tau=1)


def duals_of(problem):
    """Return the LP's value and its row duals of receivers, as a file states them."""
    one = laid_out(problem).problem
    form = compile_model(formulation_named("pointing").build(one, qo.GeneralDelivery()))
    solver = new_highs(log_to_console=False)
    pass_model(solver, highs_model(form, relax=True))
    solver.run()
    duals = list(solver.getSolution().row_dual)
    capacity = []
    for row, dual in zip(form.rows, duals, strict=True):
        if row.constraint.name.startswith("receive"):
            slot = row.constraint.index()
            station, t = (int(getattr(one.receivers, a)[slot]) for a in ("station", "interval"))
            capacity.append([station, t, t, -dual])  # costs are negated to be minimised
    return -solver.getInfo().objective_function_value, {"capacity": capacity}


def test_row_duals_prove_the_value_of_the_programme(tmp_path):
    value, document = duals_of(CROWD)
    path = tmp_path / "prices.json"
    path.write_text(json.dumps(document))
    prices = read_prices(path, CROWD)
    objective = objective_of(laid_out(CROWD).problem, qo.GeneralDelivery())
    at_once = Deadline(1e-9)
    with_prices = lagrangian_bound(objective, deadline=at_once, prices=prices)
    without = lagrangian_bound(objective, deadline=at_once)
    assert value <= with_prices.value + 1e-6 <= value + 1
    assert with_prices.value < without.value
    outcome = qo.solve(CROWD, qo.GeneralDelivery(), prices=path)
    best = qo.solve(CROWD, qo.GeneralDelivery(), solver="milp").value
    assert outcome.value == outcome.bound == best
    assert qo.verify(outcome.certificate, CROWD).optimal


@pytest.mark.parametrize("solver", ["decomposition", "milp"])
def test_any_prices_are_right(solver):
    # Nonsense is projected, and bounds what it bounds: never too little.
    rng = np.random.default_rng(3)
    best = qo.solve(CROWD, qo.GeneralDelivery()).value
    for _ in range(5):
        ranges = [
            ReceiverCharge(int(n), -1, int(t), int(t) + 3, float(p))
            for n, t, p in zip(
                rng.integers(0, 2, 6), rng.integers(0, 8, 6), rng.uniform(0, 60, 6), strict=True
            )
        ]
        prices = StartingPrices(tuple(rng.uniform(0, 3, 2).tolist()), tuple(ranges))
        outcome = qo.solve(CROWD, qo.GeneralDelivery(), solver=solver, prices=prices)
        assert outcome.value == best <= outcome.bound
        assert qo.verify(outcome.certificate, CROWD).holds


@pytest.mark.parametrize(
    "strategy",
    [
        qo.CappedDelivery({"A": 20, "B": 15}),
        qo.BalancedDelivery(),
        qo.TargetedDelivery("0.05"),
        qo.FairDelivery(),
    ],
    ids=lambda strategy: strategy.name,
)
def test_prices_of_targets_begin_every_strategy(strategy):
    rng = np.random.default_rng(1)
    bits = rng.integers(0, 9, (2, 30))
    problem = strategy.stated_in(problem_of(bits.tolist(), list(range(30)), 1, [2, 3]))
    best = qo.solve(problem, strategy)
    for target in ((0.0, 0.0), (1.0, 1.0), (0.2, 5.0)):
        found = qo.solve(problem, strategy, prices=StartingPrices(target))
        if strategy.name == "fair":  # proved to 1e-12
            assert float(found.value) == pytest.approx(float(best.value), rel=1e-11)
        else:
            assert (found.value, found.bound) == (best.value, best.bound)
        assert qo.verify(found.certificate, problem).holds


def test_the_optimal_multipliers_of_targets_are_a_bound_at_once():
    problem = problem_of(
        np.random.default_rng(7).integers(0, 9, (3, 40)).tolist(), list(range(40)), 1, [2, 3, 1]
    )
    objective = objective_of(problem, qo.TargetedDelivery("0.01"))
    root = lagrangian_bound(objective)
    known = StartingPrices(tuple(root.multipliers.per_bit.tolist()))
    again = lagrangian_bound(objective, deadline=Deadline(1e-9), prices=known)
    first = lagrangian_bound(objective, deadline=Deadline(1e-9))
    assert root.value <= again.value <= root.value + 1 < first.value


def primal_of(problem, paths):
    """Return paths as the primal of a relaxation."""
    return StartingPrices(primal=tuple(PrimalRun(*run, 1.0) for path in paths for run in path))


@settings(max_examples=examples(30), deadline=None)
@given(document=constellations(), data=st.data())
def test_rounded_primals_obey_all_rules_and_keep_what_is_a_schedule(document, data):
    problem, goal = problem_from_document(document), qo.GeneralDelivery()
    layout, bits = laid_out(problem), bits_of(document)
    possible = [p for p in every_constellation(document) if stations_can(document, p)]
    chosen = data.draw(st.sampled_from(possible))
    prices = primal_of(problem, stated_paths(chosen))
    found = rounded(layout.problem, goal, shares_of(prices.primal, problem, layout))
    assert found is not None  # legal
    least = sum(bits[cell] for path in chosen for cell in path)
    assert sum(found.delivered(layout.problem)) >= least
    runs = [
        PrimalRun(n, t, t, data.draw(st.floats(0, 1)))
        for n in range(len(problem.links)) for t in range(-1, 4)
    ]  # fmt: skip
    assert rounded(layout.problem, goal, shares_of(runs, problem, layout)) is not None


def test_a_primal_is_the_first_schedule():
    goal, at_once = qo.GeneralDelivery(), 1e-9
    best = qo.solve(CROWD, goal)
    prices = primal_of(CROWD, best.certificate.paths)
    layout = laid_out(CROWD)
    found = rounded(layout.problem, goal, shares_of(prices.primal, CROWD, layout))
    assert sum(found.delivered(layout.problem)) == best.value
    for solver in ("milp", "decomposition"):
        assert (
            qo.solve(CROWD, goal, solver=solver, prices=prices, time_limit=at_once).value
            == best.value
        )


def test_primals_of_operations_are_rounded_to_what_they_allow():
    rules = Operations(forbidden=((0, 2), (1, 3)), max_handovers_per_pass=1)
    satellites = [replace(one, operations=rules) for one in CROWD.satellites]
    problem = replace(CROWD, satellites=tuple(satellites))
    layout = laid_out(problem)
    runs = [PrimalRun(n, 0, 7, 0.5) for n in range(6)]
    found = rounded(layout.problem, qo.GeneralDelivery(), shares_of(runs, problem, layout))
    assert found.is_legal(layout.problem)
    assert sum(found.delivered(layout.problem)) > 0


def test_the_primal_of_one_satellite_is_rounded_for_its_targets():
    problem = problem_of([[5, 4, 0, 0], [0, 6, 7, 9]], [51, 52, 53, 54], 1, [1, 1])
    runs = [PrimalRun(0, 51, 51, 1.0), PrimalRun(1, 53, 54, 1.0), PrimalRun(1, 60, 99, 1.0)]
    found = rounded(problem, qo.TargetedDelivery("0.1"), shares_of(runs, problem))
    assert found.service.tolist() == [0, -1, 1, 1]


def test_ranges_meet_the_slots_that_they_name():
    problem = constellation([[[10, 2, 10, 4]], [[3, 10, 5, 10]]], 0, turn=1)
    shared = laid_out(problem).problem.receivers
    both = StartingPrices((), (ReceiverCharge(0, -1, 0, 1, 2.0), ReceiverCharge(0, 1, 1, 9, 0.5)))
    found = dict(
        zip(
            zip(shared.interval.tolist(), shared.satellite.tolist(), strict=True),
            both.of_receivers(shared).tolist(),
            strict=True,
        )
    )
    assert found == {
        (0, 0): 2.0, (0, 1): 2.0, (1, 0): 2.0, (1, 1): 2.5,
        (2, 0): 0.0, (2, 1): 0.5, (3, 0): 0.0, (3, 1): 0.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "expected prices as JSON"),
        ({"targets": [1]}, "targets: got an unknown key, expected target, capacity, primal"),
        ({"target": 3}, "target: got 3, expected a list"),
        ({"target": [1]}, "target: got 1 prices, expected 2, one for each target"),
        ({"target": [1, "x"]}, "target[1]: got x, expected a price"),
        ({"target": [1, True]}, "target[1]: got True, expected a price"),
        ({"target": [1, "1/0"]}, "target[1]: got '1/0', expected a price"),
        ({"target": [1, 1e300]}, "target[1]: got 1e+300, expected a price"),
        ({"capacity": [[0, 1, 2]]}, "capacity[0]: got [0, 1, 2], expected [station, first"),
        ({"capacity": [[0, 1.5, 2, 1]]}, "capacity[0]: got [0, 1.5, 2, 1], expected"),
        ({"capacity": [[2, 1, 2, 1]]}, "capacity[0]: station: got 2, expected 0 to 1"),
        ({"capacity": [[0, 3, 1, 2, 1]]}, "capacity[0]: satellite: got 3, expected 0 to 2"),
        ({"capacity": [[0, 3, 1, 1]]}, "got intervals 3 to 1, expected 0 <= first <= last"),
        ({"primal": [[0, 1, 2]]}, "primal[0]: got [0, 1, 2], expected [link, first, last, share]"),
        ({"primal": [[6, 1, 2, 1]]}, "primal[0]: link: got 6, expected 0 to 5"),
        ({"primal": [[0, 2, 1, 1]]}, "got intervals 2 to 1, expected 0 <= first <= last"),
        ({"primal": [[0, 1, 2, "x"]]}, "primal[0]: got x, expected a price"),
        ({"capacity": [[0, 1, 1, None]]}, "capacity[0]: got None, expected a price"),
    ],
)
def test_bad_prices_are_one_clear_error(tmp_path, document, words):
    path = tmp_path / "prices.json"
    path.write_text(json.dumps(document))
    with pytest.raises(qo.QkdoptError) as caught:
        read_prices(path, CROWD)
    assert words in str(caught.value).replace('"', "'")


def test_the_command_takes_a_file_or_an_earlier_certificate(qkdopt):
    write_problem(CROWD, qkdopt.folder / "p.json")
    _, document = duals_of(CROWD)
    qkdopt.write("prices.json", json.dumps(document))
    answer = qkdopt("solve", "p.json", "--prices", "prices.json", "-o", "c.json", "--json")
    assert answer.code == 0, answer.err
    assert answer.json["optimal"]
    again = qkdopt("solve", "p.json", "--prices", "c.json", "--json")
    assert again.json["bound"] == answer.json["bound"]
    tree = qkdopt("solve", "hand-three-satellites", "-o", "tree.json", "--json")
    assert tree.json["value"] == 19
    again = qkdopt("solve", "hand-three-satellites", "--prices", "tree.json", "--json")
    assert (again.json["value"], again.json["bound"]) == (19, 19)
    refused = qkdopt(
        "solve", "p.json", "--prices", "prices.json", "--solver", "milp", "--strategy", "least"
    )
    assert refused.code == 2


def test_solvers_without_prices_refuse_them():
    with pytest.raises(qo.QkdoptError, match="none with solver dynamic; decomposition, milp"):
        qo.solve(problem_of([[1]], [0], 1), qo.GeneralDelivery(), prices=StartingPrices((1.0,)))
