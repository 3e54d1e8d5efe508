"""The form of ``what-if.json``."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from pydantic import Field, JsonValue

from qkdopt.effort import MOST_POINTS
from qkdopt.files import read_json
from qkdopt.forms import Bits, Count, Document, Line, Sha256, checked_document
from qkdopt.study.folder import check_own
from qkdopt.study.sharing_document import Interval, OptimumPart

WHAT_IF = "what-if.json"

_EXPECTED = "what qkdopt what-if -o wrote"


class RowPart(OptimumPart):
    """The scenario with some settings; stations have the bits of all links that end there."""

    settings: dict[Line, JsonValue]
    scenario_sha256: Sha256
    difference: Interval | None
    delivered: dict[Line, Bits]
    stations: dict[Line, Bits]
    station_differences: dict[Line, int]
    finite_bits: Bits | None = None


class SensitivityDocument(Document):
    """A scenario beside those with other settings."""

    scenario: Line
    scenario_sha256: Sha256
    strategy: Line
    grid: bool
    points: Count
    verified: bool
    base: RowPart
    rows: list[RowPart] = Field(max_length=MOST_POINTS)


def read_sensitivity_document(path: str | PathLike[str]) -> SensitivityDocument:
    """Read a ``what-if.json``.

    Raises
    ------
    InputError
        Naming the file and the key that is not as ``qkdopt what-if`` writes it.
    """
    return checked_document(SensitivityDocument, read_json(path, _EXPECTED), str(path), _EXPECTED)


def check_earlier_what_if(folder: Path) -> None:
    """Refuse a folder with files of these names that ``qkdopt what-if`` did not write.

    Raises
    ------
    OutputError
        When such files are there without a ``what-if.json`` of it.
    """
    names = (WHAT_IF, "what-if.csv", "what-if.png", "resume.json", "certificates")
    how = "choose another folder, or --force to write over it"
    check_own(folder, names, lambda: read_sensitivity_document(folder / WHAT_IF), how)
