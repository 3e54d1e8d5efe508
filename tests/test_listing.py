"""Lists of deliveries are counted as work, and the next ones wait in proportion."""

import pytest

import qkdopt as qo
from qkdopt.library import problem_folder
from qkdopt.optimize.decomposition.branch_and_price import BranchAndPrice
from qkdopt.optimize.decomposition.deliveries import Deliveries
from qkdopt.optimize.decomposition.listing import Lists
from qkdopt.optimize.exchange.parameters import USUAL
from qkdopt.optimize.objectives import objective_of

WAIT = 4.0  # times the work of the last lists


@pytest.fixture(scope="module")
def run() -> BranchAndPrice:
    problem = qo.load_problem(problem_folder("drawn-few-passes") / "problem.json.gz")
    run = BranchAndPrice(objective_of(problem, qo.TargetedDelivery(kl_max="0.01")))
    run.lists = False
    run.solve(0.0)
    return run


def test_lists_in_vain_are_counted_and_wait(run: BranchAndPrice) -> None:
    assert run.root is not None
    assert run.bound is not None
    lists, worked_s = Lists(run.objective, USUAL.branch_and_bound), 0.0
    times, earliest_s = list[float](), 0.0
    lists.plans.lower = lambda *given: None  # type: ignore[method-assign]
    for _ in range(400):
        asked = run.bound, run.incumbent, run.try_incumbent, lambda: False, worked_s
        assert lists.lower(run.root, run.root, *asked) is None
        if lists.spent_s > 0.0:
            assert worked_s >= earliest_s
            times.append(lists.spent_s)
            earliest_s = worked_s + (1.0 + WAIT) * lists.spent_s - 1e-9
        worked_s += lists.spent_s + 0.01  # what is done elsewhere
    assert len(times) >= 2
    assert times == sorted(times)  # each longer than the one before


def test_what_a_list_refuses_to_look_at_is_not_counted(
    run: BranchAndPrice, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run.root is not None
    assert run.bound is not None

    def gives_up(deliveries: Deliveries, *given: object, most: int, stop: object) -> None:
        deliveries.steps = 10**9  # an estimate of what it would take

    monkeypatch.setattr(Deliveries, "best", gives_up)
    lists = Lists(run.objective, USUAL.branch_and_bound)
    lists.plans.lower = lambda *given: None  # type: ignore[method-assign]
    lists.lower(run.root, run.root, run.bound, run.incumbent, run.try_incumbent, bool, 0.0)
    assert 0.0 < lists.spent_s < 1.0
