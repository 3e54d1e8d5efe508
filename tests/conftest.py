import gc
import os
import pickle
import signal
import sys
from concurrent.futures import Executor, Future
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, settings

from command_line import CommandLine, solving_here
from cpu_time import CpuTimes
from drawing import TIMES, examples
from qkdopt.verifier.budget import Budget

# A shell's background job starts with Ctrl-C ignored, and so would every process begun here.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile(
    "qkdopt",
    deadline=None,
    derandomize=TIMES == 1,  # more than the usual are drawn anew
    database=None,
    max_examples=examples(60),
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


@pytest.fixture
def verifier_steps(monkeypatch):
    """The steps that verifying takes, counted by the verifier."""
    steps = [0]
    spend = Budget.spend

    def count(self, more):
        steps[0] += more
        spend(self, more)

    monkeypatch.setattr(Budget, "spend", count)
    return steps


@pytest.fixture
def verifier_results(monkeypatch):
    """The most results that a verifier keeps at a time, counted by it."""
    most = [0]
    keep = Budget.keep

    def count(self, results):
        most[0] = max(most[0], results)
        keep(self, results)

    monkeypatch.setattr(Budget, "keep", count)
    return most


@pytest.fixture
def bench_here():
    """Let a benchmark solve in this process and draw nothing; test_bench.py has the rest."""

    with solving_here():
        yield


class Pickling(Executor):
    """Does the work here; all that it gets and gives is pickled, as if it went elsewhere."""

    def __init__(self, *arguments, **named):
        pass

    def submit(self, work, item):
        work, item = pickle.loads(pickle.dumps((work, item)))
        done = Future()
        done.set_result(pickle.loads(pickle.dumps(work(item))))
        return done


@pytest.fixture
def processes_here(monkeypatch):
    """Start no processes, which takes seconds; test_orbit_studies.py does."""
    monkeypatch.setattr("qkdopt.study.processes.ProcessPoolExecutor", Pickling)


# Files and folders that take two thirds of the time; --fast leaves them out, so that the rest can
# be run by several Pythons and with several sets of versions. What stays meets every pair of
# strategy and solver (test_every_pair.py).
LONG = frozenset(
    [
        "hostile",
        "test_agreement.py",
        "test_beam.py",
        "test_bench.py",
        "test_closures.py",
        "test_closures_in_proofs.py",
        "test_empty_intervals.py",
        "test_foreign_folder.py",
        "test_front.py",
        "test_interrupts.py",
        "test_json_output.py",
        "test_k_best.py",
        "test_least_divergence.py",
        "test_monotony.py",
        "test_operations_agreement.py",
        "test_operations_everywhere.py",
        "test_orbit_studies.py",
        "test_outside_numbers.py",
        "test_pairs.py",
        "test_pass_search.py",
        "test_published.py",
        "test_questions.py",
        "test_regrets.py",
        "test_resumed_runs.py",
        "test_rough_conditions.py",
        "test_satellites_with_operations.py",
        "test_stress.py",
        "test_targeted_delivery.py",
        "test_uses_of_bits.py",
        "test_verifier_branching.py",
        "test_verifier_budget.py",
        "test_window_search.py",
    ]
)


def pytest_addoption(parser):
    parser.addoption("--fast", action="store_true", help="leave out the files that take longest")
    parser.addoption("--cpu", action="store_true", help="print the CPU time of files and tests")


def pytest_configure(config):
    if config.getoption("--cpu"):
        config.pluginmanager.register(CpuTimes())
    share_bytecode(config)


def share_bytecode(config):
    """Keep compiled modules in pytest's own cache where PYTHONDONTWRITEBYTECODE forbids others.

    Otherwise each process compiles all that it imports, tests with their assertions above all:
    15 CPU seconds for each worker, and seconds for each command that tests start.
    """
    if sys.dont_write_bytecode and sys.pycache_prefix is None and hasattr(config, "cache"):
        with suppress(OSError):
            folder = str(config.cache.mkdir("bytecode"))
            sys.dont_write_bytecode, sys.pycache_prefix = False, folder
            os.environ["PYTHONPYCACHEPREFIX"] = folder
            os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection_modifyitems(config, items):
    if config.getoption("--fast"):
        long = [item for item in items if LONG.intersection(item.path.parts)]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if not LONG.intersection(item.path.parts)]


def pytest_collection_finish(session):
    """Keep what thousands of tests are made of from the collector: it is there until the end."""
    gc.collect()
    gc.freeze()
