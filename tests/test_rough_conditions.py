"""Interrupts, kills, two runs at once, full disks, odd homes, locales and paths: real processes."""

import json
import os
import resource
import signal
import subprocess
import sys
import time

import pytest

import qkdopt as qo
from command_line import SOURCE, TWO_CITIES, in_own_process
from qkdopt.errors import OutputError
from qkdopt.study.folder import locked_folder, remove_earlier_run
from qkdopt.tensor import KeyTensor

RESULTS = {
    "keys.nc", "gd.json", "gd-milp.json", "pd.json", "pd-milp.json", "td.json",
    "schedule-gd.csv", "schedule-pd.csv", "schedule-td.csv", "summary.json", "timeline.png",
    "report.html", "report.json",
}  # fmt: skip
LIMIT = ("--time-limit", "0.2")


@pytest.fixture
def scenario(tmp_path):
    (tmp_path / "s.toml").write_text(TWO_CITIES)
    return tmp_path


def whole(folder):
    """Check that every file of a run's folder can be read to its end."""
    for path in folder.iterdir():
        if path.name.startswith("."):
            continue
        if path.suffix == ".nc":
            KeyTensor.load(path)
        elif path.name in ("summary.json", "report.json"):
            json.loads(path.read_text())
        elif path.suffix == ".json":
            assert qo.verify(path)


def started(folder, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "qkdopt.cli", *arguments], cwd=folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )  # fmt: skip


def wait_for(path, running):
    for _ in range(1200):
        if path.exists() or running.poll() is not None:
            return
        time.sleep(0.05)
    raise AssertionError(f"{path} never appeared")


def test_kills_interrupts_and_reruns_in_one_folder(scenario, qkdopt):
    folder = scenario / "out"
    running = started(scenario, "run", "s.toml", "-o", "out", "--time-limit", "60")
    wait_for(folder / "summary.json", running)
    # A second run is refused in one line while the first is at work.
    second = qkdopt("run", "s.toml", "-o", "out")
    assert second.complaint == "out: another run writes into this folder; wait for it"
    running.send_signal(signal.SIGKILL)
    running.communicate()
    whole(folder)
    assert json.loads((folder / "summary.json").read_text())["complete"] is False
    # The lock ended with its process; what the killed run left half-written goes.
    (folder / ".td.json.abcdefgh.json").write_text("{")
    (folder / "gd.json").unlink(missing_ok=True)
    interrupted = started(scenario, "run", "s.toml", "-o", "out", "--time-limit", "60")
    wait_for(folder / "gd.json", interrupted)
    interrupted.send_signal(signal.SIGINT)
    _, err = interrupted.communicate(timeout=60)
    # Within modules being loaded, Python itself ends by the signal, which shells call 130, too.
    assert interrupted.returncode in (0, 130, -signal.SIGINT), err
    assert "Traceback" not in err
    whole(folder)
    assert qkdopt("run", "s.toml", "-o", "out", *LIMIT).code == 0
    assert {path.name for path in folder.iterdir()} == RESULTS
    assert json.loads((folder / "summary.json").read_text())["complete"] is True
    whole(folder)
    # Without weights there is no S-PD and no S-TD: their files of the run before are gone.
    text = "\n".join(line for line in TWO_CITIES.splitlines() if "weight" not in line)
    (scenario / "s.toml").write_text(text)
    (folder / "mine.txt").write_text("kept")
    assert qkdopt("run", "s.toml", "-o", "out").code == 0
    left = {name for name in RESULTS if "pd" not in name and "td" not in name}
    assert {path.name for path in folder.iterdir()} == {*left, "mine.txt"}


def test_a_folder_without_summary_is_left_alone(tmp_path):
    (tmp_path / "gd.json").write_text("somebody's")
    remove_earlier_run(tmp_path)
    assert (tmp_path / "gd.json").read_text() == "somebody's"


def test_the_lock_is_for_one_at_a_time(tmp_path):
    with locked_folder(tmp_path / "out"), pytest.raises(OutputError, match="another run writes"):
        locked_folder(tmp_path / "out").__enter__()
    with locked_folder(tmp_path / "out"):
        pass
    assert list((tmp_path / "out").iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot create the folder"):
        locked_folder(tmp_path / "file").__enter__()


@pytest.mark.slow
def test_a_full_disk_is_one_line(scenario):
    most_bytes = 30_000

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    done = in_own_process(
        "run", "s.toml", "-o", "out", *LIMIT, cwd=scenario, preexec_fn=small_files,
        env={"NUMBA_CACHE_DIR": "", "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    lines = done.stderr.decode().splitlines()
    assert (done.returncode, len(lines)) == (2, 1), lines
    assert lines[0].startswith("qkdopt: error: out")
    whole(scenario / "out")
    assert not list((scenario / "out").glob(".*"))


def test_no_home_no_display_c_locale_and_odd_paths(tmp_path):
    folder = tmp_path / "with space, ümlaut and 北京"
    folder.mkdir()
    (folder / "s.toml").write_text(TWO_CITIES.replace("Urumqi", "Ürümqi 乌鲁木齐"), "utf-8")
    bare = {
        "HOME": "/dev/null/home", "XDG_CACHE_HOME": "", "XDG_CONFIG_HOME": "", "DISPLAY": "",
        "WAYLAND_DISPLAY": "", "LC_ALL": "C", "LANG": "C", "MPLBACKEND": "",
    }  # fmt: skip
    done = in_own_process(
        "run", folder / "s.toml", "-o", folder / "out ü", *LIMIT, cwd=tmp_path, env=bare
    )
    words = done.stderr.decode().splitlines()
    assert done.returncode == 0
    assert all("no installed font has" in line for line in words)  # on machines that have none
    assert len(words) <= 1
    assert {path.name for path in (folder / "out ü").iterdir()} == RESULTS
    whole(folder / "out ü")
