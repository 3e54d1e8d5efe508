"""Total cloud cover (``tcc``) of ERA5, its ensemble, and forecasts: 0 to 1, or per cent.

Of the old and the new Climate Data Store, and as ``cfgrib`` writes forecasts: instants under
``valid_time`` or ``time``, members under ``number``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.errors import Described, InputError
from qkdopt.physics.clouds.netcdf_file import at_places, cells_of, opened, unpacked, variable
from qkdopt.physics.clouds.samples import LARGEST_CODE, Place, Samples, Span

if TYPE_CHECKING:
    import xarray as xr

_COVER = "tcc"
_TIMES = ("valid_time", "time")
_OF_ONE_FORECAST = ("time", "forecast_reference_time", "step", "forecast_period")
_VERSION, _MEMBER = "expver", "number"
_PER_CENT = 100.0
# A packed cover may leave 0 to 1 by about one count of its scale.
_PACKING_SLACK = 1e-3


def read_era5(path: Path, places: tuple[Place, ...], span: Span) -> Samples:
    """Return the codes of one file that holds one sky, as :func:`read_era5_members` has them.

    Raises
    ------
    InputError
        As there, and for several members: their mean is none of the skies that may come.
    """
    found = read_era5_members(path, places, span)
    if len(found) > 1:
        came = Described(f"{len(found)} members")
        raise InputError(f"{path}: {_MEMBER}", came, "one sky; --clouds keeps members apart")
    return next(iter(found.values()))


def read_era5_members(path: Path, places: tuple[Place, ...], span: Span) -> dict[str, Samples]:
    """Return the codes of each member by its number: 150 times the share of sky that is covered.

    The mapping is an assumption: cover does not determine thickness. Of several ``expver``
    (final and preliminary analysis) the first that is not missing counts. A file without
    ``number`` holds one member, named as the file. Instants far from ``span`` are not read.

    Raises
    ------
    InputError
        For a missing variable or time, several forecasts in one file, packed values without a
        scale, a station outside the grid, and a cover outside 0 to 1.
    """
    with opened(path) as dataset:
        data, name = _by_instant(variable(dataset, _COVER, path), path)
        every_s = data.coords[name].values.astype("datetime64[s]").astype(np.int64)
        cells = at_places(data.isel({name: span.kept(every_s)}), places, path, name)
        seconds = cells.coords[name].values.astype("datetime64[s]").astype(np.int64)
        cover = _reduced(unpacked(cells, path), cells, name, path)
        grid, names = cells_of(data, cells), _member_names(data, len(cover), path)
    if str(data.attrs.get("units")) in ("%", "percent"):
        cover = cover / _PER_CENT
    outside = np.abs(cover - 0.5) > 0.5 + _PACKING_SLACK
    if outside.any():
        came = float(cover[outside][0])
        raise InputError(f"{path}: {_COVER}", came, f"0 <= {_COVER} <= 1, or units %")
    codes = LARGEST_CODE * np.clip(cover, 0.0, 1.0)
    where = [f"{path}: {_COVER}" + f" of {_MEMBER} {name}" * (len(names) > 1) for name in names]
    own = zip(names, where, codes, strict=True)
    return {name: Samples(place, seconds, code, grid) for name, place, code in own}


def _by_instant(data: xr.DataArray, path: Path) -> tuple[xr.DataArray, str]:
    """Return the cover along a dimension of instants, and the name of that."""
    name = next((item for item in _TIMES if item in data.coords), None)
    if name is None or not np.issubdtype(data.coords[name].dtype, np.datetime64):
        raise InputError(f"{path}: {_COVER}", "no time", f"a coordinate {' or '.join(_TIMES)}")
    if data.coords[name].size == 0:
        raise InputError(f"{path}: {name}", "no instants", "one or more instants")
    if np.isnat(data.coords[name].values).any():
        raise InputError(f"{path}: {name}", "a missing instant", "instants")
    once = [dim for dim in _OF_ONE_FORECAST if data.sizes.get(dim) == 1 and dim != name]
    data = data.squeeze(once)
    match data.coords[name].dims:
        case ():
            return (data if name in data.dims else data.expand_dims(name)), name
        case (dim,):
            return (data if dim == name else data.swap_dims({dim: name})), name
        case dims:
            came = Described(f"instants by {' and '.join(map(str, dims))}")
            raise InputError(f"{path}: {name}", came, "those of one forecast in a file")


def _member_names(data: xr.DataArray, count: int, path: Path) -> list[str]:
    """Return the numbers of the members as text; without any, the name of the file."""
    if _MEMBER not in data.coords:
        return [str(k) for k in range(count)] if _MEMBER in data.dims else [str(path)]
    names = [str(number).removesuffix(".0") for number in np.ravel(data.coords[_MEMBER].values)]
    if len(names) != count or len(set(names)) < count:
        raise InputError(f"{path}: {_MEMBER}", ", ".join(names), "each member once")
    return names


def _reduced(values: Floats, cells: xr.DataArray, time: str, path: Path) -> Floats:
    """Return values of shape ``(M, T, N)``: versions merged, members first."""
    dims = [str(dim) for dim in cells.dims]
    if _VERSION in dims:
        axis = dims.index(_VERSION)
        slices = np.moveaxis(values, axis, 0)
        values = slices[0]
        for later in slices[1:]:
            values = np.where(np.isnan(values), later, values)
        dims.pop(axis)
    if _MEMBER not in dims:
        values, dims = values[np.newaxis], [_MEMBER, *dims]
    wanted = [_MEMBER, time, "place"]
    if sorted(dims) != sorted(wanted):
        other = ", ".join(dim for dim in dims if dim not in wanted)
        expected = f"{time}, latitude, longitude, and perhaps {_VERSION}, {_MEMBER}"
        raise InputError(f"{path}: {_COVER}", f"dimension {other}", f"dimensions {expected}")
    return values.transpose([dims.index(dim) for dim in wanted])
