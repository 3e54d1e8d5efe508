"""Operations on the command line: from a file, from the scenario, and in a published problem."""

import json

import pytest

from qkdopt.library import problem_folder
from qkdopt.optimize.problem_file import read_problem


@pytest.fixture
def keys(tmp_path):
    from qkdopt.tensor import KeyTensor

    tensor = KeyTensor.create([[4, 4, 1, 0], [0, 3, 5, 6]], [0, 1, 2, 3], ["A", "B"])
    tensor.save(tmp_path / "keys.csv")
    return tmp_path / "keys.csv"


def test_a_file_of_rules(qkdopt, keys, tmp_path):
    rules = tmp_path / "rules.toml"
    rules.write_text('max_handovers = 0\n[[forbidden]]\nlink = "B"\nfrom_s = 30\nuntil_s = 40\n')
    answer = qkdopt("solve", keys, "--options", rules, "--json", "-o", "c.json")
    assert answer.code == 0
    assert json.loads(answer.out)["value"] == 9
    assert read_problem(tmp_path / "c.json").operations.forbidden == ((1, 3),)
    assert qkdopt("verify", "c.json").code == 0


def test_rules_that_contradict_each_other(qkdopt, keys, tmp_path):
    rules = tmp_path / "rules.toml"
    rules.write_text('[[locked]]\nlink = "A"\ninterval = 3\n')
    answer = qkdopt("solve", keys, "--options", rules, "--json")
    assert answer.code == 1
    document = json.loads(answer.out)
    assert document["value"] is None
    assert document["reason"] == "infeasible: A is locked in interval 3, where it has no key"


def test_a_file_that_does_not_fit(qkdopt, keys, tmp_path):
    rules = tmp_path / "rules.toml"
    rules.write_text("max_handovers = -1\n")
    answer = qkdopt("solve", keys, "--options", rules)
    assert answer.code == 2
    assert "max_handovers: got -1, expected a whole number >= 0" in answer.err


def scenario_with(folder, text):
    original = (problem_folder("micius-china-2016") / "scenario.toml").read_text()
    path = folder / "scenario.toml"
    path.write_text(f"{original}\n[operations]\n{text}\n")
    return path


def test_rules_of_a_scenario(tmp_path):
    from qkdopt.physics import load_scenario
    from qkdopt.study import operations_of

    plain = load_scenario("micius-china-2016")
    ruled = load_scenario(scenario_with(tmp_path, "minimum_dwell_s = 60"))
    assert operations_of(ruled).document() == {"minimum_dwell_s": "60"}
    assert not operations_of(plain)
    assert ruled.digest == plain.digest  # no key depends on it


def test_a_scenario_whose_rules_do_not_fit(qkdopt, tmp_path):
    path = scenario_with(tmp_path, "minimum_dwel_s = 60")
    for command in ("check", "solve"):
        answer = qkdopt(command, path)
        assert answer.code == 2
        assert "scenario.toml: operations: minimum_dwel_s: got 'an unknown rule'" in answer.err
