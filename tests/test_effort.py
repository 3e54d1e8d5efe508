"""What multiplies work has limits: one line, at once, before anything is built."""

import pytest

import qkdopt as qo
from cpu_time import at_most
from qkdopt.errors import InputError
from qkdopt.library import models_folder
from qkdopt.optimize.problem_file import read_problem

KEYS = "interval,A,B\n1,5,3\n2,5,4\n"
OPTIONS = [
    ("solve", "k.csv", "--threads"),
    ("solve", "k.csv", "--seed"),
    ("solve", "k.csv", "--time-limit"),
    ("keys", "micius-china-2016", "-o", "x.nc", "--threads"),
    ("front", "k.csv", "--points"),
    ("front", "k.csv", "--time-limit"),
    ("front", "k.csv", "--seed"),
    ("pairs", "k.csv", "--traffic", "t.csv", "--time-limit"),
    ("pairs", "k.csv", "--traffic", "t.csv", "--seed"),
    ("sharing", "hand-two-satellites", "--time-limit"),
    ("sharing", "hand-two-satellites", "--seed"),
    ("plot", "pass", "micius-china-2016", "-o", "x.png", "--number"),
    ("reproduce", "iberia", "--processes"),
    ("reproduce", "iberia", "--seconds"),
    ("bench", "--seeds"),
    ("bench", "--time-limit"),
    ("bench", "--memory-mb"),
    ("bench", "--evaluations"),
    ("bench", "--processes"),
]
VALUES = [
    "nan",
    "inf",
    "-1",
    "1e400",
    "1e999999999",
    "1" * 4301,
    "1000000000000000",
    "",
    "x",
    "0x10",
]


@pytest.mark.parametrize("command", OPTIONS, ids=lambda command: f"{command[0]} {command[-1]}")
def test_numbers_that_nobody_can_mean(qkdopt, command):
    qkdopt.write("k.csv", KEYS)
    for value in VALUES:
        with at_most(5):
            complaint = qkdopt(*command[:-1], f"{command[-1]}={value}").complaint
            assert command[-1] in complaint
            assert "expected" in complaint
            assert len(complaint) < 300


@pytest.mark.parametrize("option", ["--switch-seconds", "--weights", "--kl-max", "--set"])
@pytest.mark.parametrize("value", ["1e-999999999", "1e999999999", "9" * 4301, "nan", "0x10", "1/0"])
def test_numbers_in_text_options(qkdopt, option, value):
    qkdopt.write("k.csv", KEYS)
    text = {"--weights": f"A={value},B=1", "--set": f"crossover={value}"}.get(option, value)
    solver = ("--strategy", "td", "--solver", "genetic", "--weights", "A=1,B=1", option, text)
    assert len(qkdopt("solve", "k.csv", *solver).complaint) < 300


def test_numbers_as_people_write_them(qkdopt):
    qkdopt.write("k.csv", KEYS)
    answer = qkdopt("solve", "k.csv", "--time-limit", "1e1", "--threads", "2", "--seed", "7",
                    "--switch-seconds", "1.5e1", "--json")  # fmt: skip
    assert answer.code == 0


def test_callers_from_python_have_the_same_limits():
    problem = read_problem(models_folder() / "hand-two-cities" / "problem.json.gz")
    for wrong in ({"threads": 10**5}, {"threads": 0}, {"threads": True}, {"seed": -1}):
        with pytest.raises(InputError, match="a whole number"):
            qo.solve(problem, qo.GeneralDelivery(), **wrong)


@pytest.mark.parametrize("ranges", [1, 100])
def test_ranges_of_forbidden_intervals_are_counted_first(qkdopt, ranges):
    qkdopt.write("k.csv", KEYS)
    rule = '[[forbidden]]\nlink = "all"\nfrom_s = 0\nuntil_s = {}\n'
    qkdopt.write("o.toml", rule.format(9_000_000) * ranges + rule.format(10**12))
    with at_most(10):
        assert "at most 1,000,000" in qkdopt("solve", "k.csv", "--options", "o.toml").complaint


def test_a_scenario_has_at_most_a_thousand_stations(qkdopt):
    qkdopt("new", "mine")
    text = (qkdopt.folder / "mine/scenario.toml").read_text(encoding="utf-8")
    table = '[[station]]\nname = "S{}"\nlat_deg = 1\nlon_deg = 1\naltitude_m = 0\n'
    qkdopt.write("s.toml", text + "".join(map(table.format, range(1001))))
    assert "expected at most 1,000" in qkdopt("check", "s.toml").complaint
