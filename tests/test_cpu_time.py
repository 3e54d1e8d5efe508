"""Limits of CPU time: they hold what takes longer to account, and leave the collector as it was."""

import gc
import time

import pytest

import cpu_time
from cpu_time import at_most, slowness


def busy(seconds):
    began = time.process_time()
    while time.process_time() - began < seconds:
        pass


def test_what_takes_longer_fails(monkeypatch):
    monkeypatch.setattr(cpu_time, "slowness", lambda: 1.0)
    with at_most(1.0):
        busy(0.05)
    with pytest.raises(AssertionError), at_most(0.02):
        busy(0.05)
    assert not gc.get_freeze_count()


def test_a_slow_machine_has_more_time(monkeypatch):
    monkeypatch.setattr(cpu_time, "slowness", lambda: 100.0)
    with at_most(0.02):
        busy(0.05)


def test_a_machine_is_slow_where_a_loop_takes_longer(monkeypatch):
    assert slowness() >= 1.0
    monkeypatch.setattr(cpu_time, "USUAL_S", 1e-6)
    assert slowness() > 10.0
