"""Key details as NetCDF with the attributes of the CF conventions, and as CSV."""

from __future__ import annotations

import json
from datetime import timedelta
from os import PathLike
from typing import TYPE_CHECKING

import xarray as xr

from qkdopt.errors import OutputError
from qkdopt.files import output_path, write_text
from qkdopt.physics.detail_columns import column_of
from qkdopt.plain_text import csv_line

if TYPE_CHECKING:
    from qkdopt.physics.details import KeyDetails

_FORMAT, _VERSION = "qkdopt-key-details", 1
_DIGITS = 12


def to_dataset(details: KeyDetails) -> xr.Dataset:
    """Return the columns over ``cell``; times count seconds as CF has them."""
    variables = {}
    for name, values in details.columns.items():
        column = column_of(name)
        attributes = {
            "units": column.units,
            "long_name": column.long_name,
            "cell_methods": column.cell_methods,
        }
        if name == "time":
            since = details.start_utc.isoformat().replace("+00:00", "Z")
            attributes |= {"units": f"seconds since {since}", "calendar": "standard"}
        variables[name] = "cell", values, {key: text for key, text in attributes.items() if text}
    return xr.Dataset(
        variables,
        attrs={
            "Conventions": "CF-1.11",
            "format": _FORMAT,
            "version": _VERSION,
            "title": details.title,
            "start_utc": details.start_utc.isoformat(),
            "provenance": json.dumps(dict(details.provenance), ensure_ascii=False),
        },
    )


def write_netcdf(details: KeyDetails, path: str | PathLike[str]) -> None:
    """Write the dataset, numbers compressed."""
    dataset = to_dataset(details)
    numbers = [name for name, values in details.columns.items() if values.dtype != object]
    encoding = {name: {"zlib": True, "complevel": 4} for name in numbers}
    with output_path(path) as temporary:
        try:
            dataset.to_netcdf(temporary, engine="netcdf4", format="NETCDF4", encoding=encoding)
        except RuntimeError as error:  # how the HDF5 library reports a full disk
            raise OutputError(f"{path}: cannot write: {error}") from error


def write_csv(details: KeyDetails, path: str | PathLike[str]) -> None:
    """Write one line for each row; ``time_utc`` in place of ``time``, nothing where no number is.

    The first lines, which begin with ``#``, say what each column is: words of ours alone, and
    without commas, so that no spreadsheet finds a formula in them.
    """
    names = ["time_utc" if name == "time" else name for name in details.columns]
    lines = ["# one row for each link and interval with contact"]
    for name, shown in zip(details.columns, names, strict=True):
        column = column_of(name)
        facts = [column.long_name, column.cell_methods]
        unit = f" [{column.units}]" if column.units not in ("", "1") and name != "time" else ""
        words = "; ".join(fact for fact in facts if fact).replace(",", " -")
        lines.append(f"# {shown}{unit}: {words}")
    texts = [_cells(details, name) for name in details.columns]
    write_text(
        path, "\n".join([*lines, csv_line(names), *map(",".join, zip(*texts, strict=True))]) + "\n"
    )


def _cells(details: KeyDetails, name: str) -> list[str]:
    """Return a column as cells: an empty one where there is no number."""
    values = details.columns[name].tolist()
    if name == "time":
        instants = (details.start_utc + timedelta(seconds=seconds) for seconds in values)
        return [instant.isoformat().replace("+00:00", "Z") for instant in instants]
    if values and isinstance(values[0], float):
        return ["" if value != value else f"{value:.{_DIGITS}g}" for value in values]
    shown = {value: csv_line([value]) for value in set(values)}  # many names are the same
    return [shown[value] for value in values]
