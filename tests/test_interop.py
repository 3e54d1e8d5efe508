"""Problems in other people's formats: read exactly, or refused with the place in the file."""

import itertools
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qkdopt as qo
from qkdopt import verifier
from qkdopt.interop import import_quake
from qkdopt.interop.dzn import Name, Table, read_dzn
from qkdopt.optimize.problem_file import read_problem

QUAKE = """% drawn by hand
STATION = {None, London, 'St Andrews'};  /* the first is
no station */
switch_duration = 60;
step_duration = 30;
time_offset = [0, 30, 60, 90, 120, 600, 630, 660];
transfer_share = [0, 0.75, 0.25];
initial_buffer = [0, 100, 20];
key_consumption = [0, 1.5, 3];
key_rate = [|
  0, 0, 0, 0, 0, 0, 0, 0 |
  1, 2, 3.5, 0.25, 0, 0, 7, 0.1 |
  0, 0, 4, 5, 1.01, 2, 0, 0.3 |];
"""


def quake_file(tmp_path, *changes):
    text = QUAKE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "week.dzn"
    path.write_text(text, encoding="utf-8")
    return path


def test_quake_by_hand(tmp_path):
    problem = import_quake(quake_file(tmp_path))
    assert problem.targets == ("London", "St Andrews")
    assert problem.weights == (75, 25)
    assert problem.stock == (100, 20)
    assert (problem.interval_s, problem.switch_s, problem.tau) == (30, 60, 2)
    assert problem.interval.tolist() == [0, 1, 2, 3, 4, 20, 21, 22]
    assert problem.bits.tolist() == [
        [30, 60, 105, 7, 0, 0, 210, 3],
        [0, 0, 120, 150, 30, 60, 0, 9],
    ]
    assert problem.information["key_consumption"] == "London=1.5, St Andrews=3"


def test_quake_without_an_entry_for_none(tmp_path):
    lists = [(f"[0, {rest}", f"[{rest}") for rest in ("0.75, 0.25]", "100, 20]", "1.5, 3]")]
    path = quake_file(tmp_path, *lists, ("  0, 0, 0, 0, 0, 0, 0, 0 |\n", ""))
    short = import_quake(path)
    assert short.sha256 == import_quake(quake_file(tmp_path)).sha256


def test_quake_in_longer_intervals(tmp_path):
    # Bins of two samples begin at 0, 60, 120 (one sample) and, in the second run, 600, 660.
    # Between the runs lie 450 s: 7 whole minutes, and index 10 is the 600th second.
    problem = import_quake(quake_file(tmp_path), "60")
    assert problem.interval.tolist() == [0, 1, 2, 10, 11]
    assert problem.bits.tolist() == [[90, 112, 0, 210, 3], [0, 270, 30, 60, 9]]
    assert problem.tau == 1
    once = import_quake(quake_file(tmp_path, ("0, 30, 60", "15, 45, 75"), ("90, 120", "105, 135")))
    assert once.interval.tolist() == [0, 1, 2, 3, 4, 19, 20, 21]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.integers(1, 7), st.integers(0, 90))
def test_bins_never_invent_time(steps, per_bin, first):
    # Whatever the runs: idle intervals between two bins never last longer than the time between
    # their samples, each sample is in one bin, and indices increase.
    from qkdopt.interop.quake import _bins

    offsets = [Decimal(first)]
    for step in steps:
        offsets.append(offsets[-1] + step)
    bins = _bins(offsets, Decimal(1), Decimal(per_bin))
    assert [i for _, members in bins for i in members] == list(range(len(offsets)))
    for (index, members), (later, others) in itertools.pairwise(bins):
        assert later > index
        idle = (later - index - 1) * per_bin
        assert idle <= max(0, offsets[others[0]] - offsets[members[-1]] - 1)
        assert later * per_bin <= max(offsets[others[0]], (index + 1) * per_bin)


