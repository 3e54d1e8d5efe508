"""The same seed goes the same way, another seed another way: in runs limited by work, not time."""

import pytest

import qkdopt as qo
from drawing import problem_of
from qkdopt.optimize.decomposition import strategies
from qkdopt.optimize.decomposition.branch_and_price import BranchAndPrice
from qkdopt.optimize.decomposition.column_search import ColumnSearch
from qkdopt.optimize.decomposition.window_lns import WindowLNS
from qkdopt.optimize.objectives import objective_of
from test_targeted_delivery import week_like


@pytest.fixture
def steps(monkeypatch):
    """Collect where walks and annealings end; their best schedules may agree by chance."""
    found, walk, anneal = [], WindowLNS.walk, ColumnSearch.anneal

    def walked(search, service, *others):
        better = walk(search, service, *others)
        found.append(service.tolist())
        return better

    def annealed(search, data, choice, *others):
        best = anneal(search, data, choice, *others)
        found.append(choice.tolist())
        return best

    monkeypatch.setattr(WindowLNS, "walk", walked)
    monkeypatch.setattr(ColumnSearch, "anneal", annealed)
    return found


@pytest.mark.parametrize("strategy", [qo.BalancedDelivery(), qo.TargetedDelivery("0.05")])
def test_the_same_seed_goes_the_same_way(strategy, steps):
    objective = objective_of(week_like(intervals=60), strategy)

    def way(seed):
        steps.clear()
        told = []
        run = BranchAndPrice(
            objective, seed=seed, brief=True, report=lambda *figures: told.append(figures)
        )
        run.solve(0.1)
        return told, tuple(map(tuple, steps)), run._random.bit_generator.state

    first, again, other = way(7), way(7), way(8)
    assert first == again
    assert first[1] != other[1]
    assert len(first[1]) > 4


def test_a_seed_is_that_of_every_search(monkeypatch):
    seeds = []

    class Told(BranchAndPrice):
        def __init__(self, objective, *, seed, **others):
            seeds.append(seed)
            super().__init__(objective, seed=seed, **others)

    monkeypatch.setattr(strategies, "BranchAndPrice", Told)
    problem = problem_of([[3, 0, 5], [0, 4, 4]], [1, 2, 4], 1, [1, 2])
    for strategy in (qo.TargetedDelivery("0.1"), qo.BalancedDelivery()):
        qo.solve(problem, strategy, seed=7)
    assert len(seeds) >= 3
    assert set(seeds) == {7}
