"""Traffic weights from the command line: in place, or from a file."""

from collections.abc import Iterable
from pathlib import Path

from qkdopt.comma_separated import table_rows
from qkdopt.documents import DocumentError, parse_json, parse_toml
from qkdopt.errors import InputError
from qkdopt.opening import MATRIX, read_text

_NAME_AND_WEIGHT = 2


def read_weights(text: str, option: str = "--weights", what: str = "weight") -> dict[str, object]:
    """Return a number by target, its weight for instance, of ``A=25,B=12`` or of a file.

    Files: ``.json`` and ``.toml`` with one key per target, ``.csv`` with a header
    ``target,weight`` (``what`` is the last word). Whether the numbers fit the targets is
    checked where they are used.

    Raises
    ------
    InputError
        When the text or the file cannot be read like that, or names a target twice.
    """
    path = Path(text)
    if path.suffix in (".json", ".toml", ".csv") and "=" not in path.name:
        return _from_file(path, option, what)
    pairs = []
    for item in text.split(","):
        name, equals, weight = item.rpartition("=")
        if not equals or not name.strip():
            form = f"NAME={what.upper()},NAME={what.upper()} or a .json, .toml, .csv file"
            raise InputError(option, item, form)
        pairs.append((name.strip(), weight.strip()))
    return _unique(pairs, option)


def _from_file(path: Path, option: str, what: str) -> dict[str, object]:
    where = f"{option} {path}"
    text = read_text(path, MATRIX, f"a file of {what}s", where)
    if path.suffix == ".csv":
        return _unique(_csv_pairs(text, where, what), where)
    try:
        found = parse_toml(text) if path.suffix == ".toml" else parse_json(text, exact=True)
    except DocumentError as error:
        raise InputError(where, f"a syntax error ({error})", f"one {what} by target") from error
    if not isinstance(found, dict):
        raise InputError(where, found, 'an object such as {"A": 25, "B": 12}')
    return found


def _csv_pairs(text: str, where: str, what: str) -> list[tuple[str, str]]:
    rows = [row for _, row in table_rows(text, where, f"rows target,{what}")]
    if not rows or rows[0] != ["target", what]:
        came = ",".join(rows[0]) if rows else "nothing"
        raise InputError(where, came, f"a header target,{what}")
    for row in rows[1:]:
        if len(row) != _NAME_AND_WEIGHT:
            raise InputError(where, ",".join(row), f"rows target,{what}")
    return [(row[0], row[1]) for row in rows[1:]]


def _unique(pairs: Iterable[tuple[str, object]], where: str) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, weight in pairs:
        if name in found:
            raise InputError(where, name, "each target once")
        found[name] = weight
    return found
