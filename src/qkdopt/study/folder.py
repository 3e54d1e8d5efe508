"""The folder of a run: one run at a time, without remains of an earlier one."""

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from qkdopt.errors import InputError, OutputError
from qkdopt.files import make_folder
from qkdopt.study.summary_document import SummaryDocument
from qkdopt.study.usual import run_strategies

CLOUDS, SUMMARY = "clouds.json", "summary.json"
_NAMES = [strategy.name for strategy in run_strategies()]
_FILES = (
    "keys.nc",
    "problem.json.gz",
    *(f"{name}.json" for name in _NAMES),
    *(f"{name}-milp.json" for name in _NAMES),
    *(f"{name}-mean-clouds.json" for name in _NAMES),
    *(f"schedule-{name}.csv" for name in _NAMES),
    *(f"stations-{name}.csv" for name in _NAMES),
    *(f"sessions-{name}.csv" for name in _NAMES),
    "timeline.png",
    *(f"timeline-{name}.png" for name in _NAMES),
    CLOUDS,
    "report.json",
    "report.html",
    SUMMARY,
)
_LOCK = ".qkdopt.lock"


@contextmanager
def locked_folder(path: Path) -> Iterator[Path]:
    """Create the folder and keep other runs out of it while the context lives.

    The operating system ends the lock with the process, however that ends. Systems without
    ``fcntl`` have no lock.

    Raises
    ------
    OutputError
        When another run uses it, or the folder cannot be written.
    """
    folder = make_folder(path)
    handle = _locked(folder / _LOCK)
    try:
        yield folder
    finally:
        with suppress(OSError):
            (folder / _LOCK).unlink()
        os.close(handle)


def _locked(path: Path) -> int:
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise OutputError(f"{path.parent}: cannot write: {error.strerror}") from error
        if not _lock(handle):
            os.close(handle)
            raise OutputError(f"{path.parent}: another run writes into this folder; wait for it")
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        os.close(handle)  # the run before has ended, and removed this lock, just now


def _lock(handle: int) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def check_own(folder: Path, names: Sequence[str], read: Callable[[Path], object]) -> None:
    """Refuse to overwrite files of these names that qkdopt did not write.

    Parameters
    ----------
    names
        The first is of the file that only qkdopt writes.
    read
        Reads it.

    Raises
    ------
    OutputError
        When there are such files and ``read`` raises, naming one of them.
    """
    found = [name for name in names if os.path.lexists(folder / name)]
    if not found:
        return
    try:
        read(folder / names[0])
    except InputError as error:
        how = "choose another folder, or --force to write over it"
        message = f"{folder / found[0]}: it is not known to be of qkdopt ({error}); {how}"
        raise OutputError(message) from error


def check_earlier_run(folder: Path) -> None:
    """Refuse a folder with files of a run's names that no run wrote.

    Raises
    ------
    OutputError
        When such files are there without a summary of a run.
    """
    check_own(folder, _FILES[::-1], SummaryDocument.read)


def remove_earlier_run(folder: Path, keep: Collection[str] = ()) -> None:
    """Remove what an earlier run left, so that all files are of one run.

    Only where there is a summary, and only files that a run writes, but for those to ``keep``;
    also what a run that was killed in the middle of writing them left behind. The summary stays
    when files do: the new run overwrites it, and until then it describes them.

    Raises
    ------
    OutputError
        When a file cannot be removed.
    """
    if not (folder / SUMMARY).is_file():
        return
    for name in _FILES:
        halves = folder.glob(f".{name}.*{Path(name).suffix}")
        stays = name in keep or (name == SUMMARY and keep)
        for path in (*halves, *(() if stays else (folder / name,))):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise OutputError(f"{path}: cannot remove: {error.strerror}") from error
