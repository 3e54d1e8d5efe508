import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qkdopt.study import evaluate
from qkdopt.study.evaluation import kl_divergence, utilisation


def test_worked_by_hand():
    # p = (3/4, 1/4), q = (1/2, 1/2): KL = 3/4 ln(3/2) + 1/4 ln(1/2).
    # t = min(75 * 2, 25 * 2) = 50 of S = 100.
    found = evaluate(("A", "B"), (1, 1), (75, 25))
    assert found.divergence == pytest.approx(0.75 * math.log(1.5) - 0.25 * math.log(2), abs=1e-15)
    assert found.utilisation == 0.5
    assert found.shares == (0.75, 0.25)
    assert found.weight_shares == (0.5, 0.5)
    assert found.values == {"gd": 100, "pd": 100}


def test_nothing_for_a_target_counts_nothing_and_limits_the_use():
    # 0 ln 0 = 0, so KL = ln 2; nothing can be consumed in proportion.
    found = evaluate(("A", "B"), (1, 1), (75, 0))
    assert found.divergence == pytest.approx(math.log(2))
    assert found.utilisation == 0.0


def test_bits_for_a_target_of_weight_zero_are_infinitely_far():
    found = evaluate(("A", "B"), (1, 0), (75, 1))
    assert found.divergence == math.inf
    assert found.utilisation == pytest.approx(75 / 76)
    assert found.document()["divergence"] == "inf"


def test_without_weights_there_is_neither():
    found = evaluate(("A", "B"), None, (75, 25))
    assert (found.divergence, found.utilisation, found.weight_shares) == (None, None, None)
    assert found.document() == {"delivered": {"A": 75, "B": 25}, "total": 100}


def test_nothing_delivered():
    found = evaluate(("A", "B"), (1, 2), (0, 0))
    assert (found.shares, found.divergence, found.utilisation) == (None, None, None)
    assert found.values == {"gd": 0, "pd": 0}


@given(
    st.lists(st.tuples(st.integers(0, 10**12), st.integers(0, 10**6)), min_size=1, max_size=6)
    .filter(lambda pairs: any(weight for _, weight in pairs))
    .filter(lambda pairs: any(bits for bits, _ in pairs))
)
def test_laws(pairs):
    delivered, weights = zip(*pairs, strict=True)
    divergence = kl_divergence(delivered, weights)
    used = utilisation(delivered, weights)
    assert divergence >= 0
    assert 0 <= used <= 1
    # Only proportions count.
    assert kl_divergence([3 * bits for bits in delivered], weights) == pytest.approx(divergence)
    assert utilisation(delivered, [7 * weight for weight in weights]) == used
    # An exact match is at distance 0 and can be used up.
    assert kl_divergence(weights, weights) == 0
    assert utilisation(weights, weights) == 1
