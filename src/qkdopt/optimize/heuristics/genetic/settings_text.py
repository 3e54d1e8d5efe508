"""Settings as text, ``population=100``: from a command line, or a solver of a benchmark."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from qkdopt.errors import InputError
from qkdopt.nearest import one_of
from qkdopt.numerals import NumeralError, read_decimal
from qkdopt.optimize.exchange.genetic_settings import GeneticSettings

_MOST_DIGITS = 18  # before the point; more fit no size, and thousands take long to read


def settings_from_text(pairs: Iterable[str], where: str) -> GeneticSettings:
    """Return the settings that texts ``NAME=VALUE`` ask for, the usual ones otherwise.

    Whole numbers may be written ``100000``, ``100_000`` or ``1e5``.

    Raises
    ------
    InputError
        For anything but ``NAME=VALUE``, for unknown names, with the one that was probably
        meant, for a name that stands there twice, and for values out of range.
    """
    kinds = {field.name: str(field.type) for field in fields(GeneticSettings)}
    chosen: dict[str, Any] = {}
    for pair in pairs:
        name, sign, text = (part.strip() for part in pair.partition("="))
        name = name.replace("-", "_")
        if not sign or not name or not text:
            raise InputError(where, pair, "NAME=VALUE, such as population=100")
        if name not in kinds:
            raise InputError(where, f"unknown setting {name}", one_of(kinds, name))
        if name in chosen:
            raise InputError(where, pair, f"{name} once")
        chosen[name] = _value(text, kinds[name], f"{where}: {name}")
    return GeneticSettings(**chosen)


def _value(text: str, kind: str, where: str) -> int | float | str:
    if "str" in kind:
        return text
    whole = "int" in kind
    expected = "a whole number" if whole else "a number"
    try:
        number = read_decimal(text)
    except NumeralError as error:
        raise InputError(where, text, expected) from error
    if number.adjusted() > _MOST_DIGITS or (whole and number % 1):
        raise InputError(where, text, expected)
    return int(number) if whole else float(number)
