"""Published problems: found, frozen = fresh, every certificate passes the judge."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

import qkdopt as qo
from qkdopt import judge, library
from qkdopt.cli.table import number_words
from qkdopt.errors import InputError
from qkdopt.optimize.problem_file import read_problem
from qkdopt.optimize.solvers.milp import relaxation_value
from qkdopt.physics.orbit import circular

# Rounding down amplifies the last digit of a platform's exp and log to one whole bit.
TOLERANCE_BITS = 1
NAMES = library.problem_names()


@pytest.mark.parametrize("name", NAMES)
def test_frozen_keys_equal_fresh_ones(name):
    folder = library.problem_folder(name)
    frozen = read_problem(folder / "problem.json.gz")
    fresh = qo.SchedulingProblem.from_keys(qo.compute_keys(qo.load_scenario(name)))
    assert fresh.interval.tolist() == frozen.interval.tolist()
    assert np.abs(fresh.bits - frozen.bits).max() <= TOLERANCE_BITS
    assert (fresh.targets, fresh.weights, fresh.tau) == (
        frozen.targets,
        frozen.weights,
        frozen.tau,
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_certificate_holds_and_belongs_to_the_problem(name):
    folder = library.problem_folder(name)
    problem = judge.read(folder / "problem.json.gz")
    certificates = sorted((folder / "certificates").glob("*.json.gz"))
    assert {path.name.removesuffix(".json.gz") for path in certificates} >= {
        "gd",
        "pd",
        "td-0",
        "td-0.001",
        "td-0.01",
        "td-0.1",
    }
    for path in certificates:
        verdict = judge.verify(judge.read(path), problem)
        assert verdict, verdict.statement
        readme = (folder / "README.md").read_text()
        assert number_words(verdict.value) in readme


def test_constructed_orbits_are_what_their_scenarios_say():
    for name, epoch, node_deg in (
        ("iberia-2025", datetime(2025, 6, 1, tzinfo=UTC), 0.0),
        ("iberia-mixed-2025", datetime(2025, 6, 20, 12, tzinfo=UTC), 241.0),
    ):
        stated = qo.load_scenario(name).satellites[0].elements
        assert stated == circular(400, 42, epoch, node_deg=node_deg)


def test_the_week_agrees_by_every_method():
    week = read_problem(library.problem_folder("micius-china-2016") / "problem.json.gz")
    for strategy, optimum in (
        (qo.GeneralDelivery(), 51_992_197),
        (qo.PrioritisedDelivery(), 6_113_317_770_067),
    ):
        assert qo.solve(week, strategy).value == optimum
        for formulation in ("paper", "startup"):
            outcome = qo.solve(week, strategy, solver="milp", formulation=formulation)
            assert (outcome.value, outcome.bound) == (optimum, optimum)
            assert qo.verify(outcome.certificate, week).optimal


@pytest.mark.parametrize(("formulation", "excess"), [("paper", 1.00024), ("startup", 1.0)])
def test_the_relaxations_of_the_week_are_pinned(formulation, excess):
    week = read_problem(library.problem_folder("micius-china-2016") / "problem.json.gz")
    value = relaxation_value(week, qo.GeneralDelivery(), formulation)
    assert value / 51_992_197 == pytest.approx(excess, abs=5e-6)


def test_the_mps_file_is_the_problem():
    import highspy

    folder = library.problem_folder("micius-china-2016")
    text = gzip.decompress((folder / "gd.mps.gz").read_bytes()).decode()
    assert "OBJSENSE" not in text
    solver = highspy.Highs()
    solver.silent()
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.readModel(str(folder / "gd.mps.gz"))
    solver.run()
    assert solver.getInfo().objective_function_value == pytest.approx(-51_992_197, abs=0.1)


def test_names_and_paths_lead_to_the_same_scenario():
    folder = library.problem_folder("micius-china-2016")
    for given in ("micius-china-2016", folder, folder / "scenario.toml"):
        assert library.scenario_path(given) == folder / "scenario.toml"


def test_a_name_that_is_nearly_right_is_answered_with_the_right_one():
    with pytest.raises(InputError, match="such as micius-china-2016"):
        library.scenario_path("micius-china-2061")
    with pytest.raises(InputError, match="got 'no file'"):
        library.scenario_path("absent.toml")


def test_the_package_comes_before_the_repository(tmp_path, monkeypatch):
    inside = tmp_path / "src" / "qkdopt"
    (inside / "models" / "one").mkdir(parents=True)
    (tmp_path / "models" / "two").mkdir(parents=True)
    monkeypatch.setattr(library, "_PACKAGE", inside)
    assert library.models_folder() == inside / "models"
    Path(inside / "models" / "one").rmdir()
    Path(inside / "models").rmdir()
    assert library.models_folder() == tmp_path / "models"
