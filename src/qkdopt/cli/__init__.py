"""The command line: thin commands over ``qkdopt.study``; nothing is computed here."""

from collections.abc import Sequence

__all__ = ["main"]

_INTERNAL_ERROR, _INTERRUPTED = 70, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``qkdopt`` with these arguments (the process's own by default); return the exit code.

    0 fine, 1 a claim failed, 2 bad input, 70 internal error or no memory left, 130 interrupted.
    """
    try:
        import logging

        from qkdopt.cli.exits import guarded

        # Without a home directory matplotlib logs warnings about its caches.
        logging.getLogger("matplotlib").setLevel(logging.ERROR)
        code = guarded(lambda: _work(arguments), arguments)
        if arguments is None:
            _leave_at_once(code)
        return code
    except KeyboardInterrupt:  # while modules were loading
        import sys

        print("qkdopt: interrupted", file=sys.stderr)
        return _INTERRUPTED
    except Exception as error:  # a module that cannot be loaded
        import sys

        from qkdopt.cli.crash import crash_words

        words = crash_words(error, sys.argv[1:] if arguments is None else arguments)
        print(f"qkdopt: error: {' '.join(words.split())}", file=sys.stderr)
        return _INTERNAL_ERROR


def _ignore_matplotlibrc() -> None:
    """Load matplotlib elsewhere if the working directory has a file of settings for it.

    Matplotlib reads such a file from the working directory when it is loaded.
    """
    import os

    if os.path.lexists("matplotlibrc"):
        from contextlib import chdir

        with chdir(os.path.dirname(__file__)):
            import matplotlib  # noqa: F401


def _leave_at_once(code: int) -> None:
    """End the process if a solver is still running and ignores requests to stop."""
    import os
    import sys

    highs = sys.modules.get("qkdopt.mip.highs")
    if highs is not None and highs.left_at_work():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _work(arguments: Sequence[str] | None) -> int:
    _ignore_matplotlibrc()
    from qkdopt.cli.app import run_app

    return run_app(arguments)
