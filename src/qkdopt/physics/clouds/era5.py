"""ERA5 total cloud cover (``tcc``, 0 to 1, hourly), old and new Climate Data Store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.errors import InputError
from qkdopt.physics.clouds.netcdf_file import at_places, opened, unpacked, variable
from qkdopt.physics.clouds.samples import LARGEST_CODE, Place, Samples, Span

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["read_era5"]

_COVER = "tcc"
_TIMES = ("valid_time", "time")
_VERSION, _MEMBER = "expver", "number"
# A packed cover may leave 0 to 1 by about one count of its scale.
_PACKING_SLACK = 1e-3


def read_era5(path: Path, places: tuple[Place, ...], span: Span) -> Samples:
    """Return the codes of one file: 150 times the share of sky that is covered.

    The mapping is an assumption: cover does not determine thickness. Of several ``expver``
    (final and preliminary analysis) the first that is not missing counts; ensemble members
    (``number``) are averaged. Instants far from ``span`` are not read.

    Raises
    ------
    InputError
        For a missing variable or time, packed values without a scale, a station outside the
        grid, and a cover outside 0 to 1.
    """
    with opened(path) as dataset:
        data = variable(dataset, _COVER, path)
        name = next((item for item in _TIMES if item in data.coords), None)
        if name is None or not np.issubdtype(data.coords[name].dtype, np.datetime64):
            raise InputError(f"{path}: {_COVER}", "no time", f"a coordinate {' or '.join(_TIMES)}")
        if data.coords[name].size == 0 or data.coords[name].dims not in ((), (name,)):
            raise InputError(f"{path}: {name}", "instants in no order", "one or more instants")
        if name not in data.dims:
            data = data.expand_dims(name)
        every_s = data.coords[name].values.astype("datetime64[s]").astype(np.int64)
        cells = at_places(data.isel({name: span.kept(every_s)}), places, path, name)
        seconds = cells.coords[name].values.astype("datetime64[s]").astype(np.int64)
        cover = _reduced(unpacked(cells, path), cells, name, path)
    outside = np.abs(cover - 0.5) > 0.5 + _PACKING_SLACK
    if outside.any():
        came = float(cover[outside][0])
        raise InputError(f"{path}: {_COVER}", came, f"0 <= {_COVER} <= 1")
    return Samples(f"{path}: {_COVER}", seconds, LARGEST_CODE * np.clip(cover, 0.0, 1.0))


def _reduced(values: Floats, cells: xr.DataArray, time: str, path: Path) -> Floats:
    """Return values of shape ``(T, N)``: versions merged, members averaged."""
    dims = [str(dim) for dim in cells.dims]
    if _VERSION in dims:
        axis = dims.index(_VERSION)
        slices = np.moveaxis(values, axis, 0)
        values = slices[0]
        for later in slices[1:]:
            values = np.where(np.isnan(values), later, values)
        dims.pop(axis)
    if _MEMBER in dims:
        values = values.mean(axis=dims.index(_MEMBER))
        dims.remove(_MEMBER)
    if sorted(dims) != sorted([time, "place"]):
        other = ", ".join(dim for dim in dims if dim not in (time, "place"))
        expected = f"{time}, latitude, longitude, and perhaps {_VERSION}, {_MEMBER}"
        raise InputError(f"{path}: {_COVER}", f"dimension {other}", f"dimensions {expected}")
    return values
