"""NetCDF grids: opened, unpacked by their own attributes, read at the nearest cells."""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.errors import InputError
from qkdopt.netcdf_header import check_declared, opened_dataset
from qkdopt.numerals import read_float
from qkdopt.opening import CLOUD_GRID
from qkdopt.physics.clouds.samples import Place

if TYPE_CHECKING:
    import xarray as xr

_HALF_CELL = 0.5 + 1e-6
_TURN_DEG = 360.0
_LARGEST_BYTES = 2**29
_PIECE_VALUES = 2**22
_LATITUDES, _LONGITUDES = ("latitude", "lat"), ("longitude", "lon")


def opened(path: Path) -> AbstractContextManager[xr.Dataset]:
    """Open a file with its packed values as they are, times decoded."""
    return opened_dataset(path, CLOUD_GRID, "a NetCDF file", mask_and_scale=False)


def variable(dataset: xr.Dataset, name: str, path: Path) -> xr.DataArray:
    """Return the variable ``name``."""
    if name not in dataset.variables:
        came = ", ".join(str(item) for item in dataset.data_vars) or "no variables"
        raise InputError(f"{path}: variable {name}", came, f"a variable {name}")
    return dataset[name]


def at_places(
    data: xr.DataArray, places: tuple[Place, ...], path: Path, time: str | None = None
) -> xr.DataArray:
    """Return the cells nearest to the stations, along a new last dimension ``place``.

    Latitudes may descend; longitudes may run from 0 to 360 or from -180 to 180. Along the
    dimension ``time`` the file is read piece by piece: every row and column that a station is
    nearest to comes with each piece, before the cells are picked.

    Raises
    ------
    InputError
        For a station more than half a cell outside the grid, and for more values than fit.
    """
    axes = [_axis(data, names, path) for names in (_LATITUDES, _LONGITUDES)]
    (lat_name, lat), (lon_name, lon) = axes
    rows, columns = [], []
    for place in places:
        away_lat = np.abs(lat - place.lat_deg)
        away_lon = np.abs((lon - place.lon_deg + _TURN_DEG / 2) % _TURN_DEG - _TURN_DEG / 2)
        row, column = int(np.argmin(away_lat)), int(np.argmin(away_lon))
        inside = away_lat[row] <= _HALF_CELL * _spacing(lat) and (
            away_lon[column] <= _HALF_CELL * _spacing(lon)
        )
        if not inside:
            expected = (
                f"a station on the grid, latitude {lat.min():g} to {lat.max():g}, "
                f"longitude {lon.min():g} to {lon.max():g}"
            )
            came = f"latitude {place.lat_deg:g}, longitude {place.lon_deg:g}"
            raise InputError(f"{path}: {data.name}: {place.name}", came, expected)
        rows.append(row)
        columns.append(column)
    return _read(data, {lat_name: rows, lon_name: columns}, time, path).transpose(..., "place")


def cells_of(data: xr.DataArray, cells: xr.DataArray) -> Floats:
    """Return the spacing of a grid, then the cells read: latitude, longitude [deg], ``(1 + N, 2)``.

    ``cells`` are what :func:`at_places` took from ``data``. Longitudes run from 0 to 360.
    """
    axes = [next(n for n in names if n in data.dims) for names in (_LATITUDES, _LONGITUDES)]
    spacing = [_spacing(np.asarray(data.coords[n].values, dtype=np.float64)) for n in axes]
    found = np.stack([cells.coords[n].values.astype(np.float64) for n in axes], axis=-1)
    found[:, 1] %= _TURN_DEG
    return np.vstack([spacing, found])


def _read(
    data: xr.DataArray, picked: dict[str, list[int]], time: str | None, path: Path
) -> xr.DataArray:
    """Load the picked cells, never more than some steps of the rectangle around them at once.

    A rectangle is read in one go; scattered rows and columns are unpacked again for each pair.
    """
    import xarray as xr

    rectangle, places = {}, {}
    for name, positions in picked.items():
        first = min(positions)
        rectangle[name] = slice(first, max(positions) + 1)
        places[name] = xr.DataArray(np.array(positions) - first, dims="place")
    around = data.isel(rectangle)
    where = f"{path}: {data.name}"
    count = len(next(iter(picked.values())))
    check_declared({**_sizes(data, *picked), "place": count}, _LARGEST_BYTES, where)
    check_declared(_sizes(around, time), _LARGEST_BYTES, where)
    if time is None:
        return around.load().isel(places)
    each = max(1, around.size // max(1, around.sizes[time]))
    length = max(1, _PIECE_VALUES // each)
    pieces = [
        around.isel({time: slice(start, start + length)}).load().isel(places)
        for start in range(0, around.sizes[time], length)
    ]
    return pieces[0] if len(pieces) == 1 else xr.concat(pieces, dim=time)


def _sizes(data: xr.DataArray, *without: str | None) -> dict[Hashable, int]:
    return {name: size for name, size in data.sizes.items() if name not in without}


def unpacked(data: xr.DataArray, path: Path) -> Floats:
    """Return physical values, ``nan`` where the file marks none as valid.

    ``_FillValue``, ``missing_value`` and ``valid_min``, ``valid_max``, ``valid_range`` are
    packed counts wherever the variable is packed, as the CF conventions have it.

    Raises
    ------
    InputError
        For integers without ``scale_factor``.
    """
    raw, facts = data.values, data.attrs
    where = f"{path}: {data.name}"
    if not np.issubdtype(raw.dtype, np.number):
        raise InputError(where, str(raw.dtype), "numbers")
    if np.issubdtype(raw.dtype, np.integer) and "scale_factor" not in facts:
        raise InputError(where, f"{raw.dtype} without scale_factor", "packed values with a scale")
    good = np.isfinite(raw)
    for name in ("_FillValue", "missing_value"):
        if name in facts:
            good &= raw != _number(facts[name], where, name)
    ends = np.ravel(facts.get("valid_range", (-np.inf, np.inf)))
    if ends.size != 2:  # noqa: PLR2004 (a range has two ends)
        raise InputError(f"{where}: valid_range", f"{ends.size} values", "two numbers")
    low, high = (_number(end, where, "valid_range") for end in ends)
    good &= raw >= max(_number(facts.get("valid_min", -np.inf), where, "valid_min"), low)
    good &= raw <= min(_number(facts.get("valid_max", np.inf), where, "valid_max"), high)
    scale = _number(facts.get("scale_factor", 1.0), where, "scale_factor")
    offset = _number(facts.get("add_offset", 0.0), where, "add_offset")
    return np.where(good, raw.astype(np.float64) * scale + offset, np.nan)


def _axis(data: xr.DataArray, names: tuple[str, ...], path: Path) -> tuple[str, Floats]:
    for name in names:
        if name in data.dims and name in data.coords:
            values = np.asarray(data.coords[name].values, dtype=np.float64)
            steps = np.diff(values)
            if values.size > 1 and (np.all(steps > 0) or np.all(steps < 0)):
                return name, values
            raise InputError(f"{path}: {name}", "values in no order", "a grid of several cells")
    came = f"dimensions {', '.join(map(str, data.dims)) or 'none'}"
    raise InputError(f"{path}: {data.name}", came, f"a dimension {names[0]} with its values")


def _spacing(values: Floats) -> float:
    return float(np.median(np.abs(np.diff(values))))


def _number(value: Any, where: str, name: str) -> float:
    try:
        first = np.ravel(value)[0]
        return read_float(first) if isinstance(first, str) else float(first)
    except (TypeError, ValueError, IndexError) as error:
        raise InputError(f"{where}: {name}", str(value), "a number") from error
