"""Deadlines: clocks, parts, stops on request, and Ctrl-C in a process of its own."""

import contextlib
import gc
import math
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import qkdopt as qo
from cpu_time import at_most
from qkdopt import deadline
from qkdopt.deadline import Deadline, DeadlinePassedError, interruptible
from qkdopt.optimize.problem_file import read_problem

DATA = Path(__file__).parent / "data"


class Clock:
    """Seconds that pass when a test says so."""

    now = 0.0

    def __call__(self):
        return self.now


def work(seconds, *_):
    began = time.process_time()
    while time.process_time() - began < seconds:
        pass


def test_a_deadline_counts_down_on_its_clock():
    clock = Clock()
    deadline = Deadline(10.0, clock)
    part = deadline.part(0.25)
    clock.now = 2.0
    assert (deadline.elapsed(), deadline.remaining(), part.remaining()) == (2.0, 8.0, 0.5)
    assert not part.expired()
    clock.now = 2.5
    assert part.expired()
    assert not deadline.expired()
    clock.now = 5.0
    clock.now = 99.0
    assert deadline.expired()
    assert deadline.remaining() == 0.0


def test_without_a_limit_there_is_always_time():
    clock = Clock()
    deadline = Deadline(None, clock)
    clock.now = 1e12
    assert deadline.remaining() == deadline.part(0.5).remaining() == math.inf
    assert not deadline.expired()


def test_a_stop_of_a_part_stops_the_whole():
    whole = Deadline()
    part, other = whole.part(0.5), whole.part(0.9)
    assert not other.stop_requested
    part.request_stop()
    assert whole.stop_requested
    assert other.expired()
    assert not Deadline().stop_requested


def test_ctrl_c_is_a_request_at_first_and_stops_at_once_later():
    deadline = Deadline()
    with interruptible():
        signal.raise_signal(signal.SIGINT)
        assert deadline.expired()  # no exception
        signal.raise_signal(signal.SIGINT)  # the same key, held down
        time.sleep(0.6)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert not deadline.stop_requested
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_code_that_does_not_ask_is_interrupted_all_the_same():
    with at_most(5), pytest.raises(KeyboardInterrupt), interruptible():
        work(20, signal.raise_signal(signal.SIGINT))


def test_ctrl_c_is_remembered_where_a_program_asked_for_it():
    script = """
import signal
import subprocess
import sys
from qkdopt.deadline import interruptible, remember_interrupts, was_interrupted
remember_interrupts()
with interruptible():
    pass
assert not was_interrupted()
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print(was_interrupted())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "True\n"


def test_an_interrupt_that_a_callback_of_compiled_code_loses_comes_again():
    script = """
import ctypes, os, signal, time
from qkdopt.deadline import remember_interrupts

remember_interrupts()

@ctypes.CFUNCTYPE(None)
def callback():
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.01)

try:
    callback()
    print("lost")
    time.sleep(20)
except KeyboardInterrupt:
    print("heard")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=15
    )
    assert (done.stdout.split(), done.stderr) == (["lost", "heard"], "")


def test_a_handler_of_the_program_itself_stays():
    told = []
    before = signal.signal(signal.SIGINT, lambda *given: told.append(given))
    try:
        with interruptible():
            signal.raise_signal(signal.SIGINT)
            assert len(told) == 1
            assert not Deadline().stop_requested
    finally:
        signal.signal(signal.SIGINT, before)


def test_enforced_ends_what_does_not_ask_and_nothing_else():
    with at_most(5), interruptible():
        with pytest.raises(DeadlinePassedError), Deadline(0.2).enforced():
            work(20)
        with Deadline(0.05).enforced():
            pass
        time.sleep(0.1)  # the time passes after the section: nothing happens
        with pytest.raises(DeadlinePassedError), Deadline(0.0).enforced():
            pytest.fail("there is no time to begin")


def test_other_threads_may_use_deadlines():
    seen = []

    def work():
        with interruptible(), Deadline(0.01).enforced():
            time.sleep(0.05)
            seen.append(Deadline(0.0).expired())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [True]


def test_outer_approximation_comes_back_with_a_schedule():
    # The cuts of this problem take more than a hundred rounds.
    problem = read_problem(DATA / "eight-targets-ten-intervals.json")
    strategy = qo.TargetedDelivery("0.1")
    qo.solve(problem, strategy, solver="outer_approximation", time_limit=0.01)  # loads everything
    with at_most(2.5):
        outcome = qo.solve(problem, strategy, solver="outer_approximation", time_limit=1)
    assert outcome.ended in (qo.Ended.TIME_LIMIT, qo.Ended.FINISHED)
    assert 0 <= outcome.value <= outcome.bound
    assert qo.verify(outcome.certificate, problem)


def _last(seconds):
    """Work for so long by the clock on the wall, as signals are sent: the machine may be busy."""
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        pass


def _work_in_a_destructor(seconds):
    class Held:
        def __del__(self):
            _last(seconds)

    held = Held()
    del held


def _work_in_the_collector(seconds):
    def called(phase, _):
        if phase == "start":
            _last(seconds)

    gc.callbacks.append(called)
    try:
        gc.collect()
    finally:
        gc.callbacks.remove(called)


def test_a_deadline_is_not_lost_where_errors_cannot_pass(monkeypatch):
    lost = []
    monkeypatch.setattr(sys, "unraisablehook", lost.append)

    def begin_with(callback, seconds):
        callback(seconds)
        work(20)

    # After half a second work is ended in code of any package, but in no destructor.
    for callback, seconds in ((_work_in_a_destructor, 1.5), (_work_in_the_collector, 0.3)):
        with interruptible(), pytest.raises(DeadlinePassedError), Deadline(0.1).enforced():
            begin_with(callback, seconds)
    assert not lost


def test_a_signal_that_is_late_interrupts_nothing_afterwards(monkeypatch):
    send = deadline._signal_main_thread

    def send_late():
        time.sleep(0.3)
        send()

    monkeypatch.setattr(deadline, "_signal_main_thread", send_late)
    with interruptible(), pytest.raises(DeadlinePassedError), Deadline(0.01).enforced():
        time.sleep(0.1)  # the time is up, the signal not yet sent
    time.sleep(0.4)


def test_the_usual_clock_is_looked_up_when_a_deadline_is_made(monkeypatch):
    # Benchmarks count CPU seconds by putting another clock in its place.
    monkeypatch.setattr(time, "perf_counter", lambda: 7.0)
    assert Deadline(2.0).elapsed() == 0.0
    assert Deadline(2.0).remaining() == 2.0


def test_a_deadline_that_a_package_turns_into_its_own_error_is_one():
    """Pyomo catches everything in places, and says then that it has a fault."""

    def faulty():
        try:
            time.sleep(60)
        except Exception:
            raise RuntimeError("internal error") from None

    with interruptible(), pytest.raises(DeadlinePassedError), Deadline(0.05).enforced():
        faulty()


def test_work_that_catches_every_signal_is_late_all_the_same():
    """Pyomo's bare except lost all of them once, and a solver was begun without any time."""

    def deaf(until):
        while time.perf_counter() < until:
            with contextlib.suppress(Exception):
                time.sleep(0.01)

    with interruptible(), pytest.raises(DeadlinePassedError), Deadline(0.05).enforced():
        deaf(time.perf_counter() + 0.2)
