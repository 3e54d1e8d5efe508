"""Bad input: one line on standard error, exit code 2, nothing written half."""

import os
import resource
import signal
import sys
from contextlib import contextmanager

import pytest

from command_line import KEYS, TWO_CITIES
from qkdopt.certificates import Certificate


@pytest.fixture
def keys(qkdopt):
    return qkdopt.write("keys.csv", KEYS)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--strategy", "best"], ("best", "gd, pd")),
        (["--strategy", "td"], ("weights: got none",)),
        (["--kl-max", "0.1"], ("kl_max: got '0.1', expected none with strategy gd",)),
        (["--strategy", "td", "--kl-max", "-1"], ("kl_max: got '-1'", "0 <= kl_max < 1000")),
        (["--strategy", "least", "--fraction", "1.1"], ("fraction: got '1.1'", "<= 1")),
        (["--strategy", "balanced"], ("weights: got none", "strategy balanced")),
        (["--strategy", "capped"], ("demand: got none", "strategy capped")),
        (["--stock", "A=-1"], ("stock: A: got '-1'",)),
        (["--stock", "C=1"], ("stock: got C", "A, B")),
        (["--demand", "A=1"], ("nothing for B",)),
        (["--floors", "A=x"], ("floors: A: got x",)),
        (["--fraction", "0.5"], ("fraction", "none with strategy gd")),
        (["--strategy", "pd"], ("weight",)),
        (["--solver", "cplex"], ("cplex", "dynamic, decomposition, milp")),
        (
            ["--solver", "milp", "--mip-solver", "magic"],
            ("mip_solver: got magic, expected one of",),
        ),
        (["--solver", "nsga2"], ("nsga2 cannot carry strategy gd",)),
        (["--solver", "genetics"], ("genetics", "genetic, hybrid")),
        (["--formulation", "paper"], ("paper", "dynamic")),
        (["--set", "run=5"], ("genetic: got 'run=5', expected none with solver dynamic",)),
        (["--solver", "milp", "--set", "run=5"], ("none with solver milp; genetic, hybrid",)),
        (["--solver", "milp", "--formulation", "big_m"], ("big_m", "paper, startup")),
        (["--solver", "milp", "--formulation", "startup", "--switch-seconds", "20"], ("startup",)),
        (["--time-limit", "-1"], ("--time-limit", "-1")),
        (["--time-limit", "nan"], ("--time-limit", "nan")),
        (["--time-limit", "soon"], ("--time-limit",)),
        (["--switch-seconds", "-1"], ("--switch-seconds", "-1")),
        (["--switch-seconds", "nan"], ("--switch-seconds",)),
        (["--interval", "0"], ("--interval", "seconds > 0")),
        (["--interval", "soon"], ("--interval", "seconds > 0")),
        (["--weights", "A=1"], ("no weight for B",)),
        (["--weights", "A=1,B=1,C=1"], ("C", "A, B")),
        (["--weights", "A=0,B=0"], ("only zeros",)),
        (["--weights", "A=-1,B=1"], ("A", "-1")),
        (["--weights", "A=nan,B=1"], ("A", "nan")),
        (["--weights", "A=inf,B=1"], ("A", "inf")),
        (["--weights", "A=1,A=2,B=1"], ("each target once",)),
        (["--weights", "A"], ("NAME=WEIGHT",)),
        (["--weights", ""], ("NAME=WEIGHT",)),
        (
            ["--weights", "missing.csv"],
            ("missing.csv: file not found, expected a file of weights",),
        ),
        (["-o", "certificate.txt"], ("certificate.txt", ".json")),
        (["-o", "no/such/folder.json"], ("no/such/folder.json", "cannot write")),
    ],
)
def test_options_of_solve(qkdopt, keys, options, words):
    complaint = qkdopt("solve", keys, *options).complaint
    for word in words:
        assert word in complaint
    assert os.listdir(qkdopt.folder) == ["keys.csv"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("population", ("population, expected NAME=VALUE",)),
        ("=5", ("NAME=VALUE",)),
        ("population=", ("NAME=VALUE",)),
        ("populaton=5", ("unknown setting populaton", "(did you mean population?)")),
        ("Run=5", ("unknown setting Run", "(did you mean run?)")),
        ("population=2", ("population: got 2, expected an integer from 4 to 100,000",)),
        ("population=1e12", ("population", "100,000")),
        ("population=ten", ("--set: population: got ten, expected a whole number",)),
        ("population=10.5", ("--set: population: got '10.5', expected a whole number",)),
        ("evaluations=1e999999999", ("expected a whole number",)),
        ("evaluations=" + "9" * 5000, ("expected a whole number",)),
        ("evaluations=0", ("evaluations: got 0, expected an integer >= 1",)),
        ("crossover=1.5", ("crossover: got 1.5, expected a probability",)),
        ("changes=inf", ("--set: changes: got inf, expected a number",)),
        ("changes=nan", ("--set: changes: got nan, expected a number",)),
        ("decode=magic", ("decode: got magic, expected one of columns, prices, intervals",)),
        ("elite=50", ("elite: got 50, expected fewer than the population",)),
    ],
)
def test_settings_of_generations(qkdopt, keys, text, words):
    complaint = qkdopt("solve", keys, "--solver", "genetic", "--set", text).complaint
    for word in words:
        assert word in complaint


