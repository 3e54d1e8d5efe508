"""Text from files is harmless in terminals, spreadsheets and pages."""

import csv
import json
import warnings
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qkdopt as qo
from bench_records import bench_record
from command_line import KEYS, TWO_CITIES
from drawing import problem_of
from qkdopt.bench.tables import Table
from qkdopt.optimize.strategy_names import strategy_in_words
from qkdopt.plain_text import csv_line, csv_text, printable
from qkdopt.study import read_schedule, write_schedule

ESCAPE = "\x1b[2J\x1b]0;title\x07"
TURNED = "\u202egnirts\u202c"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (ESCAPE, r"\x1b[2J\x1b]0;title\x07"),
        (TURNED, r"\u202egnirts\u202c"),
        ("a\r\nb\tc", r"a\r\nb\tc"),
        ("\x9b31m", r"\x9b31m"),
        ("\udcff", r"\udcff"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("Ürümqi 乌鲁木齐 \u202f 100 μm", "Ürümqi 乌鲁木齐 \u202f 100 μm"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_unseen_characters_are_shown(text, shown):
    assert printable(text) == shown


def test_what_may_stay_stays():
    assert printable("two\nlines\x07", keep="\n") == "two\nlines\\x07"


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "=HYPERLINK(\"x\")", "'=1", "''=1",
             "\uff1d1", "--1"],
)  # fmt: skip
def test_a_spreadsheet_finds_no_formula(text):
    (cells,) = csv.reader([csv_line([text])])
    assert cells == [f"'{text}"]
    assert csv_text(cells[0]) == text


@pytest.mark.parametrize("text", ["-1", "+2.5", "-1.5e-3", "-12 %", "-", "-1,234", "Ürümqi", "a=b"])
def test_numbers_and_plain_words_stay(text):
    assert next(csv.reader([csv_line([text])])) == [text]
    assert csv_text(text) == text


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Co", "Zl", "Zp"))))
def test_every_name_comes_back(text):
    (cells,) = csv.reader([csv_line([text, 1])])
    assert csv_text(cells[0]) == text


def test_numbers_of_other_kinds_are_no_text():
    assert csv_line([-1, None, -0.5, "x"]) == "-1,,-0.5,x"


NAMES = ["=cmd()", "-A", "'=B", "@C"]


def test_tensors_and_schedules_come_back_and_run_nothing(tmp_path):
    keys = replace(
        qo.KeyTensor.create([[1, 2]] * 4, [5, 6], NAMES),
        provenance={"note": "a,=1+1;@x", "other": "b"},
    )
    keys.save(tmp_path / "keys.csv")
    found = qo.KeyTensor.load(tmp_path / "keys.csv")
    assert found.links == keys.links
    assert dict(found.provenance) == dict(keys.provenance)
    problem = qo.SchedulingProblem.from_keys(keys)
    write_schedule(problem, [0, 2], tmp_path / "schedule.csv")
    assert read_schedule(tmp_path / "schedule.csv", problem).service == (0, 2)
    for name in ("keys.csv", "schedule.csv"):
        for line in (tmp_path / name).read_text().splitlines():
            for cell in (part for piece in line.split(";") for part in piece.split(",")):
                assert not cell.strip().startswith(("=", "@", "+")), line
                assert not cell.startswith("-A"), line


def test_tables_of_the_benchmark_run_nothing():
    table = Table("t", "T", ["instance", "gap"], 1, rows=[["=1|<b>\x1b", "-0.5 %"]])
    assert table.csv() == "instance,gap\n'=1|<b>\\x1b,-0.5 %\n"
    assert r"=1\|&lt;b>\x1b" in table.markdown()
    assert r"=1|&lt;b&gt;\x1b" in table.html()


def test_a_terminal_obeys_no_file(qkdopt):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        record = bench_record("a") | {"status": "crashed", "reason": f"[red]{ESCAPE}{TURNED}"}
    (qkdopt.folder / "b").mkdir()
    (qkdopt.folder / "b" / "records.jsonl").write_text(json.dumps(record) + "\n")
    answer = qkdopt("bench", "quick", "--report-only", "-o", "b")
    for text in (answer.out, answer.err, (qkdopt.folder / "b" / "report.md").read_text(),
                 (qkdopt.folder / "b" / "report.html").read_text()):  # fmt: skip
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert r"[red]\x1b[2J" in answer.out


def test_an_error_obeys_no_file(qkdopt):
    (qkdopt.folder / f"{ESCAPE}.json").write_text('{"\x1b[31m": 1}')
    for line in (("solve", f"{ESCAPE}.json"), ("report", f"{ESCAPE}.json"), ("verify", ESCAPE)):
        answer = qkdopt(*line)
        assert answer.code == 2
        assert "\x1b" not in answer.err + answer.out
        assert "\x07" not in answer.err + answer.out
    document = problem_of([[1]], [0], 0, None).document()
    document["links"][0]["name"] = ESCAPE
    qkdopt.write("p.json", json.dumps(document))
    assert "links[0].name: got" in qkdopt("solve", "p.json").complaint


def test_a_report_shows_what_it_does_not_obey(qkdopt):
    qkdopt.write("two.toml", TWO_CITIES)
    qkdopt("run", "two.toml", "-o", "out", "--time-limit", "0.2")
    path = qkdopt.folder / "out" / "report.json"
    document = json.loads(path.read_text())
    document["words"] = [f"<img src=x onerror=alert(1)>{TURNED}{{{{7*7}}}}"]
    path.write_text(json.dumps(document))
    assert qkdopt("report", "out").code == 0
    page = (qkdopt.folder / "out" / "report.html").read_text()
    assert "\u202e" not in page
    assert "<img src=x" not in page
    assert "{{7*7}}" in page


@pytest.mark.parametrize("name", ["{kl_max.__class__}", "{0}", "{", "{kl_max}"])
def test_names_are_no_formats(name):
    assert strategy_in_words({"name": name, "kl_max": "0.1"}) == (name, name)
    assert strategy_in_words({"name": "td", "kl_max": "{0}"})[0] == "S-TD({0})"


def test_keys_as_csv_read_as_before(qkdopt):
    qkdopt.write("keys.csv", KEYS)
    assert qkdopt("solve", "keys.csv", "--json").json["value"] == 22
