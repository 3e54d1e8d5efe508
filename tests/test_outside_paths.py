"""Every path that a user gives or a file names: nothing but regular files, in one line."""

import gzip
import os
import signal
import subprocess
import sys
from functools import cache

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes and devices of Unix")

KEYS = "interval,A,B\n1,5,3\n2,5,4\n"
SOLVE = ("solve", "k.csv")
# {} is the path; the ending is what the reader goes by.
ARGUMENTS = [
    (("solve", "{}"), ".csv"),
    (("solve", "{}"), ".nc"),
    (("solve", "{}"), ".toml"),
    (("solve", "{}"), ".json"),
    (("solve", "{}"), ".json.gz"),
    ((*SOLVE, "--weights", "{}"), ".csv"),
    ((*SOLVE, "--weights", "{}"), ".json"),
    ((*SOLVE, "--weights", "{}"), ".toml"),
    ((*SOLVE, "--stock", "{}", "--strategy", "balanced"), ".csv"),
    ((*SOLVE, "--demand", "{}", "--strategy", "capped"), ".csv"),
    ((*SOLVE, "--floors", "{}"), ".csv"),
    ((*SOLVE, "--traffic", "{}", "--strategy", "paired"), ".csv"),
    ((*SOLVE, "--options", "{}"), ".toml"),
    ((*SOLVE, "--parameters", "{}"), ".toml"),
    (("evaluate", "k.csv", "{}"), ".csv"),
    (("import", "kamke", "{}", "-o", "x.json"), ".json"),
    (("import", "quake", "{}", "-o", "x.json"), ".dzn"),
    (("check", "{}"), ".toml"),
    (("keys", "{}", "-o", "x.nc"), ".toml"),
    (("bench", "{}", "-o", "out"), ".toml"),
    (("front", "{}"), ".csv"),
]
IN_SCENARIO = [
    ('tle_file = "{}"', "x.tle"),
    ('omm_file = "{}"', "x.csv"),
    ('omm_file = "{}"', "x.xml"),
]


@pytest.fixture(autouse=True)
def alarm():
    """End a test that waits for a pipe's other end."""
    before = signal.signal(signal.SIGALRM, lambda *_: pytest.fail("it waits"))
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@cache
def bomb():
    return gzip.compress(bytes(2**28), compresslevel=1)


def hostile(folder, kind, ending):
    path = folder / f"h{ending}"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    elif kind == "large":
        path.touch()
        os.truncate(path, 2**37)
    elif kind == "bomb":
        path.write_bytes(bomb())
    return path.name


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "large", "bomb", "NUL", "surrogate"])
@pytest.mark.parametrize(("command", "ending"), ARGUMENTS, ids=lambda part: "".join(part[-3:]))
def test_paths_in_arguments(qkdopt, kind, command, ending):
    qkdopt.write("k.csv", KEYS)
    name = {"NUL": f"a\0b{ending}", "surrogate": f"a\udcffb{ending}"}.get(kind)
    name = name or hostile(qkdopt.folder, kind, ending)
    answer = qkdopt(*(part.format(name) for part in command))
    assert answer.code == 2
    assert len(answer.err.splitlines()) == 1
    assert len(answer.err) < 600


def scenario(qkdopt, line):
    qkdopt("new", "mine")
    path = qkdopt.folder / "mine" / "scenario.toml"
    head, _, rest = path.read_text(encoding="utf-8").partition("[[satellite]]")
    _, bracket, tail = rest.partition("\n[")
    kept = [head + "[[satellite]]", 'name = "S"', line, bracket.strip() + tail]
    path.write_text("\n".join(kept), encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "large"])
@pytest.mark.parametrize(("line", "name"), IN_SCENARIO, ids=lambda part: part)
def test_elements_that_a_scenario_names(qkdopt, kind, line, name):
    path = scenario(qkdopt, line.format(f"h{os.path.splitext(name)[1]}"))
    hostile(path.parent, kind, os.path.splitext(name)[1])
    complaint = qkdopt("check", str(path)).complaint
    assert "satellite" in complaint
    assert "expected" in complaint


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "large"])
@pytest.mark.parametrize(("form", "ending"), [("csv", ".csv"), ("era5", ".nc")])
def test_clouds_that_a_scenario_names(qkdopt, kind, form, ending):
    qkdopt("new", "mine")
    path = qkdopt.folder / "mine" / "scenario.toml"
    table = f'\n[clouds]\nformat = "{form}"\nfiles = "h*{ending}"\n'
    path.write_text(path.read_text(encoding="utf-8") + table, encoding="utf-8")
    hostile(path.parent, kind, ending)
    assert "expected" in qkdopt("check", str(path)).complaint


LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
OMMS = {
    "laughs": f'<!DOCTYPE x [<!ENTITY l0 "lol">{LAUGHS}]><ndm><omm>&l11;</omm></ndm>',
    "outside": '<!DOCTYPE x [<!ENTITY a SYSTEM "/etc/hostname">]><ndm><omm>&a;</omm></ndm>',
    "deep": "<a>" * 200_000,
    "long number": "NORAD_CAT_ID,MEAN_MOTION\n" + "9" * 100_000 + "," + "9" * 100_000,
}


@pytest.mark.parametrize("name", OMMS)
def test_hostile_elements(qkdopt, name):
    path = scenario(qkdopt, 'omm_file = "h.txt"')
    (path.parent / "h.txt").write_text(OMMS[name])
    complaint = qkdopt("check", str(path)).complaint
    assert len(complaint) < 600
    assert "omm_file" in complaint


def test_standard_input_is_no_file(tmp_path):
    answer = subprocess.run(
        [sys.executable, "-P", "-m", "qkdopt.cli", "check", "/dev/stdin"],
        cwd=tmp_path, input="x", capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert answer.returncode == 2
    assert len(answer.stderr.splitlines()) == 1
