"""Commands take problems of version 2; some refuse several satellites, in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import qkdopt as qo
from command_line import KEYS, TWO_CITIES, CommandLine
from qkdopt.physics import available_seconds, passes
from test_problem_version_2 import TWO

STATED = f"{KEYS}# interval of 10 s\n"


@pytest.fixture
def both(qkdopt: CommandLine) -> CommandLine:
    """The problem of KEYS as ``one.json`` and ``two.json``, and one of two satellites."""
    qkdopt.write("keys.csv", STATED)
    for name, version in (("one.json", "1"), ("two.json", "2")):
        options = ("--json", "--weights", "A=3,B=1", "--problem-version", version)
        assert qkdopt("export", "keys.csv", *options, "-o", name).code == 0
    qkdopt.write("fleet.json", json.dumps(TWO))
    free = {member: value for member, value in TWO.items() if member != "options"}
    qkdopt.write("free.json", json.dumps(free))
    return qkdopt


def test_export_writes_either_version(both: CommandLine) -> None:
    one, two = qo.load_problem("one.json"), qo.load_problem("two.json")
    assert (one.version, two.version) == (1, 2)
    assert two.as_version(1).sha256 == one.sha256
    answer = both("export", "two.json", "--json", "-o", "same.json.gz")
    assert answer.json["problem_sha256"] == two.sha256
    answer = both("export", "two.json", "--json", "--problem-version", "1", "-o", "back.json")
    assert answer.json["problem_sha256"] == one.sha256
    for refused, words in (
        (("two.json", "--json", "--problem-version", "3"), "version: got 3, expected 1 or 2"),
        (
            ("fleet.json", "--json", "--problem-version", "1"),
            "got 2 satellites, expected version 2",
        ),
    ):
        assert words in both("export", *refused, "-o", "x.json").complaint
    complaint = both("export", "two.json", "--mps", "--problem-version", "2", "-o", "x.mps")
    assert "--problem-version: got 2, expected none without --json" in complaint.complaint


def test_several_satellites_are_written_and_read(both: CommandLine) -> None:
    answer = both("export", "fleet.json", "--json", "-o", "again.json.gz")
    assert (answer.json["satellites"], answer.json["links"]) == (2, 4)
    assert qo.load_problem("again.json.gz").document() == TWO


def test_several_satellites_are_solved(both: CommandLine) -> None:
    answer = both("solve", "free.json", "--json", "-o", "c.json")
    assert answer.code == 0
    assert (answer.json["verified"], answer.json["optimal"]) == (True, True)
    assert len(json.loads(Path("c.json").read_text())["paths"]) == 2
    assert both("verify", "c.json", "--problem", "free.json").code == 0
    assert both("export", "c.json", "--csv", "-o", "paths.csv").code == 0
    rows = Path("paths.csv").read_text().splitlines()
    assert rows[0] == "interval,satellite,link,bits"
    assert sum(int(row.rsplit(",", 1)[1]) for row in rows[1:]) == answer.json["value"]
    slow = both("solve", "free.json", "--switch-seconds", "1000", "--json", "-o", "slow.json")
    problem = json.loads(Path("slow.json").read_text())["problem"]
    assert [item["switch_s"] for item in problem["satellites"]] == ["1000", "1000"]
    assert slow.json["value"] <= answer.json["value"]


@pytest.mark.parametrize(
    "command",
    [
        ("export", "fleet.json", "--mps", "-o", "m.mps"),
        ("evaluate", "fleet.json", "schedule.csv"),
    ],
    ids=lambda command: command[0],
)
def test_other_commands_say_that_they_take_one(both: CommandLine, command: tuple[str, ...]) -> None:
    both.write("schedule.csv", "interval,link\n51,A-Madrid\n")
    assert "2 satellites" in both(*command).complaint


def test_models_of_both_versions_are_the_same(both: CommandLine) -> None:
    for kind in ("mps", "lp"):
        for name in ("one", "two"):
            assert both("export", f"{name}.json", f"--{kind}", "-o", f"{name}.{kind}").code == 0
        one, two = (Path(f"{name}.{kind}").read_text() for name in ("one", "two"))
        assert one == two


SECOND = """
[[satellite]]
name = "Follower"
tle = '''
1 00000U 16051A   16266.82653160  .00000000  00000-0  10105-3 0    08
2 00000  97.3660 187.9185 0014904 125.7922 314.2797 15.23497871    08
'''
[source]
"""


def test_a_scenario_of_two_satellites_becomes_one_problem(qkdopt: CommandLine) -> None:
    qkdopt.write("one.toml", TWO_CITIES)
    qkdopt.write("two.toml", TWO_CITIES.replace("[source]\n", SECOND.lstrip("\n")))
    assert qkdopt("export", "one.toml", "--json", "-o", "one.json").code == 0
    answer = qkdopt("export", "two.toml", "--json", "-o", "two.json")
    assert (answer.json["satellites"], answer.json["links"]) == (2, 4)
    one, two = qo.load_problem("one.json"), qo.load_problem("two.json")
    assert [satellite.name for satellite in two.satellites] == ["Micius", "Follower"]
    assert [station.name for station in two.stations] == ["Urumqi", "Shanghai"]
    assert two.targets == one.targets == ("Urumqi", "Shanghai")
    assert two.weights == one.weights
    names = ["Micius-Urumqi", "Micius-Shanghai", "Follower-Urumqi", "Follower-Shanghai"]
    assert [link.name for link in two.links] == names
    assert [link.stations for link in two.links] == [(0,), (1,), (0,), (1,)]
    first, second = two.of_satellite(0), two.of_satellite(1)
    assert first.bits.tolist() == one.bits.tolist()
    assert first.interval.tolist() == one.interval.tolist()
    assert second.sum_of_best > 0
    assert second.interval.tolist() != one.interval.tolist()
    locked = 'operations = { locked = [{ link = "Urumqi", from_s = 0, until_s = 10 }] }\n'
    qkdopt.write("locked.toml", locked + Path("two.toml").read_text())
    complaint = qkdopt("export", "locked.toml", "--json", "-o", "x.json").complaint
    assert "operations.locked" in complaint


def test_keys_and_check_of_two_satellites(qkdopt: CommandLine) -> None:
    qkdopt.write("two.toml", TWO_CITIES.replace("[source]\n", SECOND.lstrip("\n")))
    qkdopt.write("one.toml", TWO_CITIES)
    assert qkdopt("keys", "one.toml", "-o", "one.csv").code == 0
    answer = qkdopt("keys", "two.toml", "-o", "two.csv")
    assert answer.code == 0
    assert [line.partition(":")[0] for line in answer.out.splitlines()] == [
        "two-Micius.csv", "two-Follower.csv",
    ]  # fmt: skip
    assert not Path("two.csv").exists()
    one, two = (qo.KeyTensor.load(name) for name in ("one.csv", "two-Micius.csv"))
    assert one.bits.tolist() == two.bits.tolist()
    follower = qo.KeyTensor.load("two-Follower.csv")
    joined = qo.SchedulingProblem.from_satellites({"Micius": two, "Follower": follower})
    qkdopt("export", "two.toml", "--json", "-o", "two.json")
    assert joined.sha256 == qo.load_problem("two.json").sha256
    text = qkdopt("check", "two.toml").out
    assert "satellite: Follower, catalogue number 0" in text
    assert "memory for keys: about" in text
    rows = [line.split() for line in text.splitlines() if line.strip().startswith("Follower")]
    assert rows[0][:2] == ["Follower", "2"]
    follower = next(qo.load_scenario("two.toml").each_satellite())
    time = available_seconds(follower)
    row = next(line.split() for line in text.splitlines() if line.strip().startswith("Micius "))
    seen = sum(1 for seconds in time.by_station_s.values() if seconds)
    assert row[2:] == [str(len(passes(follower))), str(seen), f"{time.union_s / 60:.1f}"]


def test_check_states_receivers_of_several_satellites(qkdopt: CommandLine) -> None:
    several = TWO_CITIES.replace("[source]\n", SECOND.lstrip("\n"))
    head, _, rest = several.partition("[[station]]\n")
    qkdopt.write("two.toml", f"{head}[[station]]\nreceivers = 3\nswitch_s = 7.5\n{rest}")
    lines = qkdopt("check", "two.toml").out.splitlines()
    stated = [line for line in lines if line.startswith("receivers of ")]
    assert stated[0].endswith(": 3, 7.5 s from one satellite to another")
    assert stated[1].endswith(": 1")


def test_a_scenario_is_no_source_of_a_report(qkdopt: CommandLine) -> None:
    qkdopt.write("one.toml", TWO_CITIES)
    complaint = qkdopt("report", "one.toml").complaint
    assert "one.toml: got a TOML file" in complaint
    assert "expected the folder of a run" in complaint


def test_a_constellation_too_large_is_one_line(qkdopt: CommandLine) -> None:
    begin, _, rest = TWO_CITIES.partition("[[satellite]]")
    many = "[[constellation]]\nname = 'W'\nkind = 'walker-delta'\naltitude_km = 550\n"
    after = rest[rest.index("[source]") :]
    qkdopt.write("many.toml", f"{begin}{many}walker = '53: 10000/100/1'\n\n{after}")
    complaint = qkdopt("export", "many.toml", "--json", "-o", "x.json").complaint
    assert "got 10,000 satellites, whose keys take about" in complaint
    assert not Path("x.json").exists()


def test_a_run_of_two_satellites(qkdopt: CommandLine) -> None:
    text = TWO_CITIES.replace("[source]\n", SECOND.lstrip("\n"))
    qkdopt.write("two.toml", text)
    answer = qkdopt("run", "two.toml", "-o", "out", "--json", "--time-limit", "1")
    assert answer.code == 0
    document = answer.json
    assert (document["verified"], document["satellites"]) == (True, ["Micius", "Follower"])
    names = {path.name for path in Path("out").iterdir()}
    assert {"problem.json.gz", "gd.json", "schedule-gd.csv", "summary.json"} <= names
    assert {"timeline-gd.png", "report.html"} <= names
    assert not {"keys.nc", "timeline.png"} & names
    for name, found in document["strategies"].items():
        verified = qkdopt("verify", f"out/{name}.json", "--problem", "out/problem.json.gz")
        assert verified.code == 0
        rows = Path(f"out/schedule-{name}.csv").read_text().splitlines()[1:]
        assert sum(int(row.split(",")[3]) for row in rows) == found["total"]
        assert {row.split(",")[1] for row in rows} <= {"Micius", "Follower"}
    again = qkdopt("run", "two.toml", "-o", "out", "--json").json
    assert "gd.json" in again["taken_over"]
