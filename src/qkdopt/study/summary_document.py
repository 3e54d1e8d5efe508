"""The form of ``summary.json``; what has it was written by a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, JsonValue

from qkdopt.certificates import Ended
from qkdopt.files import read_json
from qkdopt.forms import (
    Bits,
    Count,
    Document,
    FileName,
    Line,
    Nats,
    Seconds,
    Sha256,
    Share,
    Text,
    checked_document,
)

__all__ = ["KeptFile", "SolverSummary", "StrategySummary", "SummaryDocument", "read_summary"]

_EXPECTED = "the summary of a run"
_Ended = Annotated[Ended, Field(strict=False)]


class SolverSummary(Document):
    """Result of one solver; times by phase [s]."""

    value: Bits
    bound: Bits
    ended: _Ended
    verified: bool
    seconds: dict[Text, Seconds]


class StrategySummary(Document):
    """The best result of a strategy, and each solver's."""

    value: Bits
    bound: Bits
    ended: _Ended
    verified: bool
    optimal: bool
    delivered: dict[Line, Bits] | None = None
    total: Bits | None = None
    divergence: Nats | None = None
    utilisation: Share | None = None
    pairing: dict[str, JsonValue] | None = None
    findings: list[Text]
    solvers: dict[Line, SolverSummary]


class KeptFile(Document):
    """What the next run needs to take a file over; ``time_limit`` [s]."""

    sha256: Sha256
    time_limit: Seconds | None


class SummaryDocument(Document):
    """One run; ``seconds`` by step, ``inputs`` what its files depend on."""

    name: Text
    folder: Text
    problem_sha256: Sha256
    links: Count
    active_intervals: Count
    satellites: list[Line] | None = None
    targets: Annotated[list[Line], Field(min_length=1)]
    weights: dict[Line, Bits] | None = None
    pair_links: Text | None = None
    pair_keys: Text | None = None
    success_fractions: Text | None = None
    verified: bool
    complete: bool
    interrupted: bool
    strategies: dict[Line, StrategySummary]
    seconds: dict[Text, Seconds]
    taken_over: list[FileName]
    inputs: dict[Line, Line]
    files: dict[FileName, KeptFile]


def read_summary(path: Path) -> SummaryDocument:
    """Read a ``summary.json``.

    Raises
    ------
    InputError
        Naming the file and the key that is not as ``qkdopt run`` writes it.
    """
    return checked_document(SummaryDocument, read_json(path, _EXPECTED), str(path), _EXPECTED)
