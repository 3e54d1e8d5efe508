"""The form of ``what-if.json``."""

from pydantic import Field, JsonValue

from qkdopt.effort import MOST_POINTS
from qkdopt.forms import Bits, Count, Document, Line, Sha256
from qkdopt.study.sharing_document import Interval, OptimumPart

WHAT_IF = "what-if.json"
FILES = (WHAT_IF, "what-if.csv", "what-if.png", "resume.json", "certificates")
"""What the folder of results holds."""


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

    written_by = "what qkdopt what-if -o wrote"
    scenario: Line
    scenario_sha256: Sha256
    strategy: Line
    grid: bool
    points: Count
    verified: bool
    base: RowPart
    rows: list[RowPart] = Field(max_length=MOST_POINTS)
