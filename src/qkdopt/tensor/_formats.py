"""What reads and writes key tensors, by the ending of a file's name."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from qkdopt.errors import InputError

if TYPE_CHECKING:
    from qkdopt.tensor.key_tensor import KeyTensor


def by_suffix(path: str | PathLike[str]) -> tuple[Callable[..., KeyTensor], Callable[..., None]]:
    """Return what reads and what writes a file.

    Raises
    ------
    InputError
        For another ending than .nc and .csv.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".csv":
        from qkdopt.tensor import csv_file

        return csv_file.read_csv, csv_file.write_csv
    if suffix == ".nc":  # xarray and pandas take as long to load as all the rest
        from qkdopt.tensor import netcdf_file

        return netcdf_file.read_netcdf, netcdf_file.write_netcdf
    raise InputError(str(path), suffix or "no ending", "a key tensor that ends in .nc or .csv")
