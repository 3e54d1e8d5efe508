"""Plans where shares have to match: what lists show, and multipliers sought for their labels."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import examples, problem_of
from enumeration import Enumerated
from qkdopt.library import problem_folder
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.decomposition.plan_bisection import PlanBisection
from qkdopt.optimize.decomposition.plan_lists import PlanLists
from qkdopt.optimize.decomposition.plan_search import PlanSearch
from qkdopt.optimize.decomposition.plans import PlanLister, SeveralMultipliers
from qkdopt.optimize.decomposition.primal_heuristics import Incumbent
from qkdopt.optimize.decomposition.restricted_master import RestrictedMaster
from qkdopt.optimize.decomposition.service_bound import service_bound
from qkdopt.optimize.objectives import objective_of
from test_plans import everything, holds, many, passes, slow, targeted

__all__ = ["slow"]  # a fixture


def with_some_left_out(rows, shares, kl_max):
    """Return the largest totals of parts of bits, in real numbers, that are near enough to shares.

    For each total, ``min(bits, c shares)`` is nearest, and the farther the larger it is.
    """
    least, most = np.zeros(len(rows)), (rows / shares).max(axis=1)
    for step in range(60):
        c = most if step == 0 else (least + most) / 2.0
        part = np.minimum(rows, c[:, np.newaxis] * shares)
        p = part / np.maximum(part.sum(axis=1), 1e-300)[:, np.newaxis]
        near = (
            np.where(p > 0, p * np.log(np.maximum(p, 1e-300) / shares), 0.0).sum(axis=1) <= kl_max
        )
        least, most = np.where(near, c, least), np.where(near, most, c)
    return np.minimum(rows, least[:, np.newaxis] * shares).sum(axis=1)


@given(passes(), st.sampled_from(["0.001", "0.05", "0.3"]), st.sampled_from([5, 1000]))
@settings(max_examples=examples(30))
def test_near_shares_a_goal_is_reached_where_bits_may_be_left_out(problem, kl_max, labels):
    problem = problem.with_satellite(bits=1000 * problem.bits)
    objective = targeted(problem, kl_max)
    root, shares = lagrangian_bound(objective), objective.shares.wanted
    best = with_some_left_out(Enumerated(problem).delivered, shares, float(kl_max)).max()
    assume(1000.0 < best < 0.98 * float(root.value))
    above, below = (Fraction(math.floor(best * x)) for x in (1.01, 0.999))
    lists, offered = PlanLists(objective, root.pricing, root.master.unit), []
    vectors = [root.multipliers.vector]
    with many(labels):
        assert lists.proof(below, vectors, everything(), offered.append) is None
        assert qo.Schedule.create(offered[0].tolist()).is_legal(problem)
        proof = lists.proof(above, vectors, everything(), pytest.fail)
    assert proof is not None
    strategy = qo.TargetedDelivery(kl_max)
    assert holds(problem, strategy, above, proof)
    assert not holds(problem, strategy, below, proof)


@given(
    st.lists(st.integers(50_000, 10**6), min_size=3, max_size=3), st.sampled_from(["0.002", "0.2"])
)
@settings(max_examples=examples(40))
def test_whole_choices_are_dropped_where_no_part_of_them_is_near_enough(bits, kl_max):
    interval = np.array([0, 1, 10, 11])
    problem = problem_of(np.full((3, 4), 10**6), interval, 1, [5, 2, 1])
    objective = targeted(problem, kl_max)
    root, row = lagrangian_bound(objective), np.array(bits, float)
    (most,) = with_some_left_out(row[np.newaxis], objective.shares.wanted, float(kl_max))
    for part, dropped in ((0.99, False), (1.002, True)):
        bounds = SeveralMultipliers(objective, np.full(3, 1e9), part * most)
        lister = PlanLister(root.master.blocks)
        random = np.random.default_rng(0)
        search = PlanSearch(lister, root.pricing, root.master.unit, bounds, everything(), random)
        assert search._drops(row, np.ones(2, bool)) == dropped
        if dropped:
            assert bounds.price[-1] @ row < bounds.short[-1]


def test_the_room_of_a_night_is_estimated(verifier_results):
    """Its labels take most of the room, not its cells."""
    problem = qo.load_problem(problem_folder("drawn-night") / "problem.json.gz")
    objective = targeted(problem, "0.01")
    root = service_bound(lagrangian_bound(objective), np.size, lambda: False).root
    lists = PlanLists(objective, root.pricing, root.master.unit)
    bound = Fraction(840_000)  # the optimum is not above 810,602
    proof = lists.proof(bound, [root.multipliers.vector], everything(), pytest.fail)
    assert holds(problem, qo.TargetedDelivery("0.01"), bound, proof)
    assert 0.8 * verifier_results[0] <= lists.kept <= 1.6 * verifier_results[0]


@pytest.mark.parametrize(
    ("name", "strategy", "bound"),
    [
        ("drawn-night", qo.TargetedDelivery("0.01"), 830_000),
        ("micius-china-2016-night", qo.BalancedDelivery(), 1_775_000),
    ],
    ids=["one block", "several blocks"],
)
def test_what_is_left_is_what_no_new_multipliers_drop(name, strategy, bound, monkeypatch):
    problem = qo.load_problem(problem_folder(name) / "problem.json.gz")
    objective = objective_of(problem, strategy)
    root, looked = service_bound(lagrangian_bound(objective), np.size, lambda: False).root, []
    separated, solve = PlanSearch._separated, RestrictedMaster.solve
    before = []

    def checked(self, bits, done, begun=None):
        known = len(self._bounds.price)
        first = 0 if begun is None else int(self._lister.blocks.begin[begun[0]])
        before[:] = [] if begun is None else range(first, first + begun[1])
        left = separated(self, bits, done, begun)
        price, enough = self._bounds.price[known:], self._bounds.enough
        others = self._most()[known:, ~done].sum(axis=1)
        if begun is not None:
            anew = self._lister.to_go(begun[0], price, enough)[0]
            others += anew[begun[1]] - anew[0]
        expected = (bits @ price.T + others >= self._bounds.short[known:]).all(axis=1)
        assert left.tolist() == expected.tolist()
        looked.append((begun is not None, len(price)))
        return left

    def mixed(self):
        """What a label has not yet come to is mixed of columns that serve nothing before."""
        solution = solve(self)
        if solution is not None and before:
            b, begin = self.blocks.of(before[0]), int(self.blocks.begin[self.blocks.of(before[0])])
            for j in self.columns[b]:
                if j < solution.weight.size and solution.weight[j] > 1e-9:
                    assert (self.service[j][: before[-1] + 1 - begin] < 0).all()
        return solution

    monkeypatch.setattr(PlanSearch, "_separated", checked)
    monkeypatch.setattr(RestrictedMaster, "solve", mixed)
    lists = PlanLists(objective, root.pricing, root.master.unit)
    goal = objective.round_down(Fraction(bound))
    assert lists.proof(goal, [root.multipliers.vector], everything(), pytest.fail) is not None
    assert any(begun and found for begun, found in looked)
    assert any(found for begun, found in looked if not begun) or name == "drawn-night"


def test_in_small_gaps_plans_with_some_bits_left_out_are_not_listed(slow, monkeypatch):
    problem, balanced = slow
    monkeypatch.setattr(PlanLists, "proof", lambda *_: {"plans": []})
    for objective, parts in (balanced, (True, True)), (targeted(problem, "0.01"), (True, False)):
        root, incumbent = lagrangian_bound(objective), Incumbent()
        for below, shown in zip((100, 2000), parts, strict=True):
            incumbent.value = objective.round_down(root.value * (1 - Fraction(1, below)))
            lists = PlanBisection(objective, 1e7)
            found = lists.lower(root, root.value, incumbent, pytest.fail, lambda: False, 0.0)
            assert (found is not None) == shown
