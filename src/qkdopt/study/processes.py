"""Work spread over processes; each starts from scratch, so it is safe on every platform."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TypeVar

from qkdopt.children import safe_import_path
from qkdopt.errors import InputError

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def over_processes(
    work: Callable[[_Item], _Result],
    items: Sequence[_Item],
    *,
    processes: int | None = None,
    done: Callable[[int], None] | None = None,
    found: Callable[[int, _Result], None] | None = None,
) -> list[_Result]:
    """Return ``work(item)`` of every item, in their order.

    Parameters
    ----------
    work
        A function at the top level of a module, so that another process can import it.
    items
        Arguments that can be pickled; the longest work first keeps everybody busy.
    processes
        How many at once; all cores by default, never more than items. With 1 the work is
        done in this process.
    done
        Called here with the number of finished items.
    found
        Called here with the position of each item as soon as it is finished, and what it gave.

    Raises
    ------
    InputError
        For fewer than one process.
    """
    if processes is not None and processes < 1:
        raise InputError("processes", processes, "at least 1 process")
    count = min(processes or os.cpu_count() or 1, len(items))
    tell = done or (lambda finished: None)
    keep = found or (lambda position, result: None)
    if count <= 1:
        results = []
        for position, item in enumerate(items):
            results.append(work(item))
            keep(position, results[-1])
            tell(position + 1)
        return results
    context = multiprocessing.get_context("spawn")
    before = set(multiprocessing.active_children())
    with (
        safe_import_path(),
        ProcessPoolExecutor(count, mp_context=context, initializer=_leave_ctrl_c) as pool,
    ):
        futures = {pool.submit(work, item): position for position, item in enumerate(items)}
        try:
            for finished, future in enumerate(as_completed(futures), start=1):
                keep(futures[future], future.result())
                tell(finished)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in set(multiprocessing.active_children()) - before:
                process.terminate()  # their results are not needed any more
            raise
        return [future.result() for future in futures]


def _leave_ctrl_c() -> None:
    """Leave Ctrl-C to the parent process, which ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
