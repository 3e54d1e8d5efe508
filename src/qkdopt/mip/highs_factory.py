"""The one place that makes HiGHS objects and sets their options."""

import os
from collections.abc import Callable
from contextlib import suppress
from typing import TypeAlias

import highspy

from qkdopt.errors import SolverError
from qkdopt.mip.native_output import native_output_hidden

Highs: TypeAlias = "highspy.Highs"  # noqa: TID251 (its name only: to make one, see below)


def new_highs(**options: bool | float | str) -> Highs:
    """Return a new ``highspy.Highs`` object that has printed nothing and runs with any threads.

    HiGHS 1.16 prints two lines on standard output while it is made, before any option can be
    set. Options that are not given are at their defaults, so say what it may print while it runs:
    ``output_flag=False`` mutes it, and callbacks too; ``log_to_console=False`` leaves these.

    Raises
    ------
    SolverError
        When HiGHS refuses an option.
    """
    with native_output_hidden():
        any_thread_count()
        solver = highspy.Highs()  # noqa: TID251 (here it is made)
    configure_highs(solver, **options)
    return solver


def configure_highs(solver: Highs, **options: bool | float | str) -> None:
    """Set options of a ``highspy.Highs`` object; errors as in :func:`new_highs`."""
    for name, value in options.items():
        if solver.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise SolverError(f"HiGHS refuses the option {name} = {value}")


def stop_highs(solver: Highs, wanted: Callable[[], bool]) -> None:
    """Let HiGHS stop once that is wanted: its own limit counts wall seconds, and knows no Ctrl-C.

    With ``output_flag=False`` it would not ask.
    """

    def ask(event: highspy.HighsCallbackEvent) -> None:
        if wanted():
            event.interrupt()

    solver.cbMipInterrupt += ask
    solver.cbSimplexInterrupt += ask


def any_thread_count() -> None:
    """Let the next run of HiGHS in this thread choose how many threads it takes.

    A first run fixes that number for all further runs begun in the same thread; a run that asks
    for another number ends at once without a result. A fork has no workers to wait for: those of
    its parent are not there.
    """
    global _workers_are_of_parent
    if _workers_are_of_parent:
        _workers_are_of_parent = False
        with suppress(RuntimeError):  # there is no thread to let go of; afterwards it is forgotten
            highspy.Highs.resetGlobalScheduler(False)  # noqa: TID251 (static)
    highspy.Highs.resetGlobalScheduler(True)  # noqa: TID251 (static; waits for idle workers)


def _after_fork() -> None:
    global _workers_are_of_parent
    _workers_are_of_parent = True


_workers_are_of_parent = False
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
