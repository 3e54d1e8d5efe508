"""Base of the JSON formats that qkdopt writes, validated like any input when read.

A form is a class of fields, as the tables of a scenario are. From it come the check with its
one-line errors and the published JSON Schema (``qkdopt.report.schemas``).
"""

import math
import re
from os import PathLike
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from qkdopt.documents import read_json
from qkdopt.errors import InputError

_LONGEST_LINE, _LONGEST_TEXT = 10_000, 100_000
_MOST_BITS = 2**128
_MOST_COUNT = 2**53
_MOST_SECONDS = 1e10
_QUOTIENT = "^-?[0-9]{1,4000}([./][0-9]{1,4000})?(e-?[0-9]{1,3})?$"
_SAID_BY_PYDANTIC = {
    "Input should be ": "",
    "String should match pattern": "text like",
    "String should have": "text of",
    "List should have": "a list of",
}
_Form = TypeVar("_Form", bound="Document")


class Document(BaseModel):
    """A JSON object that has exactly these keys; ``"1"`` is no number and 1 no truth value."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
    written_by: ClassVar[str] = "a document of qkdopt"
    """What a file of this form is, in words, for errors."""

    @classmethod
    def read(cls, path: str | PathLike[str]) -> Self:
        """Read a file of this form.

        Raises
        ------
        InputError
            Naming the file and the first key that is not as qkdopt writes it.
        """
        return checked_document(cls, read_json(path, cls.written_by), str(path), cls.written_by)


def checked_document(form: type[_Form], document: object, where: str, expected: str) -> _Form:
    """Validate a parsed JSON document and return its model.

    Parameters
    ----------
    where
        Name of the file, for errors.
    expected
        What the file should be, in words: ``"a front written by qkdopt front"``.

    Raises
    ------
    InputError
        Naming the file and the first key that does not fit, what stood there and what was
        expected.
    """
    if not isinstance(document, dict):
        raise InputError(where, f"no JSON object but {type(document).__name__}", expected)
    try:
        return form.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
    key = _key(first["loc"])
    place = f"{where}: {key}" if key else where
    if first["type"] == "missing":
        raise InputError(place, "nothing", "a value")
    if first["type"] == "extra_forbidden":
        raise InputError(place, "an unknown key", "none of that name")
    raise InputError(place, first["input"], _wanted(first["msg"]))


def document_schema(form: type[Document], name: str, title: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a form, to be published under ``name``."""
    schema = form.model_json_schema()
    schema.pop("description", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{name}.schema.json",
        **_untitled(schema),
        "title": title,
    }


def _key(places: tuple[int | str, ...]) -> str:
    """Return ``points[3].value`` for the places that lead to a value."""
    text = "".join(f"[{place}]" if isinstance(place, int) else f".{place}" for place in places)
    return text.removeprefix(".")


def _wanted(message: str) -> str:
    for start, ours in _SAID_BY_PYDANTIC.items():
        message = message.replace(start, ours, 1)
    return message


def _untitled(schema: object) -> Any:
    """Return a schema without the titles that pydantic makes of names of fields."""
    if isinstance(schema, list):
        return [_untitled(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _untitled(item) for name, item in value.items()}
        if key in ("properties", "$defs")
        else _untitled(value)
        for key, value in schema.items()
        if key != "title"
    }


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError("line", "text without control characters")
    return text


def _nats(value: object) -> float | str:
    if value == "inf" and isinstance(value, str):
        return "inf"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("nats", 'a number of nats >= 0, or "inf"')
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not 0 <= number < math.inf:
        raise PydanticCustomError("nats", 'a number of nats >= 0, or "inf"')
    return number


def _plain_name(name: str) -> str:
    if name in (".", ".."):
        raise PydanticCustomError("name", "the name of a file")
    return name


def _claimed(value: Any) -> object:
    if _is_whole(value) or _is_quotient(value):
        return value
    both = isinstance(value, dict) and set(value) == {"t", "total"}
    if both and _is_quotient(value["t"]) and _is_whole(value["total"]):
        return value
    raise PydanticCustomError("claim", "a value as certificates write it")


def _is_whole(value: object) -> bool:
    return type(value) is int and 0 <= value <= _MOST_BITS


def _is_quotient(value: object) -> bool:
    return isinstance(value, str) and re.match(_QUOTIENT, value) is not None


Bits = Annotated[int, Field(ge=0, le=_MOST_BITS)]
"""Secret bits, or a value made of them."""

Count = Annotated[int, Field(ge=0, le=_MOST_COUNT)]
"""A number of things."""

Seconds = Annotated[float, Field(ge=0, le=_MOST_SECONDS)]

Share = Annotated[float, Field(ge=0, le=1)]

DecimalText = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,8})(\.[0-9]{1,40})?$")]
"""A number >= 0 as text that keeps its decimals: ``"0.01"``."""

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]

Line = Annotated[str, Field(max_length=_LONGEST_LINE), AfterValidator(_one_line)]
"""One line of text that a terminal can show."""

Nats = Annotated[
    Any,
    BeforeValidator(_nats),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"const": "inf"}]}),
]
"""A divergence [nats]; infinity is the text ``"inf"``."""

Text = Annotated[str, Field(max_length=_LONGEST_TEXT)]
"""Any text; it must be neutralised before it is displayed."""

FileName = Annotated[str, Field(pattern=r"^[^/\\\x00-\x1f]{1,255}$"), AfterValidator(_plain_name)]
"""Name of a file in the current folder, without any path."""

Claimed = Annotated[
    Any,
    BeforeValidator(_claimed),
    WithJsonSchema({
        "anyOf": [
            {"type": "integer", "minimum": 0, "maximum": _MOST_BITS},
            {"type": "string", "pattern": _QUOTIENT},
            {
                "type": "object",
                "additionalProperties": False,
                "required": ["t", "total"],
                "properties": {
                    "t": {"type": "string", "pattern": _QUOTIENT},
                    "total": {"type": "integer", "minimum": 0, "maximum": _MOST_BITS},
                },
            },
        ]
    }),
]  # fmt: skip
"""A value or bound as certificates write it: whole, a quotient as text, or ``t`` and total."""


class Strategy(Document):
    """A strategy as certificates write it; further settings have names of their own."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, JsonValue]

    name: Line
    kl_max: DecimalText | None = None
