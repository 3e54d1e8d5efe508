"""The one place where exceptions become exit codes and a line on standard error."""

import os
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import IO, ParamSpec, TypeVar

import typer

from qkdopt.cli import verbosity
from qkdopt.cli.crash import crash_words, is_out_of_memory
from qkdopt.deadline import remember_interrupts, was_interrupted
from qkdopt.errors import QkdoptError

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")

FINE = 0
CLAIM_FAILED = 1
BAD_INPUT = 2
INTERNAL_ERROR = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTED = 130
_PIPE_CLOSED = 141  # the shell's code for a program ended by SIGPIPE

# What the argument parser raises; typer names no common base that all its versions have.
_UsageProblem: type[BaseException] = typer.BadParameter.__mro__[2]


def guarded(work: Callable[[], int], arguments: Sequence[str] | None = None) -> int:
    """Return the exit code of ``work``, whatever it raises.

    Errors of qkdopt, of the operating system and of the arguments are one line on standard
    error and code 2. Anything else is a defect of the program, or lack of memory: one line that
    names a log file with the traceback, and code 70.

    Parameters
    ----------
    arguments
        Those of the command, for the log; the process's own by default.
    """
    remember_interrupts()
    verbosity.configure()
    _never_fail_on_characters(sys.stdout)
    _never_fail_on_characters(sys.stderr)
    try:
        code = _outcome(work, sys.argv[1:] if arguments is None else arguments)
        verbosity.LOGGER.info(f"exit code {code}")
        return code
    finally:
        verbosity.reset()


def _outcome(work: Callable[[], int], arguments: Sequence[str]) -> int:
    """Return the exit code of ``work``; print why it is not 0."""
    try:
        code = work()
        sys.stdout.flush()
        return code
    except StoppedError as stop:
        return _stopped(stop.__cause__)
    except (BrokenPipeError, KeyboardInterrupt, typer.Abort) as error:
        if isinstance(error.__cause__, EOFError):  # for the parser as good as an interrupt
            return _crashed(error.__cause__, arguments)
        return _stopped(error)
    except QkdoptError as error:
        verbosity.LOGGER.error(str(error))
    except OSError as error:
        if is_out_of_memory(error):
            return _crashed(error, arguments)
        place = f"{error.filename}: " if error.filename else ""
        verbosity.LOGGER.error(f"{place}{error.strerror or error}")
    except UnicodeDecodeError as error:
        verbosity.LOGGER.error(f"a file is not UTF-8 text ({error.reason})")
    except _UsageProblem as error:
        message = getattr(error, "format_message", error.__str__)()
        command = getattr(getattr(error, "ctx", None), "command_path", "qkdopt")
        verbosity.LOGGER.error(f"{message.rstrip('.')} (see {command} --help)")
    except Exception as error:
        if _was_interrupted(error) or was_interrupted():
            return _stopped(KeyboardInterrupt())
        return _crashed(error, arguments)
    return BAD_INPUT


def _crashed(error: Exception, arguments: Sequence[str]) -> int:
    verbosity.LOGGER.error(crash_words(error, arguments))
    return INTERNAL_ERROR


class StoppedError(Exception):
    """A command that stopped for the reason that is its cause.

    The argument parser has exit codes of its own for interrupts and closed pipes; it does not
    know this one.
    """


def stoppable(command: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
    """Return ``command`` with interrupts and closed pipes carried past the argument parser."""

    @wraps(command)
    def run(*arguments: _Given.args, **options: _Given.kwargs) -> _Result:
        try:
            return command(*arguments, **options)
        except (BrokenPipeError, KeyboardInterrupt) as error:
            raise StoppedError from error

    return run


def _was_interrupted(error: BaseException | None) -> bool:
    """Return whether an error only wraps an interrupt, as of compiled modules being loaded."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _stopped(reason: BaseException | None) -> int:
    if isinstance(reason, BrokenPipeError):
        # The reader is gone; the interpreter's last flush must not fail either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    print("qkdopt: interrupted", file=sys.stderr)
    return INTERRUPTED


def _never_fail_on_characters(stream: IO[str]) -> None:
    """Let an ASCII terminal show city names with escapes instead of failing."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
