"""``qkdopt problems --check``: contributed files against the published ones."""

import gzip
import json
import shutil

import pytest

import qkdopt as qo
from drawing import problem_of
from qkdopt.library import models_folder
from qkdopt.optimize.problem_file import write_problem
from qkdopt.study import check_contribution
from test_contact import five_ring

PUBLISHED = models_folder() / "micius-china-2016"


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Make a library of its own: a contact ring, and a small problem with a poor schedule."""
    tmp_path = tmp_path_factory.mktemp("library")
    ring = five_ring("1.0000001")
    folder = tmp_path / "models" / "ring"
    (folder / "certificates").mkdir(parents=True)
    ring.save(folder / "problem.json.gz")
    qo.solve(ring, time_limit=1e-9).certificate.save(folder / "certificates" / "contact.json.gz")
    small = problem_of([[5, 4, 0, 2], [0, 6, 7, 9]], [51, 52, 53, 55], 1, [1, 1])
    folder = tmp_path / "models" / "small"
    (folder / "certificates").mkdir(parents=True)
    write_problem(small, folder / "problem.json.gz")
    outcome = qo.solve(small, qo.GeneralDelivery(), solver="greedy")
    outcome.certificate.save(folder / "certificates" / "gd.json.gz")
    least = qo.solve(small, qo.LeastDivergence("0.5"))
    least.certificate.save(folder / "certificates" / "least.json.gz")
    return tmp_path / "models"


def test_a_better_schedule_of_contacts(models, tmp_path):
    path = tmp_path / "mine.json"
    qo.solve(five_ring("1.0000001")).certificate.save(path)
    found = check_contribution(path, models)
    assert (found.published_as, found.better_value, found.better_bound) == ("ring", False, True)
    qo.solve(five_ring("1.0000001"), time_limit=1e-9).certificate.save(path)
    again = check_contribution(path, models)
    assert (again.better_value, again.better_bound) == (False, False)


def test_intervals(models, tmp_path):
    small = qo.Certificate.load(models / "small" / "certificates" / "gd.json.gz")
    path = tmp_path / "mine.json"
    problem = problem_of([[5, 4, 0, 2], [0, 6, 7, 9]], [51, 52, 53, 55], 1, [1, 1])
    best = qo.solve(problem, qo.GeneralDelivery())
    best.certificate.save(path)
    found = check_contribution(path, models)
    assert found.published_as == "small"
    assert found.better_value == (best.value > small.value)
    assert found.better_bound == (best.bound < small.bound)
    qo.solve(problem, qo.PrioritisedDelivery()).certificate.save(path)
    new = check_contribution(path, models)
    assert new.best is None
    assert new.better_value
    least = qo.Certificate.load(models / "small" / "certificates" / "least.json.gz")
    least.save(path)
    same = check_contribution(path, models)
    assert same.best.value == least.value
    assert (same.better_value, same.better_bound) == (False, False)
    document = json.loads((path).read_text())
    document["bound"] = "0"
    path.write_text(json.dumps(document))
    assert not check_contribution(path, models).better_bound


def test_problems(models, tmp_path):
    assert check_contribution(models / "ring" / "problem.json.gz", models).published_as == "ring"
    path = tmp_path / "new.json"
    five_ring("2").save(path)
    found = check_contribution(path, models)
    assert (found.kind, found.published_as, found.verdict) == ("problem", None, None)


def test_a_frozen_file_that_is_not_what_it_was(models, tmp_path):
    models = shutil.copytree(models, tmp_path / "models")
    frozen = models / "ring" / "problem.json.gz"
    document = json.loads(gzip.decompress(frozen.read_bytes()))
    document["gap_s"] = "30"
    frozen.write_bytes(gzip.compress(json.dumps(document).encode()))
    with pytest.raises(qo.QkdoptError, match=r"ring/problem\.json\.gz: got .*contact\.json\.gz"):
        check_contribution(models / "small" / "certificates" / "gd.json.gz", models)


def test_on_the_command_line(qkdopt):
    shutil.copy(PUBLISHED / "certificates" / "gd.json.gz", "gd.json.gz")
    answer = qkdopt("problems", "--check", "gd.json.gz")
    assert answer.code == 0
    assert "about micius-china-2016, strategy gd" in answer.out
    assert answer.out.count("does not improve") == 2
    document = json.loads(gzip.decompress((PUBLISHED / "certificates" / "gd.json.gz").read_bytes()))
    document["value"] += 1
    qkdopt.write("false.json", json.dumps(document))
    answer = qkdopt("problems", "--check", "false.json")
    assert answer.code == 1
    assert "false: the claimed value" in answer.out
    facts = qkdopt("problems", "--check", "false.json", "--json").json
    assert (facts["verified"], facts["improves_value"], facts["improves_bound"]) == (False,) * 3
    five_ring().save("ring.json")
    assert "a new problem" in qkdopt("problems", "--check", "ring.json").out
    qo.solve(five_ring()).certificate.save("mine.json")
    assert "not published" in qkdopt("problems", "--check", "mine.json").out


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": "else"}', '{"format": 1}'])
def test_files_that_are_neither(qkdopt, text):
    qkdopt.write("x.json", text)
    assert "x.json" in qkdopt("problems", "--check", "x.json").complaint
    assert "micius" in qkdopt("problems", "micius-china-2016", "--check", "x.json").complaint
    assert "no.json" in qkdopt("problems", "--check", "no.json").complaint