CLOUDS = """city,date_time,cloud_cover
2018-01-01 23:00:00,London,0
2018-01-01 23:00:00,St Andrews,50
2018-01-01 23:00:00,York,99
2018-01-02 00:00:00,London,100
2018-01-02 00:00:00,London,100
2018-01-02 00:00:00,St Andrews,12.5
"""
START = 'start_time = "2018-Jan-01 23:50:00";\nstep_duration = 30;'


def cloud_file(tmp_path, *changes):
    text = CLOUDS
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "clouds.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_quake_under_clouds_by_hand(tmp_path, qkdopt):
    # Offset 600 is midnight: London clear before and overcast after, St Andrews half and then
    # 7/8 clear. 0.5 * 30 * (4, 5, 1.01) = 60, 75, 15.15; 0.875 * 30 * (2, 0, 0.3) = 52.5, 0, 7.875.
    week = quake_file(tmp_path, ("step_duration = 30;", START))
    problem = import_quake(week, clouds=cloud_file(tmp_path))
    columns = zip(problem.interval.tolist(), problem.bits.T.tolist(), strict=True)
    assert {index: bits for index, bits in columns if any(bits)} == {
        0: [30, 0],
        1: [60, 0],
        2: [105, 60],
        3: [7, 75],
        4: [0, 15],
        20: [0, 52],
        22: [0, 7],
    }
    assert problem.information["clouds"] == "clouds.csv"
    # The rows decide which column is the time.
    turned = "\n".join(
        ",".join((row.split(",")[1], row.split(",")[0], row.split(",")[2]))
        for row in CLOUDS.splitlines()
    )
    (tmp_path / "turned.csv").write_text(turned)
    again = import_quake(week, clouds=tmp_path / "turned.csv")
    assert (again.bits == problem.bits).all()
    answer = qkdopt("import", "quake", week, "--clouds", "clouds.csv", "-o", "cloudy.json")
    assert answer.code == 0
    assert read_problem("cloudy.json").sha256 == problem.sha256
    assert qkdopt("solve", "cloudy.json", "-o", "c.json").code == 0
    assert qkdopt("verify", "c.json", "--problem", "cloudy.json").code == 0
    complaint = qkdopt("import", "kamke", week, "--clouds", "clouds.csv", "-o", "x.json").complaint
    assert "--clouds" in complaint


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([("London,0", "London,101")], "clouds.csv:2: got '101', expected a cloud cover from 0"),
        ([("London,0", "London,-1")], "clouds.csv:2: got '2018-01-01 23:00:00,London,-1'"),
        ([("London,0", "London,nan")], "clouds.csv:2"),
        ([("London,0", "London")], ":2: got '2018-01-01 23:00:00,London', expected a row"),
        ([("2018-01-01 23:00:00,York", "2018-02-30 23:00:00,York")], "expected a date and time"),
        ([("York,99\n", "York,99\n2018-01-01 23:00:00,York,98\n")], "got '98 after 99'"),
        ([("St Andrews", "Leeds")], "clouds.csv: St Andrews: got 'no rows'"),
        ([("2018-01-01", "2018-01-03"), ("2018-01-02", "2018-01-04")], "no row at or shortly"),
        ([("2018-01-01", "2017-01-03"), ("2018-01-02", "2017-01-04")], "no row at or shortly"),
        ([("2018-01-02 00", "2018-01-01 23")], "clouds.csv:5: got '100 after 0'"),
        ([(CLOUDS, "")], "clouds.csv: got 'no rows'"),
    ],
)  # fmt: skip
def test_bad_cloud_tables(tmp_path, qkdopt, changes, words):
    week = quake_file(tmp_path, ("step_duration = 30;", START))
    clouds = cloud_file(tmp_path, *changes)
    answer = qkdopt("import", "quake", week, "--clouds", clouds, "-o", "out.json")
    assert words in answer.complaint


