"""Run one job in a separate process, and end it from outside when it takes too much."""

import json
import os
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qkdopt.bench.instances import Instance
from qkdopt.bench.jobs import Job
from qkdopt.bench.status import NO_CLAIM, Status
from qkdopt.children import module_command

_POLL_S = 0.05
_MIB = 2**20
_LAST_WORDS = 300
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass
class _Watch:
    """What is seen of a process from outside."""

    wall_s: float = 0.0
    peak_mb: float = 0.0
    killed: Status | None = None


def supervised(job: Job, instance: Instance, stop: threading.Event) -> dict[str, Any] | None:
    """Return what a job leaves, whatever happens to its process; ``None`` when ``stop`` is set.

    The process and all its children are ended when together they hold more than the job's
    memory in two samples (20 a second), or run longer than time limit and grace together.
    """
    with tempfile.TemporaryDirectory(prefix="qkdopt-bench-") as folder:
        given, left, words = (Path(folder) / name for name in ("job.json", "left.json", "stderr"))
        given.write_text(json.dumps({"job": job.model_dump(), "problem": str(instance.path)}))
        command = [*module_command("qkdopt.bench.child"), str(given), str(left)]
        with words.open("wb") as stderr:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=stderr,
                env=_environment(job, folder), start_new_session=True,
            )  # fmt: skip
            watch = _watched(process, job, stop)
        if stop.is_set():
            return None
        found = _found(left, words, watch, process.returncode)
    found["seconds"]["wall"] = watch.wall_s
    found["peak_mb"] = max(watch.peak_mb, found.get("peak_mb") or 0.0)
    return found


def _environment(job: Job, folder: str) -> dict[str, str]:
    """Return this environment with the job's threads for libraries, and the folder for files."""
    threads = dict.fromkeys(_THREAD_VARIABLES, str(job.threads))
    return {**os.environ, **threads, "NUMBA_NUM_THREADS": str(job.threads), "TMPDIR": folder}


def _watched(process: subprocess.Popen[bytes], job: Job, stop: threading.Event) -> _Watch:
    watch = _Watch()
    began = time.monotonic()
    longest = job.time_limit_s + job.grace_s
    before = 0.0
    try:
        while process.poll() is None and watch.killed is None and not stop.is_set():
            now = _held_mb(process.pid)
            held, before = min(now, before), now  # a process that is just forked counts twice
            watch.peak_mb = max(watch.peak_mb, held)
            if held > job.memory_mb:
                watch.killed = Status.KILLED_MEMORY
            elif time.monotonic() - began > longest:
                watch.killed = Status.KILLED_TIME
            else:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_POLL_S)
    finally:
        if process.poll() is None:
            _end(process.pid)
        process.wait()
        if process.stdin is not None:
            process.stdin.close()
    watch.wall_s = time.monotonic() - began
    return watch


def _tree(pid: int) -> list[Any]:
    import psutil

    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _held_mb(pid: int) -> float:
    """Return the resident memory of a process and its children [MiB]."""
    import psutil

    held = 0
    for process in _tree(pid):
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            held += process.memory_info().rss
    return held / _MIB


def _end(pid: int) -> None:
    import psutil

    for process in _tree(pid):
        with suppress(psutil.NoSuchProcess):
            process.kill()


def _found(left: Path, words: Path, watch: _Watch, code: int) -> dict[str, Any]:
    """Return what the process wrote, or why it could not."""
    if watch.killed is None and code == 0 and left.is_file():
        found: dict[str, Any] = json.loads(left.read_text(encoding="utf-8"))
        return found
    reason = {
        Status.KILLED_TIME: "ended from outside: time limit and grace are over",
        Status.KILLED_MEMORY: f"ended from outside: it held {watch.peak_mb:,.0f} MiB",
    }.get(watch.killed or Status.CRASHED, "")
    if watch.killed is None:
        text = words.read_text(encoding="utf-8", errors="replace").strip()[-_LAST_WORDS:]
        reason = f"the process ended with code {code}: {' '.join(text.split())}"
    return {
        "status": str(watch.killed or Status.CRASHED),
        "reason": reason,
        **NO_CLAIM,
        "seconds": {},
        "history": [],
    }
