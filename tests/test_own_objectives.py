"""Linear objectives of one's own are certified by their coefficients; others are refused."""

import json
from importlib.resources import files

import jsonschema
import numpy as np
import pytest

import qkdopt as qo
from drawing import problem_of
from enumeration import delivered_by_link
from qkdopt import verifier
from qkdopt.errors import InputError, SolverError
from qkdopt.optimize.problem import Link, SchedulingProblem
from qkdopt.optimize.strategies import LinearStrategy, Strategy, with_floors
from qkdopt.tensor import KeyTensor

PROBLEM = problem_of([[5, 4, 0, 2], [0, 6, 7, 9]], [51, 52, 53, 55], 1, [3, 1])


class Scarce(LinearStrategy):
    """A bit of A is worth seven of B."""

    name = "scarce"

    def coefficients(self, problem):
        return np.array([7, 1])


class OtherGeneral(qo.GeneralDelivery):
    """Bears a name that means something else."""

    def coefficients(self, problem):
        return [0, 3]


@pytest.mark.parametrize("solver", ["dynamic", "milp", "greedy", "genetic", "hybrid"])
@pytest.mark.parametrize(("strategy", "numbers"), [(Scarce(), [7, 1]), (OtherGeneral(), [0, 3])])
def test_the_judge_recounts_coefficients(strategy, numbers, solver):
    best = int((delivered_by_link(PROBLEM) @ numbers).max())
    found = qo.solve(PROBLEM, strategy, solver=solver)
    assert found.bound >= best >= found.value
    document = json.loads(found.certificate.to_json())
    assert document["strategy"] == {"name": "linear", "coefficients": numbers}
    verdict = verifier.verify(document, PROBLEM.document())
    assert (verdict.holds, verdict.optimal) == (True, found.optimal)
    assert verdict.recomputed_bound == best
    schema = json.loads((files("qkdopt") / "schemas/certificate.schema.json").read_text())
    problems = json.loads((files("qkdopt") / "schemas/problem.schema.json").read_text())
    schema["properties"]["problem"] = {"type": "object", "required": problems["required"]}
    jsonschema.validate(document, schema)


def test_links_of_one_target_may_be_worth_different_things():
    keys = KeyTensor.create([[5, 4, 0], [4, 6, 7]], [1, 2, 3], ["left", "right"])
    links = [Link("left", 0), Link("right", 0)]
    problem = SchedulingProblem.create(keys, links, ["A"], None)
    best = int((delivered_by_link(problem) @ [7, 1]).max())
    found = qo.solve(problem, Scarce())
    assert found.value == found.bound == best
    assert qo.verify(found.certificate, problem).optimal


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"coefficients": [7, 2]}, "a schedule can reach 81"),
        ({"coefficients": [7]}, "one for each of 2 links"),
        ({"coefficients": [7, -1]}, "a whole number >= 0"),
        ({"coefficients": [7, 1], "floors": {"A": 1}}, "floors"),
    ],
)
def test_false_and_malformed_coefficients(change, words):
    document = qo.solve(PROBLEM, Scarce()).certificate.to_dict()
    document["strategy"] |= change
    if words.startswith("a schedule"):
        verdict = verifier.verify(document)
        assert not verdict.holds
        assert words in verdict.findings[0]
        return
    with pytest.raises(InputError, match=words):
        verifier.verify(document)


@pytest.mark.parametrize("numbers", [[1], [1.5, 2], [1, -1], "ab"])
def test_coefficients_that_are_no_whole_numbers_are_refused(numbers):
    class Odd(Scarce):
        def coefficients(self, problem):
            return numbers

    with pytest.raises(InputError, match="2 whole numbers >= 0, one for each link"):
        qo.solve(PROBLEM, Odd())


def test_what_no_certificate_can_state_is_refused():
    class Nearest(qo.TargetedDelivery):
        """Not what the name says."""

    class Mine(Strategy):
        name = "mine"

    for strategy in (Nearest("0.1"), Mine()):
        with pytest.raises(InputError, match="a LinearStrategy of your own"):
            qo.solve(PROBLEM, strategy, solver=lambda *_: [-1] * 4)
    with pytest.raises(SolverError, match="cannot be certified"):
        qo.solve(PROBLEM, with_floors(Scarce(), {"A": 1}), solver="milp")
