"""The command line: thin commands over ``qkdopt.study``; nothing is computed here."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``qkdopt`` with these arguments (the process's own by default); return the exit code.

    0 fine, 1 a claim failed, 2 bad input, 130 interrupted.
    """
    from qkdopt.cli.exits import guarded

    def work() -> int:
        from qkdopt.cli.app import run_app

        return run_app(arguments)

    return guarded(work)
