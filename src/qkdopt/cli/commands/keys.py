"""``qkdopt keys``: from a scenario to the key tensor."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from qkdopt.cli.bounded import whole
from qkdopt.cli.cloud_options import CloudsOption, CloudsSeedOption, MarginalOption
from qkdopt.cli.console import print_line
from qkdopt.cli.finite_key import finite_key_scenario
from qkdopt.cli.inputs import keys_by_satellite
from qkdopt.cli.options import FiniteKeyOption, ScenarioArgument, option
from qkdopt.cli.progress import Bars, progress_bars
from qkdopt.effort import MOST_THREADS
from qkdopt.errors import InputError

if TYPE_CHECKING:
    from qkdopt.physics import Scenario

EXAMPLES = (
    "qkdopt keys micius-china-2016 -o keys.nc",
    "qkdopt keys my/constellation.toml -o keys.nc",
    "qkdopt keys my/scenario.toml -o keys.csv",
    "qkdopt keys micius-china-2016 --details passes.csv",
    "qkdopt keys micius-china-2016 --clouds 100 --marginal heavy -o skies.nc",
)
_ENDINGS = (".nc", ".csv")


def keys_command(
    scenario: ScenarioArgument,
    path: Annotated[
        Path | None, option("-o --output", "FILE", "File to write the bits to, .nc or .csv.")
    ] = None,
    details: Annotated[
        Path | None,
        option(
            "--details",
            "FILE",
            "File to write how they come about to, .nc or .csv: of every link and interval with "
            "contact elevation, azimuth, range, Sun, loss by term, clicks, QBER and bits.",
        ),
    ] = None,
    threads: Annotated[
        int | None,
        option("--threads", "N", "Threads; all cores by default.", whole(1, MOST_THREADS)),
    ] = None,
    finite_key: FiniteKeyOption = None,
    clouds: CloudsOption = None,
    marginal: MarginalOption = None,
    clouds_seed: CloudsSeedOption = 0,
) -> None:
    """Compute the secret bits of every link and interval; write .nc or .csv.

    Several satellites have a file each: with -o keys.nc, keys-NAME.nc for the satellite NAME.
    With a slew rate the files say how long each hand-over takes. Details of all satellites are
    in one file. Bits under several skies are written as .nc only.
    """
    from qkdopt.study.cloud_scenarios import in_clouds

    if path is None and details is None:
        raise InputError("qkdopt keys", "no file to write", "-o FILE or --details FILE")
    for file in (path, details):
        if file is not None and file.suffix.lower() not in _ENDINGS:
            came = file.suffix or "no ending"
            raise InputError(str(file), came, "a file that ends in .nc or .csv")
    if clouds is None and marginal is not None:
        raise InputError("--marginal", marginal, "none without --clouds")
    with progress_bars() as bars:
        given = finite_key_scenario(scenario, finite_key)
        if clouds is not None:
            given = in_clouds(given, clouds, marginal=marginal, seed=clouds_seed)
        if path is not None:
            _write_keys(given, path, bars, threads)
        if details is not None:
            _write_details(given, details, bars, threads)
    if given.ensemble is not None:
        print_line(f"clouds: {given.ensemble.label}")


def _write_keys(given: Scenario, path: Path, bars: Bars, threads: int | None) -> None:
    """Write the tensor of each satellite, with the times of its turns."""
    from qkdopt.physics.slew import with_slew_times

    files = _files([item.name for item in given.satellites], path)
    keys = keys_by_satellite(given, bars, threads)
    parts = {part.satellite.name: part for part in given.each_satellite()}
    for name, tensor in keys.items():
        if tensor.links:
            slewing = with_slew_times(parts[name], tensor)
            slewing.save(files[name])
            print_line(f"{files[name]}: {slewing!r}")


def _write_details(given: Scenario, path: Path, bars: Bars, threads: int | None) -> None:
    """Write how the bits of all satellites come about."""
    from qkdopt.physics import key_details

    found = key_details(given, workers=threads, progress=lambda done: bars.step("details", done))
    found.save(path)
    print_line(f"{path}: {found!r}")


def _files(names: list[str], path: Path) -> dict[str, Path]:
    """Return the file of each satellite: ``path`` for one, ``path-NAME`` for several."""
    if len(names) == 1:
        return {names[0]: path}
    ends = {name: re.sub(r"[^\w.-]+", "-", name).strip("-.") for name in names}
    if len({end.casefold() for end in ends.values() if end}) < len(names):
        raise InputError(str(path), "satellites", "names that differ in letters and digits")
    return {name: path.with_stem(f"{path.stem}-{end}") for name, end in ends.items()}
