"""Himawari-8/9 L2 cloud property (JAXA P-Tree): optical thickness of each 10-minute scan.

Files are named ``NC_H08_YYYYMMDD_hhmm_L2CLP010_FLDK.02401_02401.nc``; the instant is that of
the name. The optical thickness ``CLOT`` is retrieved in daylight only: at night every cell
is missing, and the scenario's rule for missing data decides.
"""

import re
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from qkdopt.errors import InputError
from qkdopt.physics.clouds.netcdf_file import at_places, opened, unpacked, variable
from qkdopt.physics.clouds.samples import Place, Samples, Span

_NAME = re.compile(r"NC_H0[89]_(\d{8})_(\d{4})_L2CLP\w*_FLDK\.\d+_\d+\.nc$")
_THICKNESS, _TYPE = "CLOT", "CLTYPE"
_CLEAR_TYPE = 0


def read_himawari(path: Path, places: tuple[Place, ...], _: Span) -> Samples:
    """Return the codes of one scan: the optical thickness itself, from 0 to 150.

    That the code *is* the optical thickness is an assumption: the product's range is 0 to
    150, as that of the scheduling paper's codes. Where ``CLTYPE`` is clear and the
    thickness is missing, the code is 0.

    Raises
    ------
    InputError
        For another file name, a missing variable, packed values without a scale, and a
        station outside the grid.
    """
    instant = _instant(path)
    with opened(path) as dataset:
        cells = at_places(variable(dataset, _THICKNESS, path), places, path)
        code = unpacked(cells, path).reshape(-1)
        if _TYPE in dataset.variables:
            kind = at_places(dataset[_TYPE], places, path).values.reshape(-1)
            code = np.where(np.isnan(code) & (kind == _CLEAR_TYPE), 0.0, code)
    if code.size != len(places):
        raise InputError(f"{path}: {_THICKNESS}", "several instants", "one scan in a file")
    time_s = np.array([round(instant.timestamp())], dtype=np.int64)
    return Samples(f"{path}: {_THICKNESS}", time_s, code.reshape(1, -1))


def _instant(path: Path) -> datetime:
    match = _NAME.search(path.name)
    expected = "NC_H08_YYYYMMDD_hhmm_L2CLP..._FLDK.02401_02401.nc"
    if match is None:
        raise InputError(str(path), path.name, f"a file named {expected}")
    try:
        return datetime.strptime("".join(match.groups()), "%Y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError as error:
        raise InputError(str(path), path.name, f"an instant in {expected}") from error
