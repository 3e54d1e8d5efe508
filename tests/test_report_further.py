"""Fronts and searches in the report: from folder and files, never of another problem."""

import json

import pytest

import qkdopt as qo
from bench_records import bench_record
from command_line import KEYS
from drawing import problem_of
from qkdopt.errors import InputError
from qkdopt.report.further import add_convergence
from qkdopt.study.history_file import read_history, write_history

PROBLEM = problem_of([[5, 4, 0, 0], [0, 6, 7, 9]], [51, 52, 53, 54], 1, [3, 1])


@pytest.fixture(scope="module")
def searched():
    return qo.solve(PROBLEM, qo.GeneralDelivery(), solver="genetic", time_limit=0.3, seed=3)


@pytest.fixture
def history(searched, tmp_path):
    path = tmp_path / "gd.history.json"
    write_history(path, PROBLEM, qo.GeneralDelivery(), searched, solver="genetic", seed=3)
    return path


def document_of(page):
    """Return the report's document out of its page."""
    text = page.read_text()
    begin = text.index(">", text.index('id="report-data"')) + 1
    return json.loads(text[begin : text.index("</script>", begin)])


def test_a_history_comes_back_from_its_file(history, searched):
    found = read_history(history)
    assert (found.solver, found.seed, found.bound) == ("genetic", 3, searched.bound)
    assert found.problem_sha256 == PROBLEM.sha256
    assert [line.best for line in found.history] == [line.best for line in searched.history]
    assert found.history[-1].evaluations == searched.history[-1].evaluations


@pytest.mark.parametrize(
    ("old", "new"),
    [('"best":[', '"best":["x",'), ('"best":[', '"best":[1,'), ('"mean":[', '"mean":[NaN,'),
     ('"version":1', '"version":9'), ("qkdopt-history", "other"), ('"generations"', '"g"')],
)  # fmt: skip
def test_a_damaged_history_is_refused(history, old, new):
    history.write_text(history.read_text().replace(old, new, 1))
    with pytest.raises(InputError, match=r"gd\.history\.json"):
        read_history(history)


def test_an_outcome_without_generations_has_no_file(tmp_path):
    outcome = qo.solve(PROBLEM, qo.GeneralDelivery())
    with pytest.raises(InputError, match="no history"):
        write_history(tmp_path / "h", PROBLEM, qo.GeneralDelivery(), outcome, solver="x", seed=0)
    assert not (tmp_path / "h").exists()


def test_from_the_genetic_algorithm_to_the_page(qkdopt):
    qkdopt.write("keys.csv", KEYS)
    weighted = ("keys.csv", "--weights", "A=3,B=1")
    qkdopt("solve", *weighted, "-o", "gd.json")
    genetic = ("--solver", "genetic", "--time-limit", "0.3", "--seed", "3")
    answer = qkdopt("solve", *weighted, *genetic, "--history", "h.json", "-o", "ga.json")
    assert (answer.code, answer.err) == (0, "")
    qkdopt("front", *weighted, "--points", "3", "--time-limit", "1", "-o", "front")
    answer = qkdopt("report", "gd.json", "--convergence", "h.json", "--front", "front")
    assert (answer.code, answer.err) == (0, "")
    found = document_of(qkdopt.folder / "report.html")
    (run,) = found["convergence"]
    assert run["label"] == "S-GD, genetic, seed 3"
    assert run["bound"] == 22  # the certificate's, however weak the search's own bound is
    assert run["best"][-1] <= 22
    assert run["best"] == sorted(run["best"])
    assert found["front"]["most"] == 22
    # The folder of a run finds them by itself.
    folder = qkdopt.folder / "front"
    (folder / "gd.json").write_text((qkdopt.folder / "gd.json").read_text())
    (folder / "report.json").write_text(json.dumps(found | {"front": None, "convergence": []}))
    (folder / "ga.history.json").write_text((qkdopt.folder / "h.json").read_text())
    assert qkdopt("report", "front").err == ""
    again = document_of(folder / "report.html")
    assert (again["front"], again["convergence"]) == (found["front"], found["convergence"])


def test_what_is_about_another_problem_is_not_shown(qkdopt, history):
    qkdopt.write("keys.csv", KEYS)
    qkdopt("solve", "keys.csv", "--switch-seconds", "20", "-o", "slow.json")
    answer = qkdopt("report", "slow.json", "--convergence", history)
    assert "the report's problem" in answer.complaint
    qkdopt("report", "slow.json")
    found = document_of(qkdopt.folder / "report.html")
    folder = qkdopt.folder / "run"
    folder.mkdir()
    (folder / "slow.json").write_text((qkdopt.folder / "slow.json").read_text())
    (folder / "report.json").write_text(json.dumps(found))
    (folder / "front.json").write_text(
        json.dumps({"problem_sha256": PROBLEM.sha256, "most": 0, "points": [], "marks": []})
    )
    (folder / "old.history.json").write_text(history.read_text())
    answer = qkdopt("report", "run")
    assert answer.code == 0
    assert [line.split(":")[1:3] for line in answer.err.splitlines()] == [
        [" warning", " left out"]
    ] * 2
    shown = document_of(folder / "report.html")
    assert (shown["front"], shown["convergence"]) == (None, [])


def test_solvers_without_generations_say_so(qkdopt):
    qkdopt.write("keys.csv", KEYS)
    answer = qkdopt("solve", "keys.csv", "--history", "h.json", "-o", "gd.json")
    assert answer.code == 0
    assert "no history" in answer.err
    assert (qkdopt.folder / "gd.json").exists()
    assert not (qkdopt.folder / "h.json").exists()


def record(key, solver, history, bound, sha=PROBLEM.sha256):
    return json.dumps(bench_record(key, solver, history=history, bound=bound, sha=sha))


def test_records_of_the_benchmark_are_searches_too(tmp_path):
    lines = [
        record("a", "genetic", [[0.1, None, None, 5], [0.2, 9, None, 10], [0.3, 20, None, 20],
                                [0.4, 20, 24, 40]], 24),
        record("b", "dynamic", [[0.1, 22, 22, None]], 22),
        record("c", "genetic", [[0.1, 7, 30, 5]], 30, sha="a" * 64),
    ]  # fmt: skip
    path = tmp_path / "records.jsonl"
    path.write_text("\n".join(lines) + "\n")
    document = {"problem": {"sha256": PROBLEM.sha256}, "strategies": [], "convergence": []}
    add_convergence(document, path)
    assert document["convergence"] == [
        {"label": "S-GD, genetic, seed 1", "strategy": "S-GD", "evaluations": [10, 20, 40],
         "best": [9, 20, 20], "bound": 24}
    ]  # fmt: skip
    document["problem"]["sha256"] = "nobody's"
    with pytest.raises(InputError, match="no such record"):
        add_convergence(document, path)
    path.write_text('{"format": "qkdopt-bench-record", "key": "x"}\n')
    with pytest.raises(InputError, match=r"records\.jsonl: line 1: key: got x"):
        add_convergence(document, path)
