"""Take typed members out of a problem's parsed JSON; refuse what does not fit by its place."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from qkdopt.errors import InputError
from qkdopt.names import first_repeated
from qkdopt.numerals import NumeralError, read_decimal
from qkdopt.tensor import whole_traffic
from qkdopt.tensor.scenarios import probabilities_of
from qkdopt.timegrid import decimal_seconds, plain_decimal

_BEYOND = 2**62


def members(
    document: object, where: str, required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return an object that has every required member and none that is unknown."""
    if not isinstance(document, dict):
        raise InputError(where, document, f"an object with {', '.join(required)}")
    for key in required:
        if key not in document:
            raise InputError(f"{where}: {key}", "nothing", "a value")
    for key in document:
        if key not in (*required, *optional):
            raise InputError(f"{where}: {key}", "an unknown key", "none of that name")
    return document


def printable(value: object, where: str) -> str:
    """Return a name that can be printed."""
    if type(value) is not str or not value.strip() or not value.isprintable():
        raise InputError(where, value, "a name that can be printed")
    return value


def names(value: object, where: str) -> tuple[str, ...]:
    """Return a list of different names, at least one."""
    texts = isinstance(value, list) and set(map(type, value)) == {str}
    if not isinstance(value, list) or not texts or first_repeated(value) is not None:
        raise InputError(where, value, "a list of different names")
    return tuple(printable(name, f"{where}[{n}]") for n, name in enumerate(value))


def index(value: object, below: int, where: str) -> int:
    """Return a whole number from 0 to ``below - 1``."""
    if type(value) is not int or not 0 <= value < below:
        raise InputError(where, value, f"an index below {below}")
    return value


def integers(value: object, where: str) -> list[int]:
    """Return a list of whole numbers."""
    if not isinstance(value, list) or set(map(type, value)) - {int}:
        raise InputError(where, value, "a list of whole numbers")
    if value and max(abs(min(value)), abs(max(value))) >= _BEYOND:
        raise InputError(where, "a number beyond 2^62", "smaller numbers")
    return value


def table(value: object, rows: int, columns: int, where: str) -> list[list[int]]:
    """Return a table of whole numbers."""
    if not isinstance(value, list) or len(value) != rows:
        raise InputError(where, type(value).__name__, f"a list of {rows} rows")
    for position, row in enumerate(value):
        if len(integers(row, f"{where}[{position}]")) != columns:
            raise InputError(f"{where}[{position}]", f"{len(row)} values", f"{columns} values")
    return value


def decimal(value: object, where: str) -> Decimal:
    """Return seconds as text states them."""
    try:
        if type(value) is str:
            return read_decimal(value)
    except NumeralError:
        pass
    raise InputError(where, value, 'seconds as decimal text such as "10"')


def seconds(value: object, where: str, *, positive: bool = False) -> Decimal:
    """Return seconds in their one spelling, as version 2 asks for."""
    found = decimal_seconds(decimal(value, where), where, positive=positive)
    if plain_decimal(found) != value:
        raise InputError(where, value, f'"{plain_decimal(found)}", the plain spelling')
    return found


def receivers(value: object, where: str) -> int:
    """Return a number of receivers."""
    if type(value) is not int or not 1 <= value < 2**31:
        raise InputError(where, value, "a whole number >= 1 and below 2^31")
    return value


def probabilities(value: object, where: str) -> tuple[Fraction, ...]:
    """Return the probabilities of cloud scenarios, in their one spelling."""
    stated = members(value, where, ("probabilities",))["probabilities"]
    where = f"{where}.probabilities"
    if not isinstance(stated, list):
        raise InputError(where, stated, 'a list of fractions such as "1/2"')
    return probabilities_of(stated, where)


def weights(value: object, targets: int, where: str) -> tuple[int, ...]:
    """Return a whole weight for each target, not all of them 0."""
    found = integers(value, where)
    if len(found) != targets or min(found) < 0 or not any(found):
        raise InputError(where, found, f"{targets} whole numbers >= 0, not all 0")
    return tuple(found)


def whole_bits_of(value: object, targets: int, where: str) -> tuple[int, ...]:
    """Return whole bits of each target."""
    found = integers(value, where)
    if len(found) != targets or min(found) < 0:
        raise InputError(where, found, f"{targets} whole numbers >= 0")
    return tuple(found)


def traffic(
    document: dict[str, Any], targets: tuple[str, ...], where: str
) -> tuple[tuple[int, ...], ...] | None:
    """Return the bits that each pair of targets wants to share, if they are stated."""
    if "traffic" not in document:
        return None
    where = f"{where}: traffic"
    rows = table(document["traffic"], len(targets), len(targets), where)
    by_name = {
        name: dict(zip(targets, row, strict=True)) for name, row in zip(targets, rows, strict=True)
    }
    return whole_traffic(by_name, targets, where)


def information(document: dict[str, Any], where: str) -> dict[str, str] | None:
    """Return what else somebody wants to be known, if there is anything."""
    if "information" not in document:
        return None
    found = document["information"]
    good = isinstance(found, dict) and all(type(text) is str for text in found.values())
    if not good or not found:
        raise InputError(f"{where}: information", found, "an object of texts")
    return dict(found)
