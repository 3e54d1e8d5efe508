import signal

import pytest
from hypothesis import HealthCheck, settings

from command_line import CommandLine

# A shell's background job starts with Ctrl-C ignored, and so would every process begun here.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile(
    "qkdopt",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("qkdopt")


@pytest.fixture
def qkdopt(tmp_path, monkeypatch, capsys):
    """Give the command line in an empty folder; ``qkdopt("solve", ...)`` returns its answer."""
    monkeypatch.chdir(tmp_path)
    for name in ("COLUMNS", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    return CommandLine(tmp_path, capsys)
