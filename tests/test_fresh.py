"""What a schedule keeps in cloud scenarios that it was not made for, and what scenarios bring."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap

import qkdopt as qo
from qkdopt.errors import InputError
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.risk import EXPECTATION, Risk
from qkdopt.optimize.strategy_names import strategy_named
from qkdopt.study.estimates import Estimate, risk_terms
from qkdopt.study.fresh import delivered_by_scenario, evaluate_fresh, rewards_of
from qkdopt.study.mean_clouds import in_mean_clouds
from qkdopt.study.under_clouds import honest_value, own_optima

TARGETS = ("A", "B", "C")
SHARES = st.integers(1, 9)
SERVICE = [0, 0, -1, 1, -1, 2]


def tensor(bits, first=50, probability=None, weights=(2, 1, 1)):
    """A tensor of three links in consecutive intervals, one table of bits for each scenario."""
    bits = np.asarray(bits)
    keys = qo.KeyTensor.create(
        np.ones(bits.shape[1:], int), range(first, first + bits.shape[2]), TARGETS,
        weights=dict(zip(TARGETS, weights, strict=True)),
    )  # fmt: skip
    return keys.in_scenarios(bits, probability)


def drawn(scenarios, seed=0, intervals=6, **settings):
    """A problem with drawn scenarios."""
    bits = np.random.default_rng(seed).integers(0, 9, (scenarios, 3, intervals))
    return qo.SchedulingProblem.from_keys(tensor(bits, **settings))


def legal_schedules(problem):
    """Every legal schedule of a small problem."""
    options = range(-1, len(problem.links))
    every = (qo.Schedule.create(each) for each in product(options, repeat=problem.interval.size))
    return [schedule for schedule in every if schedule.is_legal(problem)]


STRATEGIES = [
    qo.GeneralDelivery(),
    qo.PrioritisedDelivery(risk=Risk("0.3", "0.5")),
    qo.BalancedDelivery(risk=Risk("0.5", 1)),
    qo.CappedDelivery(demand={"A": 9, "B": 5, "C": 3}, risk=Risk("0.25", "0.25")),
]


@given(
    st.lists(st.tuples(st.integers(0, 20), SHARES), min_size=1, max_size=8),
    st.sampled_from(["0.05", "0.3", "0.5", "1"]),
    st.sampled_from(["0", "0.25", "1"]),
)
def test_terms_have_the_exact_risk_value_as_their_mean(scenarios, alpha, share):
    rewards, shares = zip(*scenarios, strict=True)
    probability = [Fraction(s, sum(shares)) for s in shares]
    risk = Risk(alpha, share)
    found = Estimate.of(risk_terms(rewards, probability, risk), probability)
    assert found.value == pytest.approx(float(risk.value(rewards, probability)), abs=1e-9)


def test_standard_error_of_an_expectation_is_the_textbook_one():
    # By hand: 1, 2, 6 have the mean 3 and the variance 7 (by n - 1), so sqrt(7 / 3).
    third = [Fraction(1, 3)] * 3
    found = Estimate.of(risk_terms([1, 2, 6], third, EXPECTATION), third)
    assert (found.value, found.error) == pytest.approx((3.0, (7 / 3) ** 0.5))
    assert Estimate.of(np.array([4.0]), [Fraction(1)]) == Estimate(4.0, None)


def test_standard_error_of_cvar_is_near_the_bootstrap():
    rewards = np.random.default_rng(3).gamma(4.0, 250.0, 400)
    equal = [Fraction(1, rewards.size)] * rewards.size
    risk = Risk("0.2", "0.5")

    def value(sample, axis):
        worst = np.sort(sample, axis=axis)[..., : rewards.size // 5]
        return 0.5 * sample.mean(axis=axis) + 0.5 * worst.mean(axis=axis)

    by_bootstrap = bootstrap(
        (rewards,), value, n_resamples=2000, rng=np.random.default_rng(0), method="basic"
    ).standard_error
    found = Estimate.of(risk_terms(rewards.tolist(), equal, risk), equal)
    assert found.value == pytest.approx(float(value(rewards, -1)))
    assert found.error == pytest.approx(by_bootstrap, rel=0.1)


def test_delivers_what_each_scenario_alone_says():
    problem, schedule = drawn(5), qo.Schedule.create(SERVICE)
    alone = [schedule.delivered(problem.scenario(k)) for k in range(5)]
    assert evaluate_fresh(problem, qo.GeneralDelivery(), schedule).delivered.tolist() == [
        list(bits) for bits in alone
    ]


def test_fresh_intervals_count_by_their_global_index():
    # The schedule serves 50, 51 (A), 53 (B) and 55 (C); the fresh sky has 51 to 54 only.
    problem = drawn(2)
    bits = np.arange(1, 13).reshape(1, 3, 4)
    fresh = qo.SchedulingProblem.from_keys(tensor(bits, first=51))
    found = evaluate_fresh(problem, qo.GeneralDelivery(), qo.Schedule.create(SERVICE), fresh)
    assert found.delivered.tolist() == [[1, 7, 0]]
    assert found.value == Estimate(8.0, None)


def test_one_known_sky_is_one_scenario():
    problem, schedule = drawn(3), qo.Schedule.create(SERVICE)
    found = evaluate_fresh(problem, qo.BalancedDelivery(), schedule, problem.scenario(2))
    both = evaluate_fresh(problem, qo.BalancedDelivery(), schedule)
    assert found.rewards == both.rewards[2:]


def test_shares_of_scenarios_that_meet_what_is_asked():
    bits = np.zeros((4, 3, 6), int)
    bits[:, 0, 0], bits[:, 1, 3] = [4, 5, 6, 7], 2
    problem = qo.SchedulingProblem.from_keys(tensor(bits)).having(demand=dict.fromkeys(TARGETS, 6))
    strategy = qo.CappedDelivery(lower_bounds={"A": 5})
    by_target = evaluate_fresh(problem, strategy, [[[0, 50, 50], [1, 53, 53]]]).by_target
    a, b = by_target["A"], by_target["B"]
    assert (a.meets_demand.value, a.meets_min_bits.value) == (0.5, 0.75)
    assert (a.mean.value, a.fewest, a.most) == (5.5, 4, 7)
    assert (b.meets_demand.value, b.meets_min_bits) == (0.0, None)
    assert a.document()["meets_min_bits"]["estimate"] == 0.75


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.name)
def test_values_bounds_and_differences_obey_their_laws(strategy):
    problem, fresh = drawn(4, intervals=5), drawn(60, seed=1, intervals=5)
    every = legal_schedules(problem)
    values = [evaluate_fresh(problem, strategy, schedule).exact for schedule in every]
    best = every[int(np.argmax([float(value) for value in values]))]
    found = honest_value(problem, strategy, best, fresh, time_limit=2)
    assert found.claimed.exact == max(values)
    assert found.vss_claimed >= -1e-9
    assert found.evpi.value >= -1e-9
    for k, own in enumerate(found.own):
        rewards = [evaluate_fresh(problem, strategy, schedule).rewards[k] for schedule in every]
        assert own >= max(rewards)
        assert strategy.name not in ("gd", "pd") or own == max(rewards)


def test_mean_clouds_are_as_good_for_an_expected_total():
    bits = 2 * np.random.default_rng(4).integers(0, 9, (2, 3, 6))  # whole means: no rounding
    problem = qo.SchedulingProblem.from_keys(tensor(bits))
    schedule = qo.solve(in_mean_clouds(problem), qo.GeneralDelivery()).certificate.schedule
    found = honest_value(problem, qo.GeneralDelivery(), qo.Schedule.create(schedule), problem)
    assert found.vss == Estimate(0.0, 0.0)
    assert "needs no scenarios" in " ".join(found.notes())


def test_mean_bits_are_rounded_up_and_by_probability():
    bits = np.zeros((2, 3, 2), int)
    bits[:, 0, 0], bits[:, 1, 1] = [9, 1], [0, 1]
    keys = tensor(bits, probability=[Fraction(1, 4), Fraction(3, 4)])
    assert in_mean_clouds(qo.SchedulingProblem.from_keys(keys)).bits.tolist() == [
        [3, 0], [0, 1], [0, 0],
    ]  # fmt: skip


def test_says_that_cvar_of_few_scenarios_overfits():
    strategy = qo.GeneralDelivery(risk=Risk("0.1", 1))
    found = honest_value(drawn(20), strategy, qo.Schedule.create(SERVICE), drawn(50, seed=9))
    assert "this one rests on the worst 2 of 20" in found.notes()[0]


def test_document_has_every_figure():
    found = honest_value(
        drawn(4), qo.BalancedDelivery(), qo.Schedule.create(SERVICE), drawn(9, seed=2), time_limit=2
    ).document()
    assert set(found) == {"fresh", "vss", "evpi", "cloud_notes"}
    assert found["fresh"]["scenarios"] == 9
    assert set(found["fresh"]["targets"]) == set(TARGETS)
    assert found["evpi"]["own_optima_by"] == "Lagrangian bound"


def test_operations_leave_no_perfect_information():
    problem = drawn(3).with_satellite(operations=Operations.create(minimum_dwell_s=20))
    assert own_optima(problem, qo.GeneralDelivery()) is None
    found = honest_value(problem, qo.GeneralDelivery(), qo.Schedule.create(SERVICE), problem)
    assert found.document()["evpi"] is None
    assert found.notes()[-1].startswith("No EVPI: under operations")


def test_several_satellites_add_up():
    problem = qo.SchedulingProblem.from_satellites(
        {"S": tensor(np.full((2, 3, 6), 3)), "T": tensor(np.full((2, 3, 6), 5))}
    )
    paths = [[[0, 50, 51]], [[4, 50, 50]]]
    assert delivered_by_scenario(problem, paths).tolist() == [[6, 5, 0]] * 2
    found = honest_value(problem, qo.BalancedDelivery(), paths, problem, time_limit=2)
    assert found.fresh.exact == found.claimed.exact == 0
    assert found.evpi.value > 0


def test_refuses_other_links_and_intervals():
    problem, schedule = drawn(2), qo.Schedule.create(SERVICE)
    other = replace(problem, links=problem.links[::-1])
    with pytest.raises(InputError, match="fresh scenarios: links: got 'C, B, A', expected A, B"):
        evaluate_fresh(problem, qo.GeneralDelivery(), schedule, other)
    other = replace(problem, interval_s=2 * problem.interval_s)
    with pytest.raises(InputError, match="fresh scenarios: interval: got 20 s, expected 10 s"):
        evaluate_fresh(problem, qo.GeneralDelivery(), schedule, other)


@pytest.mark.parametrize("name", ["td", "least", "paired", "fair"])
def test_refuses_strategies_without_a_value_in_scenarios(name):
    with pytest.raises(InputError, match="one of the strategies gd, pd, balanced, capped"):
        rewards_of(drawn(2), strategy_named(name), np.zeros((2, 3), np.int64))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_a_schedule_never_beats_the_own_optimum_of_a_scenario(seed):
    problem = drawn(3, seed=seed)
    found = evaluate_fresh(problem, qo.GeneralDelivery(), qo.Schedule.create(SERVICE))
    own = own_optima(problem, qo.GeneralDelivery())
    assert all(reward <= most for reward, most in zip(found.rewards, own, strict=True))
