"""Published problems by name: found, shown, drawn, solved; altered ones refused."""

import gzip
import shutil
from pathlib import Path

import pytest

from qkdopt import library
from qkdopt.errors import InputError

INDEX = library.published_index()


def test_a_frozen_file_that_is_not_what_was_published(tmp_path, monkeypatch, qkdopt):
    models = tmp_path / "package" / "models"
    shutil.copytree(library.problem_folder("hand-two-cities"), models / "hand-two-cities")
    shutil.copytree(library.problem_folder("hand-odd-ring"), models / "hand-odd-ring")
    shutil.copy(library.models_folder() / library.INDEX, models)
    monkeypatch.setattr(library, "_PACKAGE", models.parent)
    assert qkdopt("solve", "hand-two-cities").code == 0
    for name, old, new in (
        ("hand-two-cities", b'"interval_s":"10"', b'"interval_s":"20"'),
        ("hand-odd-ring", b'"gap_s":"60"', b'"gap_s":"6"'),
    ):
        frozen = models / name / library.PROBLEM
        frozen.write_bytes(gzip.compress(gzip.decompress(frozen.read_bytes()).replace(old, new)))
        for command in (["solve", name], ["problems", name], ["problems"]):
            answer = qkdopt(*command)
            assert answer.code == 2
            assert "problem.json.gz: got 'SHA-256" in answer.complaint
            assert "index.json beside it" in answer.complaint
    frozen.write_bytes(b"no gzip")
    assert "unreadable" in qkdopt("solve", "hand-odd-ring").complaint
    (models / library.INDEX).write_text("[]")
    assert "index.json" in qkdopt("problems").complaint


def test_a_problem_that_the_index_does_not_list_is_shown_from_its_files(
    tmp_path, monkeypatch, qkdopt
):
    models = tmp_path / "package" / "models"
    for name in ("hand-two-cities", "hand-odd-ring"):
        shutil.copytree(library.problem_folder(name), models / name)
    (models / "begun").mkdir()
    (models / "begun" / "scenario.toml").write_text("")
    monkeypatch.setattr(library, "_PACKAGE", models.parent)
    found = {facts["name"]: facts for facts in qkdopt("problems", "--json").json["problems"]}
    assert set(found) == {"begun", "hand-two-cities", "hand-odd-ring"}
    for name in ("hand-two-cities", "hand-odd-ring"):
        assert found[name]["best"] == INDEX[name]["best"]
        assert found[name]["sha256"] == INDEX[name]["sha256"]
    assert "not computed yet" in qkdopt("problems", "begun").out
    assert "begun" in qkdopt("problems").out


def test_problems_without_scenario_are_solved_by_name(qkdopt):
    assert qkdopt("solve", "hand-odd-ring", "--json").json["value"] == 4350
    assert qkdopt("solve", "hand-two-cities", "--json").json["value"] == 44
    assert "no scenario" in qkdopt("run", "hand-two-cities").complaint
    assert "no scenario" in qkdopt("check", "hand-odd-ring").complaint


def test_the_picture_of_a_problem(qkdopt):
    assert "Written: x.png" in qkdopt("problems", "hand-two-cities", "--picture", "x.png").out
    assert (qkdopt.folder / "x.png").read_bytes().startswith(b"\x89PNG")
    assert "NAME" in qkdopt("problems", "--picture", "x.png").complaint
    assert ".svg" in qkdopt("problems", "hand-two-cities", "--picture", "x.txt").complaint
    assert "contacts" in qkdopt("problems", "hand-odd-ring", "--picture", "y.png").complaint
    assert not (qkdopt.folder / "y.png").exists()


def test_names_and_paths_lead_to_the_same_scenario():
    folder = library.problem_folder("micius-china-2016")
    for given in ("micius-china-2016", folder, folder / "scenario.toml"):
        assert library.scenario_path(given) == folder / "scenario.toml"


def test_a_name_that_is_nearly_right_is_answered_with_the_right_one():
    with pytest.raises(InputError, match="nearest: micius-china-2016"):
        library.scenario_path("micius-china-2061")
    with pytest.raises(InputError, match="file not found"):
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
