"""CPU time of tests and files: ``pytest --cpu`` prints it, with child processes counted in.

Wall time (``--durations``) says little on a busy machine. Children count once they are waited for.

Nothing is said about how quick something is: that is measured in benchmarks. `at_most` is for what
would otherwise take minutes, or for ever.
"""

import gc
import resource
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

MOST_LINES = 40
COUNTED, USUAL_S = 200_000, 0.012


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fail if what is inside takes more CPU seconds, of which a slow machine's are longer.

    What earlier tests have left in memory is not looked at by the collector meanwhile.
    """
    gc.freeze()
    try:
        slow, began = slowness(), time.process_time()
        yield
        took = time.process_time() - began
    finally:
        gc.unfreeze()
    assert took < seconds * max(slow, slowness())


def slowness() -> float:
    """Return how many times as long as usual a loop takes now, at least 1."""
    began = time.process_time()
    for _ in range(COUNTED):
        pass
    return max(1.0, (time.process_time() - began) / USUAL_S)


def cpu_s() -> float:
    """Return the CPU seconds of this process, its threads and its ended children."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


class CpuTimes:
    """Measures each phase of each test where it runs; sums up where reports arrive."""

    def __init__(self) -> None:
        self.tests: Counter[str] = Counter()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item):
        report = yield
        report.cpu_s = cpu_s() - item.cpu_began
        item.cpu_began = cpu_s()
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item):
        item.cpu_began = cpu_s()

    def pytest_runtest_logreport(self, report):  # a worker's reports arrive here, too
        self.tests[report.nodeid] += report.cpu_s

    def pytest_terminal_summary(self, terminalreporter):
        files: Counter[str] = Counter()
        for name, seconds in self.tests.items():
            files[name.partition("::")[0]] += seconds
        terminalreporter.section(f"CPU time: {self.tests.total():.1f} s")
        for counted in (files, self.tests):
            for name, seconds in counted.most_common(MOST_LINES):
                terminalreporter.write_line(f"{seconds:8.2f} s  {name}")
            terminalreporter.write_line("")
