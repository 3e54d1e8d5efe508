"""Problems with bits under several skies: made, written, read, refused."""

import copy
import pickle
from fractions import Fraction

import numpy as np
import pytest

import qkdopt as qo
from qkdopt.certificates.paths import active_intervals
from qkdopt.errors import InputError
from qkdopt.optimize.layout import laid_out
from qkdopt.optimize.problem_file import problem_from_document
from qkdopt.optimize.schedule import Schedule
from qkdopt.tensor import Scenarios

SKIES = np.array([[[5, 0, 0, 3], [0, 2, 0, 0]], [[1, 4, 0, 0], [0, 7, 0, 1]]])
SHARES = (Fraction(1, 3), Fraction(2, 3))


def tensor():
    plain = qo.KeyTensor.create(np.zeros((2, 4), int), [7, 8, 9, 12], ["Graz", "Wien"])
    return plain.in_scenarios(SKIES, SHARES)


def problem():
    return qo.SchedulingProblem.from_keys(tensor())


def test_a_link_can_be_served_where_some_scenario_has_bits():
    assert tensor().bits.tolist() == [[5, 4, 0, 3], [0, 7, 0, 1]]
    assert problem().interval.tolist() == [7, 8, 12]
    assert problem().probabilities == SHARES
    assert [problem().scenario(k).bits.tolist() for k in (0, 1)] == [
        [[5, 0, 3], [0, 2, 0]],
        [[1, 4, 0], [0, 7, 1]],
    ]


def test_bits_of_a_schedule_by_scenario():
    schedule = Schedule.create([0, 0, 1])
    assert schedule.delivered_by_scenario(problem()).tolist() == [[5, 0], [5, 1]]
    for k in (0, 1):
        alone = schedule.delivered(problem().scenario(k))
        assert alone == tuple(schedule.delivered_by_scenario(problem())[k])
    with pytest.raises(InputError, match="got bits in scenarios"):
        schedule.delivered(problem())


def test_documents_are_read_back_with_the_same_hash():
    document = problem().document()
    assert document["version"] == 2
    assert document["scenarios"] == {"probabilities": ["1/3", "2/3"]}
    assert document["contacts"][0] == {"link": 0, "first": 7, "bits": [[5, 0], [1, 4]]}
    again = problem_from_document(document, "p.json")
    assert again.sha256 == problem().sha256
    assert np.array_equal(again.scenarios.bits, problem().scenarios.bits)
    with pytest.raises(InputError, match="version 1"):
        problem().as_version(1)


def test_certificates_know_the_active_intervals():
    assert active_intervals(problem().document()) == problem().interval.tolist()


def test_tensors_travel_to_other_processes():
    again = pickle.loads(pickle.dumps(tensor()))
    assert np.array_equal(again.scenarios.bits, SKIES)
    assert again.scenarios.probability == SHARES
    assert again.scenario(1).bits.tolist() == SKIES[1].tolist()
    assert "in 2 scenarios" in repr(again)
    assert "2 scenarios" in repr(problem())


def test_several_satellites_have_the_same_scenarios():
    two = qo.SchedulingProblem.from_satellites({"A": tensor(), "B": tensor()})
    assert two.probabilities == SHARES
    assert two.document() == problem_from_document(two.document(), "p.json").document()
    one = laid_out(two).problem
    assert one.scenarios.bits.sum() == 2 * SKIES.sum()
    assert np.array_equal(one.bits, one.scenarios.most)
    with pytest.raises(InputError, match="the same scenarios, or none"):
        qo.SchedulingProblem.from_satellites({"A": tensor(), "B": tensor().scenario(0)})


def test_solvers_that_know_one_sky_refuse_others():
    with pytest.raises(qo.QkdoptError, match="scenarios"):
        qo.solve(problem(), qo.GeneralDelivery(), solver="genetic")


@pytest.mark.parametrize(
    ("bits", "shares", "message"),
    [
        (SKIES[0], None, "shape"),
        (SKIES[:0], None, "at least one scenario"),
        (-SKIES, None, "whole numbers >= 0"),
        (SKIES, SHARES[:1], "one for each of 2"),
        (SKIES, (Fraction(0), Fraction(1)), "above 0"),
        (SKIES, (Fraction(1, 3), Fraction(1, 3)), "a sum of 1"),
    ],
)
def test_bad_scenarios(bits, shares, message):
    with pytest.raises(InputError, match=message):
        Scenarios.create(bits, shares)


@pytest.mark.parametrize(
    ("member", "value", "place"),
    [
        ("scenarios", {"probabilities": ["1/2", "1/3"]}, "probabilities"),
        ("scenarios", {"probabilities": ["2/6", "2/3"]}, r"probabilities\[0\]"),
        ("scenarios", {"probabilities": ["0/1", "1/1"]}, r"probabilities\[0\]"),
        ("scenarios", {"probabilities": 1}, "probabilities"),
        ("scenarios", {}, "probabilities"),
        ("scenarios", {"probabilities": ["1/1"]}, r"contacts\[0\].bits"),
        ("bits", [[5, 0]], r"contacts\[0\].bits"),
        ("bits", [[5, 0], [1]], r"contacts\[0\].bits\[1\]"),
        ("bits", [[5, 0], [1, 0]], r"contacts\[0\].bits"),
        ("bits", [[5, -1], [1, 4]], r"contacts\[0\].bits\[0\]"),
        ("bits", [5, 4], r"contacts\[0\].bits\[0\]"),
        ("sessions", [], "sessions and scenarios"),
    ],
)
def test_bad_documents_name_the_place(member, value, place):
    document = copy.deepcopy(problem().document())
    (document["contacts"][0] if member == "bits" else document)[member] = value
    with pytest.raises(InputError, match=place):
        problem_from_document(document, "p.json")