def test_quake_under_several_skies(tmp_path, qkdopt):
    """Each table is a scenario: the bits that it has alone, each as likely as the other."""
    week = quake_file(tmp_path, ("step_duration = 30;", START))
    first, clear = cloud_file(tmp_path), tmp_path / "clear.csv"
    clear.write_text(re.sub(r",[0-9.]+$", ",0", CLOUDS, flags=re.MULTILINE))
    both = import_quake(week, clouds=[first, clear])
    assert both.probabilities == (Fraction(1, 2), Fraction(1, 2))
    assert both.information["clouds"] == "clouds.csv, clear.csv"
    assert both.stock == import_quake(week).stock
    for k, table in enumerate([first, clear]):
        alone = import_quake(week, clouds=table)
        columns = np.searchsorted(both.interval, alone.interval)
        assert (both.scenario(k).bits[:, columns] == alone.bits).all()
        assert both.scenario(k).bits.sum() == alone.bits.sum()
    asked = ("--clouds", "clouds.csv", "--clouds", "clear.csv", "-o", "both.json")
    assert qkdopt("import", "quake", week, *asked).code == 0
    assert qo.load_problem("both.json").sha256 == both.sha256
    assert import_quake(week, clouds=[first]).sha256 == import_quake(week, clouds=first).sha256
    assert import_quake(week, clouds=[]).sha256 == import_quake(week).sha256


@pytest.mark.parametrize(
    "start", ["", '"soon"', '"2018-Foo-01 00:00:00"', "7", '"2018-Feb-30 00:00:00"']
)
def test_clouds_need_a_start(tmp_path, qkdopt, start):
    line = f"start_time = {start};\nstep_duration = 30;" if start else "step_duration = 30;"
    week = quake_file(tmp_path, ("step_duration = 30;", line))
    cloud_file(tmp_path)
    complaint = qkdopt("import", "quake", week, "--clouds", "clouds.csv", "-o", "o.json").complaint
    assert "start_time" in complaint
    assert qkdopt("import", "quake", week, "-o", "o.json").code == 0  # without clouds not needed


def test_imported_problems_are_solved_and_judged(tmp_path, qkdopt):
    path = quake_file(tmp_path)
    answer = qkdopt("import", "quake", path, "--interval", "60", "-o", "week.json.gz")
    assert answer.code == 0
    assert "London: weight 75, stock 100 bits" in answer.out
    assert "St Andrews=3" in answer.out
    problem = read_problem("week.json.gz")
    assert problem.sha256 == import_quake(path, 60).sha256
    solved = qkdopt("solve", "week.json.gz", "--strategy", "balanced", "-o", "c.json", "--json")
    assert solved.json["verified"] is True
    assert verifier.read("c.json")["problem"]["information"]["imported_from"] == "quake"
    assert qkdopt("verify", "c.json", "--problem", "week.json.gz").code == 0
    facts = qkdopt("import", "quake", path, "-o", "x.json", "--json").json
    assert facts["key_consumption"] == "London=1.5, St Andrews=3"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([("step_duration = 30;", "")], "step_duration: got nothing"),
        ([("None, London", "London")], "no entry None"),
        ([("London", "None")], "all different"),
        ([("{None, London, 'St Andrews'}", "{None}")], "None alone"),
        ([("{None, London, 'St Andrews'}", "[1, 2]")], "STATION: got"),
        ([("switch_duration = 60", "switch_duration = -1")], "switch_duration"),
        ([("step_duration = 30", "step_duration = 0")], "step_duration"),
        ([("0, 30, 60, 90", "0, 30, 30, 90")], "time_offset[3]: got '30 after 30'"),
        ([("0, 30, 60, 90", "0, 30, 20, 90")], "at least step_duration"),
        ([("[0, 30, 60, 90, 120, 600, 630, 660]", "[]")], "time_offset: got 'a list of 0'"),
        ([("[0, 0.75, 0.25]", "[0.75]")], "2 numbers (or 3 with None)"),
        ([("[0, 0.75, 0.25]", "[0.1, 0.75, 0.25]")], "0 for None"),
        ([("[0, 0.75, 0.25]", "[0, 0, 0]")], "only zeros"),
        ([("[0, 100, 20]", "[0, 100.5, 20]")], "whole bits"),
        ([("[0, 100, 20]", "[0, -100, 20]")], "initial_buffer[2]: got '-100'"),
        ([("3.5", "-3.5")], "week.dzn:10: key_rate[2, 3]: got '-3.5'"),
        ([("3.5", "1e99")], "key_rate[2, 3]"),
        ([("3.5", "1e-99")], "key_rate[2, 3]"),
        ([(" 3.5,", "")], "7 values in row 2"),
        ([("0, 0, 7, 0.1 |", "0, 0, 7, 0.1")], "week.dzn:13: got '0'"),
        ([("  0, 0, 0, 0, 0, 0, 0, 0", "  0, 0, 0, 0, 0, 0, 0, 5")], "key for None"),
        ([("[|", "["), ("|];", "];")], "week.dzn:11"),
        ([("switch_duration = 60;", "switch_duration = 60")], "week.dzn:5: got step_duration"),
        ([("switch_duration = 60;", "switch_duration 60;")], "week.dzn:4"),
        ([("switch_duration = 60;", "switch_duration = 60; switch_duration = 60;")], "twice"),
        ([("switch_duration = 60;", "switch_duration = #;")], "week.dzn:4: got '#"),
        ([("no station */", "no station")], "week.dzn:2"),
        ([("[0, 1.5, 3]", "[[[[[1]]]]]")], "no deeper brackets"),
        ([("[0, 1.5, 3]", "1..1000000000000")], "a range of whole numbers"),
    ],
)  # fmt: skip
def test_bad_quake(tmp_path, qkdopt, changes, words):
    path = quake_file(tmp_path, *changes)
    complaint = qkdopt("import", "quake", path, "-o", "out.json").complaint
    assert words in complaint
    assert not (tmp_path / "out.json").exists()


