"""Protection from overwriting: files that the command reads, and anything but regular files.

A command line names what it reads; while it works, the output functions
(:func:`qkdopt.files.output_path`) refuses these files under any name. In a program that uses
the library nothing is protected but what is no regular file.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qkdopt.errors import OutputError

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
)
_SYSTEM_FOLDERS = ("/dev", "/dev/fd", "/proc")

_Identity = tuple[int, int]
_protected: list[set[_Identity]] = []


def kind_of_file(mode: int) -> str:
    """Describe what a path leads to, by its ``st_mode``, unless it is a regular file."""
    return next((words for holds, words in _KINDS if holds(mode)), "something but a file")


@contextmanager
def protecting() -> Iterator[None]:
    """Protect the files named to :func:`protect` from being overwritten inside the context."""
    _protected.append(set())
    try:
        yield
    finally:
        _protected.pop()


def protect(path: str | os.PathLike[str]) -> None:
    """Protect a file that is read; what does not exist needs none."""
    if _protected:
        try:
            facts = os.stat(path)
        except (OSError, ValueError):
            return
        _protected[-1].add((facts.st_dev, facts.st_ino))


def writable_target(path: str | os.PathLike[str]) -> Path:
    """Return the regular file, existing or new, that is written when ``path`` is.

    Behind a symbolic link that is the file that the link leads to.

    Raises
    ------
    OutputError
        When there is something else than a regular file, or a file that the command reads.
    """
    target = Path(path)
    try:
        resolved = Path(os.path.realpath(target))
        if str(Path(os.path.abspath(target)).parent) in _SYSTEM_FOLDERS or resolved.is_symlink():
            raise OutputError(f"{target}: cannot write: it is no regular file")
        facts = os.stat(resolved)
    except FileNotFoundError:
        return resolved
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(f"{target}: cannot write: {reason}") from error
    if not stat.S_ISREG(facts.st_mode):
        raise OutputError(f"{target}: cannot write: it is {kind_of_file(facts.st_mode)}")
    if any((facts.st_dev, facts.st_ino) in files for files in _protected):
        raise OutputError(f"{target}: cannot write: this command reads it; choose another name")
    return resolved
