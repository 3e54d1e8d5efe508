"""The kinds of values that a scenario file holds, and the base of its tables."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, WithJsonSchema
from pydantic_core import PydanticCustomError

from qkdopt.numerals import NumeralError, exact_decimal

__all__ = ["ExactNumber", "Number", "Part", "Text", "Whole"]


class Part(BaseModel):
    """A frozen table of a scenario that knows exactly its own keys.

    Keys carry the unit in which a human writes them; properties give SI units and radians.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    absent_by_default: ClassVar[frozenset[str]] = frozenset()
    """Keys that digests leave out where they have their default: those of later versions."""

    def canonical(self) -> dict[str, object]:
        """Return the values that count, by key."""
        return {
            name: getattr(self, name)
            for name, field in type(self).model_fields.items()
            if name not in self.absent_by_default or getattr(self, name) != field.default
        }


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise PydanticCustomError("number", "not a number")
    try:
        return float(value)
    except OverflowError as error:
        raise PydanticCustomError("number", "too large") from error


def _exact_number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise PydanticCustomError("number", "not a number")
    try:
        return exact_decimal(value)
    except NumeralError as error:
        raise PydanticCustomError("number", "no finite number") from error


def _whole(value: object) -> int:
    if type(value) is not int:
        raise PydanticCustomError("whole", "not a whole number")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise PydanticCustomError("text", "not text")
    return value


def _one_line(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise PydanticCustomError("text", "not a line of text")
    return value.strip()


Number = Annotated[float, BeforeValidator(_number)]
"""A finite number; numbers in quotes and booleans are refused."""

ExactNumber = Annotated[Decimal, BeforeValidator(_exact_number)]
"""A finite number that keeps its decimals exactly."""

Whole = Annotated[int, BeforeValidator(_whole)]
"""A whole number, written without a point."""

Text = Annotated[
    str,
    BeforeValidator(_text),
    AfterValidator(_one_line),
    WithJsonSchema({"type": "string", "minLength": 1}),
]
"""One line of text that is not blank."""
