"""How long an interval of a CSV table is: said once, never guessed against what is said."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_line import CommandLine
from qkdopt.errors import InputError
from qkdopt.tensor import KeyTensor

ROWS = "interval,A,B\n51,5,0\n52,4,6\n53,0,7\n54,0,9\n"


def loaded(folder: Path, text: str, interval_s: object | None = None) -> KeyTensor:
    path = folder / "keys.csv"
    path.write_text(text, encoding="utf-8")
    return KeyTensor.load(path, interval_s)


@pytest.mark.parametrize(
    ("comment", "seconds"),
    [
        ("# interval of 10 s, counted from midnight", "10"),  # the form of the how-to
        ("# interval of 30 s", "30"),
        ("#Intervals of 30 seconds", "30"),
        ("# interval length: 2.5 s", "2.5"),
        ("# the interval is 1 min, a hand-over takes 12 s", "60"),
        ("# interval_s = 30", "30"),
        ("# interval [s]: 30", "30"),
        ("# interval 500 ms", "0.5"),
        ("# 30 s intervals", "30"),
        ("# 30-second intervals from 12 h UTC", "30"),
        ("# bits in each 0.5 min interval", "30"),
        ("# 30 s per interval", "30"),
        ('# qkdopt {"interval_s": "30"}', "30"),
    ],
)
def test_what_comments_say(tmp_path: Path, comment: str, seconds: str) -> None:
    for text in (f"{comment}\n{ROWS}", f"{ROWS}{comment}\n"):
        keys = loaded(tmp_path, text)
        assert keys.interval_s == Decimal(seconds)
        assert "interval" not in keys.provenance
        assert loaded(tmp_path, text, seconds).interval_s == Decimal(seconds)


@pytest.mark.parametrize(
    "comment",
    [
        "# my own table of 2016",
        "# Secret bits of each interval (global index).",
        "# 30 s hand-over",
    ],
)
def test_nothing_said_is_an_assumption_in_words(tmp_path: Path, comment: str) -> None:
    keys = loaded(tmp_path, f"{comment}\n{ROWS}")
    assert keys.interval_s == 10
    assert keys.provenance["interval"] == "10 s, assumed: the file does not say"
    asked = loaded(tmp_path, f"{comment}\n{ROWS}", "30")
    assert asked.interval_s == 30
    assert "interval" not in asked.provenance


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            f"# interval of 30 s\n{ROWS}# interval of 10 s\n",
            "keys.csv:7: got an interval of 10 s, expected 30 s as in ",
        ),
        (
            f'# interval of 30 s\n# qkdopt {{"interval_s": "10"}}\n{ROWS}',
            "interval_s: got an interval of 10 s, expected 30 s as in ",
        ),
        (
            f"# interval of 2,5 s\n{ROWS}",
            "keys.csv:1: got '# interval of 2,5 s', expected the length",
        ),
        (
            f"# an interval lasts between 9 and 10 s\n{ROWS}",
            "expected the length of an interval as",
        ),
        (
            f"# interval of 0 s\n{ROWS}",
            "keys.csv:1: got 0, expected a number of seconds > 0",
        ),
        (
            "interval,A\n0,5\n30,4\n90,1\n",
            "column interval: got indices in steps of 30, expected",
        ),
        (
            "interval,time_s,A\n0,0,5\n1,30,4\n",
            "got a column time_s, expected links; times only as",
        ),
        ("interval,A,time_utc\n0,5,2016-09-19\n", "got a column time_utc, expected links"),
        (
            "interval,time_utc,A\n0,2016-09-19T00:00:00Z,5\n1,2016-09-19T00:00:30Z,4\n"
            "2,2016-09-19T00:00:40Z,4\n",
            "column time_utc: got 10 s and 30 s to an interval, expected instants of equal",
        ),
        (
            "# interval of 10 s\ninterval,time_utc,A\n"
            "0,2016-09-19T00:00:00Z,5\n1,2016-09-19T00:00:30Z,4\n",
            "column time_utc: got an interval of 30 s, expected 10 s as in ",
        ),
        (
            "interval,time_utc,A\n0,soon,5\n",
            "keys.csv:2: column time_utc: got soon, expected an instant in UTC",
        ),
        (
            "interval,time_utc,A\n0,2016-09-19T00:00:30Z,5\n1,2016-09-19T00:00:00Z,4\n",
            "got -30 s to an interval",
        ),
        (
            '# qkdopt {"start_utc": "2016-09-19T00:00:00"}\ninterval,time_utc,A\n'
            "0,2016-09-18T00:00:00Z,5\n1,2016-09-18T00:00:30Z,4\n",
            "start_utc: got '2016-09-19T00:00:00+00:00 for interval 0', expected 2016-09-18T",
        ),
    ],
)
def test_contradictions_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        loaded(tmp_path, text)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_column_of_instants(tmp_path: Path) -> None:
    # Interval 3 begins at 00:01:30: intervals of 30 s, the first at midnight.
    rows = "3,2016-09-19T00:01:30Z,5\n5,2016-09-19T02:02:30+02:00,4\n"
    keys = loaded(tmp_path, f"interval,time_utc,A\n{rows}")
    assert keys.interval_s == 30
    assert keys.start_utc is not None
    assert keys.start_utc.isoformat() == "2016-09-19T00:00:00+00:00"
    assert keys.links == ("A",)
    assert keys.bits.tolist() == [[5, 4]]


def test_said_by_who_asks(tmp_path: Path) -> None:
    seconds = "interval,A\n0,5\n30,4\n90,1\n"
    assert loaded(tmp_path, seconds, 1).interval_s == 1
    with pytest.raises(InputError, match=r"the requested interval: got an interval of 20 s"):
        loaded(tmp_path, f"# interval of 30 s\n{ROWS}", 20)


@given(st.decimals(min_value="0.001", max_value=86_400, places=3))
def test_what_is_written_comes_back(tmp_path_factory: pytest.TempPathFactory, s: Decimal) -> None:
    folder = tmp_path_factory.getbasetemp()
    keys = KeyTensor.create([[5, 1]], [3, 9], ["A"], interval_s=s, switch_s=1)
    for name in ("back.csv", "back.nc"):
        keys.save(folder / name)
        assert KeyTensor.load(folder / name).interval_s == s
        assert KeyTensor.load(folder / name, s).interval_s == s
        with pytest.raises(InputError, match="the requested interval"):
            KeyTensor.load(folder / name, s + 1)


def test_the_length_decides_the_optimum(qkdopt: CommandLine) -> None:
    # A hand-over of 10 s keeps one interval of 10 s free, and one of 30 s. With 35 s it is 4 and
    # 2. By hand: 9 + 7 + 6 = 22 for B alone; A in 51 pays only if B may follow at 52: tau = 0.
    qkdopt.write("thirty.csv", f"# interval of 30 s\n{ROWS}")
    answer = qkdopt("solve", "thirty.csv", "--switch-seconds", "10", "-o", "c.json", "--json")
    assert answer.code == 0
    assert '"interval_s": "30"' in Path("c.json").read_text().replace('":"', '": "')
    assert "notes" not in answer.json
    qkdopt.write("silent.csv", ROWS)
    assert qkdopt("solve", "silent.csv", "--json").json["notes"] == [
        'ASSUMED: intervals of 10 s; a comment such as "# interval of 30 s", or --interval, '
        "overrides this"
    ]
    asked = qkdopt("solve", "silent.csv", "--interval", "30", "-o", "d.json", "--json")
    assert "notes" not in asked.json
    first, second = (Path(name).read_text() for name in ("c.json", "d.json"))
    assert '"interval_s":"30"' in first.replace(" ", "")
    assert '"interval_s":"30"' in second.replace(" ", "")
    complaint = qkdopt("solve", "thirty.csv", "--interval", "10").complaint
    assert "an interval of 10 s, expected 30 s as in thirty.csv:1" in complaint


def test_keys_write_their_interval(qkdopt: CommandLine) -> None:
    from command_line import TWO_CITIES

    qkdopt.write(
        "s.toml", TWO_CITIES.replace("duration_days = 0.5", "duration_days = 0.5\ninterval_s = 30")
    )
    assert qkdopt("keys", "s.toml", "-o", "keys.csv").code == 0
    assert KeyTensor.load("keys.csv").interval_s == 30
    assert "notes" not in qkdopt("solve", "keys.csv", "--json").json
