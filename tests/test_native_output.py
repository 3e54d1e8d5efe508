"""What compiled code prints by itself never reaches standard output."""

import subprocess
import sys

import pytest

SAY = """
import ctypes, os, sys, threading
from qkdopt.mip.native_output import native_output_hidden
c = ctypes.CDLL(None)
say = lambda words: c.printf(words.encode())
"""


def printed(script: str, stdout: object = subprocess.PIPE) -> bytes | None:
    done = subprocess.run(
        [sys.executable, "-c", SAY + script], stdout=stdout, stderr=subprocess.PIPE, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_only_the_block_is_hidden_and_buffers_do_not_leak(kind, tmp_path):
    script = """
say("before ")
with native_output_hidden():
    say("hidden ")
    with native_output_hidden():
        say("hidden twice ")
    say("hidden still ")
try:
    with native_output_hidden():
        say("hidden ")
        raise KeyError
except KeyError:
    say("after")
"""
    if kind == "pipe":
        assert printed(script) == b"before after"
        return
    with (tmp_path / "out").open("wb") as file:
        printed(script, file)
    assert (tmp_path / "out").read_bytes() == b"before after"


def test_a_closed_standard_output_stays_closed():
    script = """
os.close(1)
with native_output_hidden():
    say("hidden")
    os.fstat(1)
try:
    os.fstat(1)
except OSError:
    os._exit(0)
"""
    assert printed(script) == b""


def test_threads_take_turns_and_leave_standard_output_as_it_was():
    script = """
def work():
    for _ in range(200):
        with native_output_hidden():
            say("hidden")
before = os.fstat(1).st_ino
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert os.fstat(1).st_ino == before
assert len(os.listdir("/proc/self/fd")) < 12 if os.path.isdir("/proc/self/fd") else True
print("done")
"""
    assert printed(script) == b"done\n"


def test_making_highs_prints_nothing():
    assert printed("from qkdopt.mip.highs_factory import new_highs; new_highs()") == b""
