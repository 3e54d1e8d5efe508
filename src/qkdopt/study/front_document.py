"""The form of ``front.json``."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Annotated

from pydantic import Field

from qkdopt.files import read_json
from qkdopt.forms import Bits, DecimalText, Document, Line, Sha256, checked_document
from qkdopt.study.folder import check_own

FRONT = "front.json"

_EXPECTED = "a front written by qkdopt front"
_Divergence = Annotated[float, Field(ge=0)]


class FrontPointDocument(Document):
    """A point: the best schedule and the proved bound at one KL mismatch [nats]."""

    kl_max: DecimalText
    value: Bits
    bound: Bits
    divergence: _Divergence | None
    share_of_most: _Divergence | None = None
    knee: bool = False


class FrontMark(Document):
    """Another strategy's schedule on the same axes."""

    name: Line
    value: Bits
    divergence: _Divergence | None


class FrontDocument(Document):
    """A front; ``most`` are the bits of S-GD."""

    problem_sha256: Sha256 | None = None
    most: Bits
    points: list[FrontPointDocument]
    marks: list[FrontMark]
    notes: list[Line] = Field(default_factory=list)


def read_front_document(path: str | PathLike[str]) -> FrontDocument:
    """Read a ``front.json``.

    Raises
    ------
    InputError
        Naming the file and the key that is not as ``qkdopt front`` writes it.
    """
    return checked_document(FrontDocument, read_json(path, _EXPECTED), str(path), _EXPECTED)


def check_earlier_front(folder: Path) -> None:
    """Refuse a folder with files of a front's names that ``qkdopt front`` did not write.

    Raises
    ------
    OutputError
        When such files are there without a ``front.json`` of it.
    """
    names = (FRONT, "front.csv", "front.png", "resume.json", "certificates")
    how = "choose another folder, or --force to write over it"
    check_own(folder, names, lambda: read_front_document(folder / FRONT), how)
