"""``qkdopt keys``: from a scenario to the key tensor."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from qkdopt.cli.bounded import whole
from qkdopt.cli.options import RequiredOutput, ScenarioArgument, option
from qkdopt.effort import MOST_THREADS

__all__ = ["EXAMPLES", "keys_command"]

EXAMPLES = (
    "qkdopt keys micius-china-2016 -o keys.nc",
    "qkdopt keys my/constellation.toml -o keys.nc",
    "qkdopt keys my/scenario.toml -o keys.csv",
)


def keys_command(
    scenario: ScenarioArgument,
    path: RequiredOutput,
    threads: Annotated[
        int | None,
        option("--threads", "N", "Threads; all cores by default.", whole(1, MOST_THREADS)),
    ] = None,
) -> None:
    """Compute the secret bits of every link and interval; write .nc or .csv.

    Several satellites have a file each: with -o keys.nc, keys-NAME.nc for the satellite NAME.
    With a slew rate the files say how long each hand-over takes.
    """
    from qkdopt.cli.console import print_line
    from qkdopt.cli.inputs import given_scenario, keys_by_satellite
    from qkdopt.cli.progress import progress_bars
    from qkdopt.errors import InputError
    from qkdopt.physics.slew import with_slew_times

    if path.suffix.lower() not in (".nc", ".csv"):
        raise InputError(str(path), path.suffix or "no ending", "a file that ends in .nc or .csv")
    with progress_bars() as bars:
        given = given_scenario(scenario)
        files = _files([item.name for item in given.satellites], path)
        keys = keys_by_satellite(given, bars, threads)
        parts = {part.satellite.name: part for part in given.each_satellite()}
        slewing = {name: with_slew_times(parts[name], tensor) for name, tensor in keys.items()}
    for name, tensor in slewing.items():
        if tensor.links:
            tensor.save(files[name])
            print_line(f"{files[name]}: {tensor!r}")


def _files(names: list[str], path: Path) -> dict[str, Path]:
    """Return the file of each satellite: ``path`` for one, ``path-NAME`` for several."""
    from qkdopt.errors import InputError

    if len(names) == 1:
        return {names[0]: path}
    ends = {name: re.sub(r"[^\w.-]+", "-", name).strip("-.") for name in names}
    if len({end.casefold() for end in ends.values() if end}) < len(names):
        raise InputError(str(path), "satellites", "names that differ in letters and digits")
    return {name: path.with_stem(f"{path.stem}-{end}") for name, end in ends.items()}
