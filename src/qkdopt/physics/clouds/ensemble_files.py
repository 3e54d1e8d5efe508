"""Ensembles of skies from files: members of one file, or of several."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from qkdopt.errors import Described, InputError
from qkdopt.nearest import missing_file
from qkdopt.physics.clouds.csv_file import read_csv_members
from qkdopt.physics.clouds.ensemble import MOST_MEMBERS, CloudEnsemble
from qkdopt.physics.clouds.era5 import read_era5_members
from qkdopt.physics.clouds.samples import Place, Samples, Span, instant_text, joined
from qkdopt.physics.clouds.steps import MOST_CODES, codes_by_step, nominal_step
from qkdopt.timegrid import TimeGrid

_READERS = {".csv": read_csv_members, ".nc": read_era5_members}
_MAPPINGS = {".csv": "codes as given", ".nc": "code = 150 x cloud cover (assumption)"}
_STEPS_S = {".csv": 600, ".nc": 3600}  # of a member with one instant


def read_ensemble(
    files: Sequence[str | PathLike[str]],
    places: tuple[Place, ...],
    grid: TimeGrid,
    *,
    missing: str = "refuse",
) -> CloudEnsemble:
    """Return the members of files, on common steps over the horizon.

    NetCDF (``.nc``) has total cloud cover ``tcc``, members under ``number``; CSV has rows
    ``member,time_utc,station,code``. A file without members is one, named as the file. What
    several files have of one member is joined in time; members must then agree in stations,
    instants and grid.

    Parameters
    ----------
    places
        The stations, in the order of the scenario.
    grid
        The horizon that every member must cover.
    missing
        One of :data:`~qkdopt.physics.clouds.MISSING_RULES`.

    Raises
    ------
    InputError
        In one line, for what a file may not hold, and for a member that differs from the first:
        its file, its name, what differs. For more than 10,000 members or 67,108,864 codes.
    """
    paths = [Path(file) for file in files]
    span, parts = Span.of(grid), dict[str, list[Samples]]()
    for path in paths:
        for name, samples in _members_of(path, places, span).items():
            parts.setdefault(name, []).append(samples.checked(places).near(span))
    members = {name: _joined(own) for name, own in parts.items()}
    where = ", ".join(map(str, paths))
    if not 1 <= len(members) <= MOST_MEMBERS:
        raise InputError(where, Described(f"{len(members):,} members"), f"1 to {MOST_MEMBERS:,}")
    (first, model), *others = members.items()
    for name, own in others:
        _check_alike(name, own, first, model, places)
    step_s = nominal_step(model, max(_STEPS_S[path.suffix] for path in paths))
    codes = []
    for own in members.values():
        start_utc, code = codes_by_step(own, step_s, grid, missing, places)
        codes.append(code)
        if len(members) * code.size > MOST_CODES:
            came = Described(f"{len(members):,} members of {code.size:,} codes")
            raise InputError(where, came, f"at most {MOST_CODES:,} codes")
    mapping = " and ".join(dict.fromkeys(_MAPPINGS[path.suffix] for path in paths))
    source = f"{len(members)} members, {mapping}, missing = {missing}"
    return CloudEnsemble(start_utc, step_s, np.stack(codes), source)


def _members_of(path: Path, places: tuple[Place, ...], span: Span) -> dict[str, Samples]:
    if path.suffix not in _READERS:
        expected = f"clouds that end in {' or '.join(_READERS)}"
        came = "a folder" if path.is_dir() else path.suffix or "no ending"
        raise InputError(str(path), Described(came), expected)
    if not path.is_file():
        raise missing_file(path, "a file of clouds")
    return _READERS[path.suffix](path, places, span)


def _joined(parts: list[Samples]) -> Samples:
    """Return what several files have of one member."""
    if len(parts) == 1:
        return parts[0]
    first, *others = parts
    for part in others:
        _check_grid(part, first, first.where)
    return joined(parts, f"{first.where} and {len(others)} more")


def _check_alike(
    name: str, own: Samples, first: str, model: Samples, places: tuple[Place, ...]
) -> None:
    """Refuse a member on another grid, or at other instants, than the first."""
    label, of_first = f"member {name}", f"member {first} ({model.where})"
    _check_grid(own, model, of_first)
    odd = np.setxor1d(own.time_s, model.time_s)
    if odd.size:
        there = "a code" if np.isin(odd[0], own.time_s) else "no code"
        came = Described(f"{there} at {instant_text(int(odd[0]))}")
        where = own.where if own.where.endswith(label) else f"{own.where}: {label}"
        raise InputError(where, came, f"the instants of {of_first}")


def _check_grid(own: Samples, model: Samples, of_model: str) -> None:
    """Refuse samples of another grid."""
    if own.grid is None or model.grid is None or np.allclose(own.grid, model.grid, atol=1e-6):
        return
    (lat, lon), (like_lat, like_lon) = own.grid[0], model.grid[0]
    came = f"a grid of {lat:g} x {lon:g} deg"
    expected = f"that of {of_model}, {like_lat:g} x {like_lon:g} deg"
    if np.allclose(own.grid[0], model.grid[0], atol=1e-6):
        row = int(np.flatnonzero(~np.isclose(own.grid, model.grid, atol=1e-6).all(axis=1))[0])
        came = f"a nearest cell at {own.grid[row, 0]:g}, {own.grid[row, 1]:g} deg"
        expected = f"{model.grid[row, 0]:g}, {model.grid[row, 1]:g} deg as of {of_model}"
    raise InputError(own.where, Described(came), expected)