def test_a_setting_that_stands_there_twice(qkdopt, keys):
    twice = qkdopt("solve", keys, "--solver", "genetic", "--set", "run=2", "--set", "run=3")
    assert "--set: got 'run=3', expected run once" in twice.complaint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("interval,A\n1,-5\n", ("keys.csv:2", "column A", "-5")),
        ("interval,A\n1,0.5\n", ("keys.csv:2", "column A", "0.5")),
        ("interval,A\n1,nan\n", ("keys.csv:2", "nan")),
        ("interval,A\n2,5\n1,5\n", ("keys.csv:3", "above the one before it")),
        ("interval,A\n2,5\n2,5\n", ("keys.csv:3", "above the one before it")),
        ("interval,A,A\n1,5,5\n", ("all different",)),
        ("interval,A\n1,5,5\n", ("keys.csv:2", "3 columns")),
        ("", ("header",)),
        ("\x00\x01", ("keys.csv",)),
    ],
)
def test_bad_key_tensors(qkdopt, text, words):
    qkdopt.write("keys.csv", text)
    complaint = qkdopt("solve", "keys.csv").complaint
    for word in words:
        assert word in complaint


@pytest.mark.parametrize("name", ["missing.csv", "missing.nc", "missing.json", "missing.json.gz",
                                  "missing.toml", "micius-china-2061", "."])  # fmt: skip
@pytest.mark.parametrize("command", ["solve", "export"])
def test_missing_problems(qkdopt, name, command):
    options = ("--mps", "-o", "x.mps") if command == "export" else ()
    assert name in qkdopt(command, name, *options).complaint
    assert os.listdir(qkdopt.folder) == []


@pytest.mark.parametrize("name", ["bad.csv", "bad.nc", "bad.json", "bad.json.gz", "bad.toml",
                                  "bad.txt", "bad"])  # fmt: skip
def test_files_that_are_something_else(qkdopt, name):
    (qkdopt.folder / name).write_bytes(b"\xff\xfe\x00 nothing of use")
    assert name in qkdopt("solve", name).complaint
    assert name in qkdopt("verify", name).complaint


@pytest.mark.parametrize(
    ("interval", "words"),
    [("0", "1 to"), ("7", "divisor"), ("1.5", "whole"), ("-10", "whole"), ("9" * 30, "1 to")],
)
def test_intervals_of_a_scenario(qkdopt, interval, words):
    qkdopt.write("scenario.toml", TWO_CITIES)
    assert words in qkdopt("solve", "scenario.toml", "--interval", interval).complaint


@pytest.mark.parametrize("command", ["run", "check", "solve"])
def test_bad_scenarios(qkdopt, command):
    qkdopt.write("scenario.toml", TWO_CITIES.replace("lat_deg = 43.80096", "lat_deg = 129"))
    assert "129" in qkdopt(command, "scenario.toml").complaint
    assert os.listdir(qkdopt.folder) == ["scenario.toml"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("", "header"),
        ("time,link\n51,A\n", "header"),
        ("interval,link\n51,C\n", "A, B"),
        ("interval,link\n52,A\n51,A\n", "above the one before it"),
        ("interval,link\n51,A\n51,A\n", "above the one before it"),
        ("interval,link\n51.5,A\n", "whole index"),
        ("interval,link\n51\n", "interval,link"),
    ],
)
def test_bad_schedules(qkdopt, keys, rows, words):
    qkdopt.write("mine.csv", rows)
    complaint = qkdopt("evaluate", keys, "mine.csv").complaint
    assert "mine.csv" in complaint
    assert words in complaint


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["-o", "x.mps"], "one of --mps"),
        (["--mps", "--lp", "-o", "x.mps"], "one of --mps"),
        (["--mps", "-o", "x.lp"], ".mps"),
        (["--ical", "-o", "x.ics"], "a certificate"),
        (["--czml", "-o", "x.czml"], "a certificate"),
        (["--csv", "-o", "x.csv"], "certificate"),
        (["--mps", "-o", "no/such/x.mps"], "cannot write"),
        (["--mps"], "--output"),
    ],
)
def test_bad_exports(qkdopt, keys, options, words):
    assert words in qkdopt("export", keys, *options).complaint
    assert os.listdir(qkdopt.folder) == ["keys.csv"]


