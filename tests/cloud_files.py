"""Small cloud files in exactly the layouts of the real products."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

FILL = -32768
START = datetime(2016, 9, 19, tzinfo=UTC)


def csv_file(path: Path, rows: list[str], columns: str = "Urumqi,Shanghai") -> Path:
    path.write_text("\n".join(["# a comment", f"time_utc,{columns}", *rows]) + "\n")
    return path


def ten_minutes(count: int, codes: str = "0,0", start: datetime = START) -> list[str]:
    instants = (start + k * timedelta(minutes=10) for k in range(count))
    return [f"{instant:%Y-%m-%dT%H:%M:%SZ},{codes}" for instant in instants]


def himawari_file(
    folder: Path,
    instant: datetime,
    thickness: np.ndarray,
    *,
    lat: np.ndarray,
    lon: np.ndarray,
    name: str = "CLOT",
    packed: bool = True,
    cloud_type: np.ndarray | None = None,
) -> Path:
    """Write one scan: shorts scaled by 0.01, valid range in packed counts, lat descending."""
    path = folder / f"NC_H08_{instant:%Y%m%d_%H%M}_L2CLP010_FLDK.02401_02401.nc"
    with netCDF4.Dataset(path, "w", format="NETCDF4") as file:
        file.createDimension("latitude", lat.size)
        file.createDimension("longitude", lon.size)
        file.createVariable("latitude", "f4", ("latitude",))[:] = lat
        file.createVariable("longitude", "f4", ("longitude",))[:] = lon
        variable = file.createVariable(name, "i2", ("latitude", "longitude"))
        variable.set_auto_maskandscale(False)
        if packed:
            variable.scale_factor = np.float32(0.01)
            variable.add_offset = np.float32(0)
        variable.missing_value = np.int16(FILL)
        variable.valid_min = np.int16(0)
        variable.valid_max = np.int16(15000)
        counts = np.where(np.isnan(thickness), FILL, np.round(np.nan_to_num(thickness) * 100))
        variable[:] = counts.astype("i2")
        if cloud_type is not None:
            kind = file.createVariable("CLTYPE", "u1", ("latitude", "longitude"))
            kind.set_auto_maskandscale(False)
            kind.missing_value = np.uint8(255)
            kind[:] = cloud_type
        file.id = path.name
    return path


def era5_file(
    path: Path,
    cover: np.ndarray,
    *,
    lat: np.ndarray,
    lon: np.ndarray,
    start: datetime = START,
    dims: tuple[str, ...] = ("time", "latitude", "longitude"),
    packed: bool = True,
    scale: bool = True,
    name: str = "tcc",
) -> Path:
    """Write hours of total cloud cover; ``dims`` decides old (time) or new (valid_time)."""
    time = next(d for d in dims if d.endswith("time"))
    with netCDF4.Dataset(path, "w", format="NETCDF3_64BIT_OFFSET" if packed else "NETCDF4") as file:
        for dim, size in zip(dims, cover.shape, strict=True):
            file.createDimension(dim, size)
        file.createVariable("latitude", "f4", ("latitude",))[:] = lat
        file.createVariable("longitude", "f4", ("longitude",))[:] = lon
        hours = np.arange(cover.shape[dims.index(time)])
        clock = file.createVariable(time, "i4", (time,))
        if time == "time":
            clock.units = "hours since 1900-01-01 00:00:00.0"
            clock[:] = hours + round(
                (start - datetime(1900, 1, 1, tzinfo=UTC)) / timedelta(hours=1)
            )
        else:
            clock.units = "seconds since 1970-01-01"
            clock[:] = hours * 3600 + round(start.timestamp())
        clock.calendar = "proleptic_gregorian"
        for dim in ("expver", "number"):
            if dim in dims:
                file.createVariable(dim, "i4", (dim,))[:] = np.arange(cover.shape[dims.index(dim)])
        _cover(file, name, cover, dims, packed, scale)
    return path


def _cover(file: Any, name: str, cover: np.ndarray, dims: Any, packed: bool, scale: bool) -> None:
    if not packed:
        variable = file.createVariable(name, "f4", dims, fill_value=np.float32(np.nan))
        variable[:] = cover
        return
    variable = file.createVariable(name, "i2", dims, fill_value=np.int16(-32767))
    variable.set_auto_maskandscale(False)
    step = 1 / 65000
    if scale:
        variable.scale_factor, variable.add_offset = step, 0.5
    variable.missing_value = np.int16(-32767)
    counts = np.round((np.nan_to_num(cover) - 0.5) / step)
    variable[:] = np.where(np.isnan(cover), -32767, counts).astype("i2")
