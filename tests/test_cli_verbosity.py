"""How much a command says, in which colours, and what it logs."""

import os
import pty
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

from command_line import KEYS, SOURCE
from qkdopt.cli.progress import time_left


@pytest.fixture
def keys(qkdopt):
    return qkdopt.write("keys.csv", KEYS)


def test_quiet_prints_only_what_is_asked_for(qkdopt, keys):
    answer = qkdopt("--quiet", "solve", keys, "-o", "c.json")
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    assert (qkdopt.folder / "c.json").exists()
    assert qkdopt("-q", "solve", keys, "--json").json["value"] == 22
    assert "gamma" in qkdopt("-q", "solve", "gamma.csv").complaint
    assert "22" in qkdopt("solve", keys).out  # the next command is not quiet


def test_verbose_says_each_step_on_standard_error(qkdopt, keys):
    answer = qkdopt("--verbose", "solve", keys, "--json")
    assert answer.json["value"] == 22
    assert re.search(r"^qkdopt: strategy gd: \d+\.\d\d s$", answer.err, re.M)
    assert answer.err.endswith("qkdopt: exit code 0\n")


def test_the_log_grows(qkdopt, keys):
    assert qkdopt("--log", "work.log", "solve", keys).err == ""
    assert qkdopt("--log", "work.log", "solve", "absent.csv").code == 2
    lines = (qkdopt.folder / "work.log").read_text().splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \S", line) for line in lines)
    texts = [line.split(" ", 1)[1] for line in lines]
    assert texts.count("exit code 0") == texts.count("exit code 2") == 1
    assert sum(text.startswith("error: absent.csv") for text in texts) == 1


def test_a_log_that_cannot_be_written(qkdopt, keys):
    assert qkdopt("--log", "no/such.log", "solve", keys).complaint.startswith("no/such.log: cann")


def on_a_terminal(folder, *arguments, **environment):
    """Return what a terminal would get."""
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "qkdopt.cli", *arguments]
    clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    with subprocess.Popen(
        command, stdout=follower, stderr=follower, stdin=follower, cwd=folder,
        env={**clean, "PYTHONPATH": str(SOURCE), "TERM": "xterm-256color", **environment},
    ) as done:  # fmt: skip
        os.close(follower)
        parts = []
        try:
            while part := os.read(leader, 65536):
                parts.append(part)
        except OSError:  # Linux: the terminal's other side is closed
            pass
        finally:
            os.close(leader)
    assert done.returncode == 0
    return b"".join(parts)


COLOUR = re.compile(rb"\x1b\[[0-9;]*(3[0-7]|38;|9[0-7])[0-9;]*m")


def test_no_color_is_honoured(tmp_path):
    assert COLOUR.search(on_a_terminal(tmp_path, "--help"))
    (tmp_path / "keys.csv").write_text(KEYS)
    out = on_a_terminal(tmp_path, "solve", "keys.csv", NO_COLOR="1")
    assert not COLOUR.search(out)
    assert b"proved optimal" in out


def task(elapsed, completed, total, **fields):
    return SimpleNamespace(elapsed=elapsed, completed=completed, total=total, fields=fields)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (task(10.0, 0.25, 1.0), "about 30 s left"),
        (task(100.0, 0.25, 1.0), "about 5 min 0 s left"),
        (task(0.5, 0.25, 1.0), ""),  # too early to say
        (task(10.0, 0.0, None), ""),
        (task(10.0, 1.0, 1.0), ""),
        (task(4.0, 0.0, None, limit_s=10.0), "6 s left"),
        (task(12.0, 0.0, None, limit_s=10.0), "0 s left"),
    ],
)
def test_estimates_of_time(step, words):
    assert time_left(step) == words
