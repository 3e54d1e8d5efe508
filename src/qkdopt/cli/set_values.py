"""The values of ``--set KEY=V1,V2,...``, written as in a scenario file."""

import re
from collections.abc import Iterable, Iterator

from qkdopt.documents import DocumentError, parse_toml
from qkdopt.errors import Described, InputError

_KEY = re.compile(r"""((?:"[^"]*"|'[^']*'|[^="'])(?:"[^"]*"|[^="])*)=(.+)""", re.DOTALL)
_EXPECTED = "KEY=VALUE,VALUE,... such as station.Graz.alt_m=350,1200"


def read_settings(texts: Iterable[str]) -> dict[str, list[object]]:
    """Return the values by key, in the order in which they stand; a key may come again.

    Values are those of TOML; text needs no quotation marks.

    Raises
    ------
    InputError
        For a text without a key or a value.
    """
    found: dict[str, list[object]] = {}
    for text in texts:
        match = _KEY.fullmatch(text.strip())
        if match is None or not match[2].strip():
            raise InputError("--set", text, _EXPECTED)
        found.setdefault(match[1].strip(), []).extend(_values(match[2], text))
    if not found:
        raise InputError("--set", Described("nothing"), _EXPECTED)
    return found


def _values(text: str, whole: str) -> Iterator[object]:
    """Yield the values of a list; what is no TOML is text."""
    try:
        yield from parse_toml(f"values = [{text}]")["values"]
    except DocumentError:
        for piece in text.split(","):
            if not piece.strip():
                raise InputError("--set", whole, _EXPECTED) from None
            try:
                yield parse_toml(f"value = {piece}")["value"]
            except DocumentError:
                yield piece.strip()
