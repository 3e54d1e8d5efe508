"""The form of ``*.history.json``."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from qkdopt.forms import Bits, Count, Document, Line, Seconds, Sha256, Strategy

FORMAT, VERSION = "qkdopt-history", 1
_NotNegative = Annotated[float, Field(ge=0)]


class GenerationColumns(Document):
    """One list for each field of :class:`qkdopt.certificates.Generation`, all of one length."""

    evaluations: list[Count]
    seconds: list[Seconds]
    best: list[Bits]
    divergence: list[_NotNegative | None]
    mean: list[_NotNegative]
    least_divergence: list[_NotNegative | None]

    @model_validator(mode="after")
    def _of_one_length(self) -> Self:
        if len({len(column) for _, column in self}) > 1:
            raise PydanticCustomError("lengths", "columns of one length")
        return self


class HistoryDocument(Document):
    """The history of one search, and what it was about."""

    written_by = "a history written by qkdopt solve --history"
    format: Literal["qkdopt-history"]
    version: Literal[1]
    problem_sha256: Sha256
    strategy: Strategy
    solver: Line
    seed: Count
    bound: Bits | None
    generations: GenerationColumns
