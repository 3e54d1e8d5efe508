"""Files that the program wrote itself are read like anybody's: by their form, in one line."""

import copy
import json
from dataclasses import replace
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

import qkdopt as qo
from bench_records import bench_record
from command_line import KEYS, TWO_CITIES
from qkdopt.bench.records import read_records
from qkdopt.cli import main
from qkdopt.errors import InputError
from qkdopt.forms import checked_document
from qkdopt.report.schemas import FORMS, schema_of
from qkdopt.study.front import Front
from qkdopt.study.history_file import write_history

MISSING = object()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """One document of each form, as the program writes it."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "keys.csv").write_text(KEYS)
    (folder / "two.toml").write_text(TWO_CITIES)
    keys = qo.KeyTensor.load(folder / "keys.csv")
    problem = replace(qo.SchedulingProblem.from_keys(keys), weights=(3, 1))
    searched = qo.solve(problem, qo.GeneralDelivery(), solver="genetic", time_limit=0.2, seed=1)
    path = folder / "a.history.json"
    write_history(path, problem, qo.GeneralDelivery(), searched, solver="genetic", seed=1)
    run = ["run", str(folder / "two.toml"), "-o", str(folder / "run"), "--time-limit", "0.2"]
    assert main(run) == 0
    skies = ["--clouds", "3", "--fresh-clouds", "4", "--alpha", "0.5", "-o", str(folder / "skies")]
    assert main([*run[:2], *skies, "--time-limit", "0.5"]) == 0
    front = ["front", str(folder / "keys.csv"), "--weights", "A=3,B=1", "--points", "3"]
    assert main([*front, "--time-limit", "1", "-o", str(folder / "front")]) == 0
    words = ["--set", "switch_s=0,30", "--set", "name=other", "-o", str(folder / "what-if")]
    assert main(["what-if", str(folder / "two.toml"), *words]) == 0
    back = ["rolling", str(folder / "two.toml"), "--months", "2", "--members", "5"]
    assert main([*back, "-o", str(folder / "rolling")]) == 0
    paths = {
        "clouds": folder / "skies" / "clouds.json",
        "report in skies": folder / "skies" / "report.json",
        "summary in skies": folder / "skies" / "summary.json",
        "history": path,
        "front": folder / "front" / "front.json",
        "report": folder / "run" / "report.json",
        "rolling": folder / "rolling" / "rolling.json",
        "summary": folder / "run" / "summary.json",
        "what-if": folder / "what-if" / "what-if.json",
    }
    found = {name: json.loads(path.read_text()) for name, path in paths.items()}
    return found | {"bench-record": bench_record("a", history=[[0.1, 5, None, 3], [0.2, 7, 8, 9]])}


@pytest.mark.parametrize("name", FORMS)
def test_the_published_schema_is_that_of_the_form(name):
    text = (files("qkdopt") / "schemas" / f"{name}.schema.json").read_text("utf-8")
    assert json.loads(text) == schema_of(name)
    Draft202012Validator.check_schema(schema_of(name))


@pytest.mark.parametrize("name", FORMS)
def test_what_is_written_has_the_form(written, name):
    checked_document(FORMS[name][0], written[name], "file", "a form")
    Draft202012Validator(schema_of(name)).validate(written[name])


@pytest.mark.parametrize("name", ["report", "summary"])
def test_what_is_written_of_cloud_scenarios_has_the_form(written, name):
    document = written[f"{name} in skies"]
    checked_document(FORMS[name][0], document, "file", "a form")
    Draft202012Validator(schema_of(name)).validate(document)


CHANGES = [
    ("clouds", "strategies", {}, "strategies: got {}, expected"),
    ("clouds", "strategies.gd.fresh.value.estimate", "many", "estimate: got many, expected a"),
    ("clouds", "strategies.gd.fresh_rewards.0", 1e300, "fresh_rewards[0]: got 1e+300"),
    ("clouds", "strategies.pd.cloud_notes", MISSING, "cloud_notes: got nothing, expected a value"),
    ("front", "most", "7", "front.json: most: got '7', expected a valid integer"),
    ("front", "most", -1, "most: got -1, expected greater than or equal to 0"),
    ("front", "most", True, "most: got True, expected a valid integer"),
    ("front", "points", {}, "points: got {}, expected a valid list"),
    ("front", "points.0.kl_max", "1e-999999999", "points[0].kl_max: got '1e-999999999'"),
    ("front", "points.0.value", MISSING, "points[0].value: got nothing, expected a value"),
    ("front", "points.0.bound", 2**400, "points[0].bound: got"),
    ("front", "marks.1.name", "\x1b[2J", "marks[1].name: got '\\x1b[2J', expected text without"),
    ("front", "note", 1, "note: got 'an unknown key', expected none of that name"),
    ("front", "problem_sha256", "0" * 63, "problem_sha256: got '000"),
    ("rolling", "months", "2", "months: got '2', expected a valid integer"),
    ("rolling", "by_month.0.clairvoyant", -1, "by_month[0].clairvoyant: got -1, expected greater"),
    ("history", "version", 2, "version: got 2, expected 1"),
    ("history", "seed", 1.5, "seed: got 1.5"),
    ("history", "strategy", {}, "strategy.name: got nothing"),
    ("history", "strategy.kl_max", "{0.__class__}", "strategy.kl_max: got '{0.__class__}'"),
    ("history", "generations.mean.0", float("nan"), "generations.mean[0]: got nan"),
    ("history", "generations.best", [1], "generations: got {"),
    ("report", "strategies.0.shares", [1], "to be one share for each target"),
    ("report", "strategies.0.delivered", {}, "strategies[0].delivered to be bits for each target"),
    ("report", "strategies.0.service.0", 10**9, "strategies[0].service to be one link or -1"),
    ("report", "strategies.0.file", "../gd.json", "strategies[0].file: got '../gd.json'"),
    ("report", "strategies.0.divergence", "Infinity", 'expected a number of nats >= 0, or "inf"'),
    ("report", "cells.link.0", 99, "cells.link to be indices of links"),
    ("report", "cells.bits", [], "cells to be columns of one length"),
    ("report", "axis.passes.0", [3, 1], "axis.passes to be pairs of positions"),
    ("report", "start_utc", "<script>", "start_utc: got '<script>'"),
    ("report", "problem.links", None, "problem.links: got None, expected a valid list"),
    ("summary", "files.gd.json", MISSING, ""),
    ("summary", "verified", "yes", "verified: got yes, expected a valid boolean"),
    ("summary", "strategies.gd.ended", "well", "gd.ended: got well, expected 'finished'"),
    ("summary", "files", {"../x": {}}, "files.../x.[key]: got '../x'"),
    ("bench-record", "machine", "mine", "machine: got mine"),
    ("bench-record", "job.time_limit_s", 0, "job.time_limit_s: got 0, expected greater than 0"),
    ("bench-record", "history.0", [None] * 4, "lines begin with seconds"),
    ("bench-record", "history.0", [0.0], "history[0]: got [0.0], expected"),
    ("bench-record", "status", "{x}", "status: got '{x}', expected 'finished'"),
    ("bench-record", "value", "7//8", "value: got '7//8', expected a value as certificates"),
    ("bench-record", "bound", None, "value and bound where a claim is verified"),
    ("bench-record", "verified", False, "a finding where a claim is false"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "place", "value", "words"), CHANGES)
def test_what_is_changed_is_refused_by_name(written, name, place, value, words):
    document = changed(written[name], place, value)
    form, _ = FORMS[name]
    where = f"{name}.json"
    if not words:
        checked_document(form, document, where, "a form")
        return
    with pytest.raises(InputError) as caught:
        checked_document(form, document, where, "a form")
    assert str(caught.value).startswith(f"{where}: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def changed(document, place, value):
    document = copy.deepcopy(document)
    *parents, last = [int(key) if key.isdigit() else key for key in place.replace(
        "files.gd.json", "files.gd~json").split(".")]  # fmt: skip
    inner = document
    for key in parents:
        inner = inner[key]
    last = last.replace("~", ".") if isinstance(last, str) else last
    if value is MISSING:
        del inner[last]
    else:
        inner[last] = value
    return document


@pytest.mark.parametrize("document", ["[]", "3", '"front"', "null"])
def test_what_is_no_object_is_refused(tmp_path, document):
    (tmp_path / "front.json").write_text(document)
    with pytest.raises(InputError, match=r"front\.json: got 'no JSON object but .*written by"):
        Front.load(tmp_path / "front.json")


def test_commands_say_it_in_one_line(qkdopt, written):
    qkdopt.write("front.json", json.dumps(changed(written["front"], "points.1.bound", "many")))
    assert qkdopt("plot", "front", "front.json", "-o", "f.png").complaint == (
        "front.json: points[1].bound: got many, expected a valid integer"
    )
    (qkdopt.folder / "run").mkdir()
    (qkdopt.folder / "run" / "report.json").write_text(
        json.dumps(changed(written["report"], "axis.left", [0.0]))
    )
    assert "report.json: got {" in qkdopt("report", "run").complaint
    (qkdopt.folder / "b").mkdir()
    line = json.dumps(changed(written["bench-record"], "machine.cores", "all"))
    (qkdopt.folder / "b" / "records.jsonl").write_text(line + "\n")
    complaint = qkdopt("bench", "quick", "--report-only", "-o", "b").complaint
    assert "records.jsonl: line 1: machine.cores: got all, expected a valid integer" in complaint


def test_a_bad_record_among_good_ones_is_left_out_and_said(tmp_path):
    good, bad = bench_record("a"), bench_record("b") | {"seconds": {"total": "long"}}
    path = tmp_path / "records.jsonl"
    path.write_text(json.dumps(good) + "\n" + json.dumps(bad) + "\n")
    records, warnings = read_records(path)
    assert records == [good]
    assert [str(line) for line in warnings] == [
        f"{path}: line 2: seconds.total: got long, expected a valid number"
    ]


def test_a_report_made_again_has_verdicts_made_again(qkdopt):
    qkdopt.write("two.toml", TWO_CITIES)
    qkdopt("run", "two.toml", "-o", "out", "--time-limit", "0.2")
    path = qkdopt.folder / "out" / "report.json"
    document = json.loads(path.read_text())
    honest = document["strategies"][0]["total"]
    document["strategies"][0] |= {"total": 10**12, "statement": "optimal, trust me"}
    path.write_text(json.dumps(document))
    assert qkdopt("report", "out").code == 0
    page = (qkdopt.folder / "out" / "report.html").read_text()
    assert "trust me" not in page
    assert f'"total": {honest}' in page
    (qkdopt.folder / "out" / "gd.json").unlink()
    assert "not verified again" in qkdopt("report", "out").err