def test_a_file_where_a_folder_should_be(qkdopt):
    qkdopt.write("scenario.toml", TWO_CITIES)
    qkdopt.write("taken", "")
    assert "taken" in qkdopt("run", "scenario.toml", "-o", "taken").complaint
    assert "taken" in qkdopt("run", "scenario.toml", "-o", "taken/inside").complaint
    assert "keys.txt" in qkdopt("keys", "scenario.toml", "-o", "keys.txt").complaint


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_an_unwritable_folder(qkdopt, keys):
    qkdopt.folder.chmod(0o500)
    try:
        assert "cannot write" in qkdopt("solve", keys, "-o", "x.json").complaint
    finally:
        qkdopt.folder.chmod(0o700)


@contextmanager
def full_disk():
    """Let no file grow beyond 200 bytes: writing more fails as it does on a full disk.

    Python keeps bytecode that it could write only in part, and later processes stumble over it.
    """
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
        sys.dont_write_bytecode = kept


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["solve", "keys.csv"], "out.json"),
        (["keys", "scenario.toml"], "out.csv"),
        (["keys", "scenario.toml"], "out.nc"),
        (["export", "keys.csv", "--mps"], "out.mps"),
        (["export", "keys.csv", "--lp"], "out.lp"),
        (["export", "gd.json", "--csv"], "out.csv"),
    ],
)
def test_a_disk_that_fills_up_leaves_the_old_file(qkdopt, keys, command, name):
    qkdopt.write("scenario.toml", TWO_CITIES)
    many = "".join(f"{index},1,1\n" for index in range(100, 200))
    qkdopt.write("keys.csv", KEYS + many)
    qkdopt("solve", "keys.csv", "-o", "gd.json")
    assert qkdopt(*command, "-o", name).code == 0  # everything is loaded and compiled
    qkdopt.write(name, "what stood here before")
    before = sorted(os.listdir(qkdopt.folder))
    with full_disk():
        answer = qkdopt(*command, "-o", name)
    assert name in answer.complaint
    assert (qkdopt.folder / name).read_text() == "what stood here before"
    assert sorted(os.listdir(qkdopt.folder)) == before


def test_a_picture_that_does_not_fit_leaves_the_rest(qkdopt, monkeypatch):
    from qkdopt.plots import timeline

    qkdopt.write("scenario.toml", TWO_CITIES)
    honest = timeline.save_timeline

    def on_a_full_disk(*arguments, **options):
        with full_disk():
            honest(*arguments, **options)

    monkeypatch.setattr(timeline, "save_timeline", on_a_full_disk)
    assert "timeline.png: cannot write" in qkdopt("run", "scenario.toml", "-o", "here").complaint
    assert sorted(os.listdir("here")) == [
        "gd-milp.json", "gd.json", "keys.nc", "pd-milp.json", "pd.json", "schedule-gd.csv",
        "schedule-pd.csv", "schedule-td.csv", "summary.json", "td.json",
    ]  # fmt: skip


def test_a_schedule_for_another_problem_does_not_hold(qkdopt, keys):
    qkdopt("solve", keys, "-o", "gd.json")
    certificate = Certificate.load(qkdopt.folder / "gd.json").to_dict()
    certificate["schedule"] = certificate["schedule"][:-1]
    Certificate(certificate).save(qkdopt.folder / "short.json")
    assert qkdopt("verify", "short.json").code == 1


def test_what_the_parser_refuses_points_to_the_help_of_the_command(qkdopt):
    assert qkdopt("solve", "keys.csv", "--stratgy", "gd").complaint.endswith(
        "(see qkdopt solve --help)"
    )
    assert qkdopt("nosuch").complaint.endswith("(see qkdopt --help)")
