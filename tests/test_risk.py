"""The value of rewards under a risk: its ends, its linear programme, and its laws."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from qkdopt.errors import InputError
from qkdopt.optimize.risk import EXPECTATION, Risk

REWARD = st.integers(0, 9) | st.fractions(0, 50, max_denominator=7)
ALPHA = st.sampled_from(["1", "0.9", "0.5", "0.3", "0.1", "0.01", "1e-9"])
SHARE = st.sampled_from(["0", "0.25", "0.5", "0.9", "1"])


@st.composite
def risks(draw):
    return Risk(draw(ALPHA), draw(SHARE))


@st.composite
def outcomes(draw, most=6):
    size = draw(st.integers(1, most))
    parts = draw(st.lists(st.integers(1, 5), min_size=size, max_size=size))
    rewards = draw(st.lists(REWARD, min_size=size, max_size=size))
    return rewards, tuple(Fraction(part, sum(parts)) for part in parts)


def mean(weights, rewards):
    return sum(p * r for p, r in zip(weights, rewards, strict=True))


@given(risks(), outcomes())
def test_the_value_is_the_optimum_of_its_linear_programme(risk, drawn):
    rewards, probability = drawn
    bounds = np.array(risk.limits(probability), float).T
    result = linprog(
        np.array(rewards, float), A_eq=np.ones((1, len(rewards))), b_eq=1, bounds=bounds
    )
    assert float(risk.value(rewards, probability)) == pytest.approx(result.fun, rel=1e-7, abs=1e-7)


@given(risks(), outcomes())
def test_the_value_is_expectation_and_mean_of_the_worst(risk, drawn):
    """CVaR as Rockafellar and Uryasev define it: the largest over thresholds, which are rewards."""
    rewards, probability = drawn
    alpha, share = Fraction(risk.alpha), Fraction(risk.share)
    short = [[max(eta - r, 0) for r in rewards] for eta in rewards]
    cvar = max(eta - mean(probability, s) / alpha for eta, s in zip(rewards, short, strict=True))
    whole = (1 - share) * mean(probability, rewards) + share * cvar
    assert risk.value(rewards, probability) == whole


@given(risks(), outcomes())
def test_the_worst_weights_are_in_the_polytope_and_attain_the_value(risk, drawn):
    rewards, probability = drawn
    lower, upper = risk.limits(probability)
    weights = risk.worst(rewards, probability)
    assert sum(weights) == 1
    assert all(a <= p <= b for a, p, b in zip(lower, weights, upper, strict=True))
    assert mean(weights, rewards) == risk.value(rewards, probability)
    strictly = sum(a < p < b for a, p, b in zip(lower, weights, upper, strict=True))
    assert strictly <= 1  # an extreme point


@given(risks(), outcomes(), outcomes())
def test_no_weights_in_the_polytope_bring_less(risk, drawn, other):
    rewards, probability = drawn
    others = (other[0] * len(rewards))[: len(rewards)]
    assert mean(risk.worst(others, probability), rewards) >= risk.value(rewards, probability)


@given(risks(), outcomes(), st.fractions(0, 1, max_denominator=9))
def test_the_value_is_concave_in_the_rewards(risk, drawn, part):
    rewards, probability = drawn
    others = rewards[::-1]
    mixed = [part * a + (1 - part) * b for a, b in zip(rewards, others, strict=True)]
    ends = [risk.value(each, probability) for each in (rewards, others)]
    assert risk.value(mixed, probability) >= part * ends[0] + (1 - part) * ends[1]


@given(ALPHA, SHARE, outcomes())
def test_ends(alpha, share, drawn):
    rewards, probability = drawn
    for risk in (EXPECTATION, Risk(1, share), Risk(alpha, 0)):
        assert risk.is_linear
        assert risk.value(rewards, probability) == mean(probability, rewards)
    least = Decimal("0.01")  # smaller than every drawn probability
    assert Risk(least, 1).value(rewards, probability) == min(rewards)


@given(risks(), outcomes(), st.integers(-9, 9), st.integers(1, 9))
def test_the_value_moves_with_the_rewards(risk, drawn, added, times):
    rewards, probability = drawn
    value = risk.value(rewards, probability)
    assert risk.value([times * r + added for r in rewards], probability) == times * value + added
    assert min(rewards) <= value <= mean(probability, rewards)


@given(risks(), outcomes())
def test_a_scenario_in_two_halves_changes_nothing(risk, drawn):
    rewards, probability = drawn
    halves = (probability[0] / 2, *probability[1:], probability[0] / 2)
    value = risk.value(rewards, probability)
    assert risk.value([*rewards, rewards[0]], halves) == value


def test_a_value_by_hand():
    # Four equal scenarios, the worst half: (1 + 2) / 2; half of it with half the mean of 4.
    quarter = (Fraction(1, 4),) * 4
    assert Risk("0.5", 1).value([7, 1, 2, 6], quarter) == Fraction(3, 2)
    assert Risk("0.5", "0.5").value([7, 1, 2, 6], quarter) == Fraction(11, 4)
    # The worst 30 %: the whole of the smallest and a fifth of the next: (5 * 1 + 1 * 2) / 6.
    assert Risk("0.3", 1).value([7, 1, 2, 6], quarter) == Fraction(7, 6)


def test_numbers_are_exact_however_they_are_written():
    assert Risk(0.1, "0.50") == Risk("1e-1", Decimal("0.5"))
    assert Risk("0.10").settings() == {"alpha": "0.1", "risk_share": "0"}
    assert Risk(1, 0) == EXPECTATION


@pytest.mark.parametrize("alpha", [0, "0", -1, "1.1", "nan", None, True, "1e-31", "x"])
def test_bad_alpha(alpha):
    with pytest.raises(InputError, match=r"alpha: got .*, expected a decimal number, 0 < alpha"):
        Risk(alpha, 1)


@pytest.mark.parametrize("share", [-1, "1.1", "inf", None, False, "1e-31", ""])
def test_bad_share(share):
    with pytest.raises(InputError, match=r"risk_share: got .*, expected a decimal number, 0 <="):
        Risk(1, share)
