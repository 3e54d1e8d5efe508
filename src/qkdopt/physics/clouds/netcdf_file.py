"""NetCDF grids: opened, unpacked by their own attributes, read at the nearest cells."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.errors import InputError
from qkdopt.physics.clouds.samples import Place

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["at_places", "opened", "unpacked", "variable"]

_HALF_CELL = 0.5 + 1e-6
_TURN_DEG = 360.0
_LATITUDES, _LONGITUDES = ("latitude", "lat"), ("longitude", "lon")


@contextmanager
def opened(path: Path) -> Iterator[xr.Dataset]:
    """Open a file with its packed values as they are, times decoded."""
    import xarray as xr

    try:
        dataset = xr.open_dataset(path, engine="netcdf4", mask_and_scale=False)
    except (OSError, ValueError) as error:
        raise InputError(str(path), f"unreadable ({error})", "a NetCDF file") from error
    with dataset:
        yield dataset


def variable(dataset: xr.Dataset, name: str, path: Path) -> xr.DataArray:
    """Return the variable ``name``."""
    if name not in dataset.variables:
        came = ", ".join(str(item) for item in dataset.data_vars) or "no variables"
        raise InputError(f"{path}: variable {name}", came, f"a variable {name}")
    return dataset[name]


def at_places(data: xr.DataArray, places: tuple[Place, ...], path: Path) -> xr.DataArray:
    """Return the cells nearest to the stations, along a new last dimension ``place``.

    Latitudes may descend; longitudes may run from 0 to 360 or from -180 to 180.

    Raises
    ------
    InputError
        For a station more than half a cell outside the grid.
    """
    import xarray as xr

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
    picked = {
        lat_name: xr.DataArray(rows, dims="place"),
        lon_name: xr.DataArray(columns, dims="place"),
    }
    return data.isel(picked).transpose(..., "place").load()


def unpacked(data: xr.DataArray, path: Path) -> Floats:
    """Return physical values, ``nan`` where the file says that none are valid.

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
    low, high = np.ravel(facts.get("valid_range", (-np.inf, np.inf)))
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
        return float(np.ravel(value)[0])
    except (TypeError, ValueError, IndexError) as error:
        raise InputError(f"{where}: {name}", str(value), "a number") from error