def test_a_transposed_table_is_named(tmp_path, qkdopt):
    start = QUAKE.index("key_rate")
    turned = "key_rate = [| " + " | ".join("0, 1, 2" for _ in range(8)) + " |];"
    (tmp_path / "week.dzn").write_text(QUAKE[:start] + turned)
    complaint = qkdopt("import", "quake", "week.dzn", "-o", "out.json").complaint
    assert "8 rows of 3 values (transposed)" in complaint


@pytest.mark.parametrize("interval", ["45", "0", "-30", "nan", "soon"])
def test_bad_intervals_of_quake(tmp_path, qkdopt, interval):
    path = quake_file(tmp_path)
    assert (
        "interval"
        in qkdopt("import", "quake", path, f"--interval={interval}", "-o", "o.json").complaint
    )


def test_data_language(tmp_path):
    path = tmp_path / "a.dzn"
    path.write_text(
        'a = -1.50e2; b = {x, y}; c = 2..4; d = [true, false,]; e = "100 % [| ;"; f = [||];\n'
        "g = array2d(1..2, {x, y, z}, [1, 2, 3, 4, 5, 6]); h = array1d(1..2, [7, 8]); i = z"
    )
    found = read_dzn(path)
    assert found["a"] == Decimal(-150)
    assert found["b"] == ("x", "y")
    assert isinstance(found["b"][0], Name)
    assert found["c"] == (2, 3, 4)
    assert found["d"] == (True, False)
    assert found["e"] == "100 % [| ;"
    assert found["f"].rows == ()
    assert found["g"].rows == ((1, 2, 3), (4, 5, 6))
    assert isinstance(found["g"], Table)
    assert found["h"] == (7, 8)
    assert found["i"] == "z"


@given(st.text(alphabet='ab=;[]{}|,."%/*-1 \n', max_size=40))
def test_no_text_breaks_the_reader(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "a.dzn"
    path.write_text(text)
    try:
        found = read_dzn(path)
    except qo.QkdoptError as error:
        found = str(error)
    assert isinstance(found, dict) or "a.dzn:" in found
