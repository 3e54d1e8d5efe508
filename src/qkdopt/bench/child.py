"""One job in a separate process: ``python -m qkdopt.bench.child JOB.json RESULT.json``.

The process ends, with everything that it started, when its standard input is closed: a run that
is killed leaves no solver behind.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path


def main(job_path: str, result_path: str) -> None:
    """Run the job of one file, write what is known afterwards to another."""
    started = time.perf_counter()
    from qkdopt.bench.job_run import run_job
    from qkdopt.bench.jobs import Job
    from qkdopt.optimize.problem_file import read_problem

    imported = time.perf_counter()
    given = json.loads(Path(job_path).read_text(encoding="utf-8"))
    job, problem = Job(**given["job"]), read_problem(given["problem"])
    loaded = time.perf_counter()
    found = run_job(job, problem)
    found["seconds"] |= {"import": imported - started, "load": loaded - imported}
    found["peak_mb"] = _peak_mb()
    temporary = Path(f"{result_path}.part")
    temporary.write_text(json.dumps(found), encoding="utf-8")
    temporary.replace(result_path)


def _peak_mb() -> float | None:
    """Return the largest resident memory of this process so far [MiB]; ``None`` if unknown.

    ``getrusage`` would count the parent's, from before this program was loaded.
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:  # not on Linux: the parent's samples have to do
        return None
    kib = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
    return kib[0] / 1024 if kib else None


def _end_with_parent() -> None:
    """Wait until the parent is gone, then end this process and its children."""
    import psutil

    os.read(0, 1)  # not through sys.stdin, whose lock would be held when this process ends
    for process in psutil.Process().children(recursive=True):
        process.kill()
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    main(*sys.argv[1:])
    highs = sys.modules.get("qkdopt.mip.highs")
    if highs is not None and highs.left_at_work():  # it would be waited for
        os._exit(0)
