"""The command line: thin commands over ``qkdopt.study``; nothing is computed here."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]

_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``qkdopt`` with these arguments (the process's own by default); return the exit code.

    0 fine, 1 a claim failed, 2 bad input, 130 interrupted.
    """
    try:
        import logging

        from qkdopt.cli.exits import guarded

        # Without a home matplotlib speaks of its caches; errors are enough for a command.
        logging.getLogger("matplotlib").setLevel(logging.ERROR)
        code = guarded(lambda: _work(arguments))
        if arguments is None:
            _leave_at_once(code)
        return code
    except KeyboardInterrupt:  # while modules were loading
        import sys

        print("qkdopt: interrupted", file=sys.stderr)
        return _INTERRUPTED


def _leave_at_once(code: int) -> None:
    """End the process if a solver is still at work that does not stop when told to."""
    import os
    import sys

    highs = sys.modules.get("qkdopt.mip.highs")
    if highs is not None and highs.left_at_work():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _work(arguments: Sequence[str] | None) -> int:
    from qkdopt.cli.app import run_app

    return run_app(arguments)
