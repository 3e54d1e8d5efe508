"""All jobs of a plan that have no record yet, several at once."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from qkdopt.bench.configuration import SolverConfiguration
from qkdopt.bench.instances import Instance, prepare_instances
from qkdopt.bench.jobs import Job, jobs_of
from qkdopt.bench.machine import commit, machine, versions
from qkdopt.bench.plan import Plan
from qkdopt.bench.records import RecordFile
from qkdopt.bench.supervise import supervised
from qkdopt.errors import InputError, MissingSolverError, QkdoptError
from qkdopt.files import make_folder

RECORDS = "records.jsonl"

Notify = Callable[[int, int, str], None]
"""Told how many jobs are done, of how many, and the last one's name."""


@dataclass
class BenchRun:
    """What a run did.

    Attributes
    ----------
    done
        Records written by this run.
    before
        Jobs of the plan that had a record already.
    missing
        Why solvers were left out: those that are not installed.
    warnings
        What was wrong with the file of records.
    """

    done: int = 0
    before: int = 0
    missing: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def run_bench(
    plan: Plan, folder: Path, *, processes: int = 1, notify: Notify = lambda done, total, name: None
) -> BenchRun:
    """Run what has no record in ``folder`` yet; each record is on disk before the next job.

    Parameters
    ----------
    processes
        Jobs at once, each a separate process.

    Raises
    ------
    InputError
        For instances that do not exist, and fewer than one process.
    OutputError
        When another run writes into the folder, or it cannot be written.
    """
    if processes < 1:
        raise InputError("processes", processes, "at least 1 process")
    _check_extra()
    make_folder(folder)
    with RecordFile(folder / RECORDS) as file:
        names = [name for group in plan.group for name in group.instances]
        instances = prepare_instances(names, folder / "problems")
        run = BenchRun(warnings=list(file.warnings))
        jobs = _installed(jobs_of(plan, instances), run)
        known = file.keys
        waiting = [job for job in jobs if job.key not in known]
        run.before = len(jobs) - len(waiting)
        _work(waiting, instances, file, run, processes, notify)
    return run


_EXTRA = ("filelock", "psutil")  # what the extra "bench" brings


def _check_extra() -> None:
    for package in _EXTRA:
        if find_spec(package) is None:
            line = f"python -m pip install {' '.join(_EXTRA)}"
            raise QkdoptError(f"qkdopt bench needs the package {package}; to install: {line}")


def _installed(jobs: Sequence[Job], run: BenchRun) -> list[Job]:
    """Return the jobs of solvers that are here; note the others once each."""
    absent = {}
    for name in dict.fromkeys(job.solver for job in jobs):
        try:
            SolverConfiguration.parse(name).check_installed()
        except MissingSolverError as error:
            absent[name] = str(error)
    run.missing = list(dict.fromkeys(absent.values()))
    return [job for job in jobs if job.solver not in absent]


def _work(
    jobs: Sequence[Job],
    instances: dict[str, Instance],
    file: RecordFile,
    run: BenchRun,
    processes: int,
    notify: Notify,
) -> None:
    stop = threading.Event()
    total = len(jobs) + run.before
    notify(run.before, total, "")
    with ThreadPoolExecutor(processes) as pool:
        running: dict[Future[dict[str, object] | None], Job] = {
            pool.submit(supervised, job, instances[job.instance], stop): job for job in jobs
        }
        try:
            while running:
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    job, found = running.pop(future), future.result()
                    if found is not None:
                        file.append(_record(job, instances[job.instance], found, processes))
                        run.done += 1
                        title = f"{job.instance} {job.strategy} {job.solver} seed {job.seed}"
                        notify(run.before + run.done, total, title)
        except BaseException:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _record(
    job: Job, instance: Instance, found: dict[str, object], processes: int
) -> dict[str, object]:
    return {
        "key": job.key,
        "job": job.model_dump(),
        **found,
        "size": {"links": instance.links, "active": instance.active},
        "processes": processes,
        "machine": machine(),
        "versions": versions(),
        "commit": commit(),
        "recorded_utc": datetime.now(UTC).isoformat(timespec="seconds"),
    }
