"""The form of ``front.json``."""

from typing import Annotated

from pydantic import Field

from qkdopt.forms import Bits, DecimalText, Document, Line, Sha256

FRONT = "front.json"
FILES = (FRONT, "front.csv", "front.png", "resume.json", "certificates")
"""What the folder of results holds."""

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

    written_by = "a front written by qkdopt front"
    problem_sha256: Sha256 | None = None
    most: Bits
    points: list[FrontPointDocument]
    marks: list[FrontMark]
    notes: list[Line] = Field(default_factory=list)
