"""From the files that a scenario names to a finished cloud series."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from qkdopt.errors import InputError
from qkdopt.physics.clouds.csv_file import read_csv
from qkdopt.physics.clouds.era5 import read_era5
from qkdopt.physics.clouds.himawari import read_himawari
from qkdopt.physics.clouds.samples import Place, Samples, Span, joined
from qkdopt.physics.clouds.series import CloudSeries
from qkdopt.physics.clouds.steps import codes_by_step, nominal_step
from qkdopt.timegrid import TimeGrid

_MOST_FILES = 100_000  # two years of ten-minute scans
MISSING_RULES = ("refuse", "previous", "clear", "blocked")


class _Format(NamedTuple):
    read: Callable[[Path, tuple[Place, ...], Span], Samples]
    step_s: int
    mapping: str


_READERS = {
    "csv": _Format(read_csv, 600, "code as given"),
    "himawari-l2": _Format(read_himawari, 600, "code = optical thickness (assumption)"),
    "era5": _Format(read_era5, 3600, "code = 150 x cloud cover (assumption)"),
}
FORMATS = tuple(_READERS)


def read_clouds(
    files: Sequence[str],
    form: str,
    places: tuple[Place, ...],
    grid: TimeGrid,
    *,
    folder: Path,
    where: str,
    missing: str = "refuse",
    synthetic: bool = False,
) -> CloudSeries:
    """Return the codes of all stations over the horizon.

    A code holds from its instant until the next step of the series begins. Of a long series only
    the horizon, 31 days before it and a day after it count.

    Parameters
    ----------
    files
        Names or patterns (``*.nc``), relative to ``folder``.
    form
        One of :data:`FORMATS`.
    places
        The stations, in the order of the scenario.
    grid
        The horizon that must be covered.
    where
        Scenario file and table, for messages.
    missing
        One of :data:`MISSING_RULES`.

    Raises
    ------
    InputError
        In one line: file, variable, what was given, what was expected.
    """
    reader = _READERS[form]
    paths = [path for name in files for path in _paths(name, folder, where)]
    if len(paths) > _MOST_FILES:
        raise InputError(where, f"{len(paths):,} files", f"at most {_MOST_FILES:,}")
    span = Span.of(grid)
    parts = [reader.read(path, places, span).checked(places).near(span) for path in paths]
    samples = parts[0] if len(parts) == 1 else joined(parts, f"{where}: {len(parts)} files")
    step_s = nominal_step(samples, reader.step_s)
    start_utc, code = codes_by_step(samples, step_s, grid, missing, places)
    source = f"{form}, {reader.mapping}, missing = {missing}"
    return CloudSeries(start_utc, step_s, code, source, synthetic)


def _paths(name: str, folder: Path, where: str) -> list[Path]:
    path = folder / name
    if path.is_file():
        return [path]
    pattern = "*" in name and "**" not in name and ".." not in Path(name).parts
    found = sorted(folder.glob(name)) if pattern and not Path(name).is_absolute() else []
    if not found:
        raise InputError(where, f"no file {name}", "files of cloud data beside the scenario")
    return found
