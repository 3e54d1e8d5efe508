"""A back-test of one month with forecasts from files, one ensemble for each day of issue."""

from collections.abc import Sequence
from datetime import timedelta
from os import PathLike
from pathlib import Path

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.errors import Described, InputError
from qkdopt.physics import Scenario
from qkdopt.physics.clouds import CloudSeries, read_ensemble
from qkdopt.study.rolling.cloudy_keys import CloudyKeys
from qkdopt.study.rolling.issues import Issues
from qkdopt.study.rolling.skies import FileMonth
from qkdopt.timegrid import TimeGrid

_Files = Sequence[str | PathLike[str]]


def check_files(scenario: Scenario, files: _Files) -> CloudSeries:
    """Return the real sky of a back-test on files.

    Raises
    ------
    InputError
        Without files, and without clouds in the scenario.
    """
    if not files:
        raise InputError("forecasts", Described("no files"), "one file for each day of issue")
    if scenario.clouds is None:
        expected = "the clouds that really came, beside files of forecasts"
        raise InputError(f"{scenario.origin}: clouds", "none", expected)
    return scenario.clouds


def month_of_files(
    scenario: Scenario, files: _Files, issues: Issues, keys: CloudyKeys
) -> FileMonth:
    """Return the month of a scenario's clouds and the forecasts in files.

    A file's name holds the day on which it is issued, at 12:00 UTC, as ``2016-09-19``. Codes are
    rounded to whole ones.

    Raises
    ------
    InputError
        For a day without exactly one file, and a file that does not cover the rest of the horizon.
    """
    real = _codes(check_files(scenario, files), scenario, keys.time_s)
    forecasts = []
    for issue in range(issues.count):
        start_s = int(issues.issue_s[issue])
        path = _of_day(f"{scenario.grid.start_utc + timedelta(seconds=start_s):%Y-%m-%d}", files)
        forecasts.append(_forecast(scenario, path, start_s, keys.time_s[issues.instant[issue] :]))
    return FileMonth(real[0], tuple(forecasts))


def _of_day(day: str, files: _Files) -> Path:
    found = [Path(file) for file in files if day in Path(file).name]
    if len(found) != 1:
        names = " and ".join(path.name for path in found) or "no file"
        raise InputError(
            f"forecasts: {day}", Described(names), "one file with that day in its name"
        )
    return found[0]


def _forecast(scenario: Scenario, path: Path, start_s: int, time_s: Integers) -> Integers:
    """Return codes of the members, shape ``(M, T, N)``, over the horizon from an issue on."""
    grid = scenario.grid
    skipped = max(0, start_s) // grid.interval_s
    rest = TimeGrid(grid.interval_start(skipped), grid.interval_s, grid.count - skipped)
    return _codes(read_ensemble([path], scenario.places, rest), scenario, time_s)


def _codes(clouds: CloudSeries, scenario: Scenario, time_s: Integers) -> Integers:
    """Return whole codes at instants, shape ``(M, T, N)``, of one sky ``(1, T, N)``."""
    shape = time_s.size, len(scenario.stations)
    second, station = np.repeat(time_s, shape[1]), np.tile(np.arange(shape[1]), shape[0])
    code = clouds.codes_at(scenario.grid.start_utc, second, station)
    return np.rint(code).astype(np.int64).reshape(-1, *shape)
