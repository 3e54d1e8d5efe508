"""The kinds of values that a scenario file holds, and the base of its tables."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, ClassVar, Self, TypeVar

from annotated_types import Ge, Le
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.config import JsonDict, JsonValue
from pydantic_core import PydanticCustomError

from qkdopt.numerals import NumeralError, exact_decimal

_UNITS = ("Hz", "s", "m", "km", "nm", "deg", "urad", "nepers")
_UNIT_BY_ENDING = {unit.lower(): unit for unit in _UNITS} | {"bits": "bit"}
_Default = TypeVar("_Default")


def default(
    value: _Default,
    description: str,
    source: str = "",
    *,
    unit: str = "",
    min_length: int | None = None,
    max_length: int | None = None,
) -> _Default:
    """Return the field of a key that a table need not have.

    Parameters
    ----------
    description
        What it means, for schema and documentation.
    source
        Where the default is from.
    unit
        Of a number whose name does not end in it.
    """
    said: JsonDict = {"source": source, "unit": unit}
    return Field(
        value,
        description=description,
        json_schema_extra={name: text for name, text in said.items() if text},
        min_length=min_length,
        max_length=max_length,
    )


def _state_units(schema: JsonDict) -> None:
    """State the unit of each number in a table's schema: the end of its name, or 1."""
    properties = schema.get("properties")
    for name, node in properties.items() if isinstance(properties, dict) else ():
        if isinstance(node, dict) and _holds_numbers(node):
            node.setdefault("unit", _UNIT_BY_ENDING.get(name.rpartition("_")[2], "1"))


def _holds_numbers(node: JsonValue) -> bool:
    if isinstance(node, list):
        return any(map(_holds_numbers, node))
    if not isinstance(node, dict):
        return False
    inner = (node.get(name) for name in ("items", "anyOf"))
    return node.get("type") in ("number", "integer") or any(map(_holds_numbers, inner))


class Part(BaseModel):
    """A frozen table of a scenario that knows exactly its own keys.

    Keys carry the unit in which a human writes them; properties give SI units and radians.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, json_schema_extra=_state_units
    )

    absent_by_default: ClassVar[frozenset[str]] = frozenset()
    """Keys that digests leave out where they have their default: those of later versions."""

    curves: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """Keys whose value may be a list of points, or a CSV file's name: names of its columns."""

    named_curves: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """By key of a curve: words that are no file's name but a curve that the code knows."""

    in_place_of: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """By key: others that mean the same, and do not count where it is stated nearer by."""

    def canonical(self) -> dict[str, object]:
        """Return the values that count, by key."""
        return {
            name: getattr(self, name)
            for name, field in type(self).model_fields.items()
            if name not in self.absent_by_default or getattr(self, name) != field.default
        }

    def check(self, where: str) -> None:
        """Refuse values that are each in range and do not fit together.

        Raises
        ------
        InputError
            Naming the key; ``where`` is prefixed to it.
        """

    def with_keys_of(self, own: Self | None) -> Self:
        """Return this table with the keys that ``own`` states in place of its own."""
        if own is None:
            return self
        stated = own.model_fields_set
        dropped = {other for key in stated for other in self.in_place_of.get(key, ())} - stated
        update = {key: type(self).model_fields[key].default for key in dropped}
        found = self.model_copy(update=update | {key: getattr(own, key) for key in stated})
        found.model_fields_set.difference_update(dropped)
        return found


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

Share = Annotated[Number, Ge(0), Le(1)]
"""A share of something, or a probability."""

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

_SCHEMA_OF_POINTS = {
    "type": ["array", "string"],
    "items": {
        "type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2,
    },
    "minItems": 1,
    "minLength": 1,
}  # fmt: skip
Points = Annotated[tuple[tuple[Number, Number], ...], WithJsonSchema(_SCHEMA_OF_POINTS)]
"""Points of a curve; in a file a list of pairs, or the name of a CSV file."""
