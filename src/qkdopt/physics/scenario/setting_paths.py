"""Where in a scenario file a dotted path points; what there is to set is read from the schema."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from qkdopt.errors import Described, InputError
from qkdopt.physics.scenario.schema import scenario_schema
from qkdopt.physics.scenario.validation import Tables

Place: TypeAlias = tuple[str | int, ...]
"""Keys from the top of the file, and positions in arrays of tables."""

_PART = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^\s."'](?:[^."]*[^\s."])?))\s*(\.|\Z)""")
_BARE = re.compile(r"""[^\s."'](?:[^\s."]*)""")
_OF_ONE_STATION = ("source", "detector", "optics", "losses", "plugin")
_LIKENESS = 0.5
_MOST_LISTED = 30


def place_of(tables: Tables, path: str, *, whole: bool = False) -> Place:
    """Return the place that a path means in a scenario's tables.

    Parameters
    ----------
    whole
        Whether it may be a table, or an array of tables.

    Raises
    ------
    InputError
        For a path that names nothing, or may mean several keys; with the nearest name.
    """
    here = _Here((), _schema(), tables, _unused(tables), f"setting {path}")
    left = parts_of(path)
    while left and not here.is_open:
        here = here.named(left[0]) if here.is_array else here.entered(left[0])
        del left[0]
    if not (left or whole) and (here.is_array or here.keys):
        raise here.incomplete()
    return (*here.place, *left)


def parts_of(path: str) -> list[str]:
    """Return the parts of a dotted path, without quotation marks.

    Raises
    ------
    InputError
        For an empty part, or a quotation mark that does not end.
    """
    found, position = [], 0
    while match := _PART.match(path, position):
        double, single, bare, dot = match.groups()
        found.append(next(part for part in (double, single, bare) if part is not None))
        position = match.end()
        if not dot:
            return found
    expected = "keys and names with dots between them, such as station.Graz.alt_m"
    raise InputError("setting", path, expected)


def dotted(tables: Tables, place: Place) -> str:
    """Return a place as a path, with names in place of positions."""
    words: list[str] = []
    table: Any = tables
    for part in place:
        table = table[part] if isinstance(part, int) else table.get(part, {})
        words.append(_name(table) if isinstance(part, int) else part)
    return ".".join(word if _BARE.fullmatch(word) else f'"{word}"' for word in words)


@dataclass(frozen=True)
class _Here:
    """A place, what the schema knows of it, and what stands there.

    ``unused`` are tables that nothing in this scenario would read.
    """

    place: Place
    node: Tables
    value: object
    unused: frozenset[str]
    where: str

    @property
    def keys(self) -> Tables:
        """What may stand in this table, by key; empty where it is no table."""
        return _properties(self.node)

    @property
    def is_array(self) -> bool:
        """Whether this is an array of tables, each with a name."""
        return "name" in _properties(self.node.get("items", {}))

    @property
    def is_open(self) -> bool:
        """Whether this is a table of keys that the schema does not know."""
        others = self.node.get("additionalProperties", True)
        return self.node.get("type") == "object" and others is not False

    def child(self, key: str) -> _Here:
        """Return what is at a known key."""
        value = self.value.get(key) if isinstance(self.value, Mapping) else None
        node = _resolved(self.keys[key])
        return _Here((*self.place, key), node, value, self.unused, self.where)

    def rows(self) -> dict[str, _Here]:
        """Return the tables of this array by name."""
        node = self.node["items"]
        return {
            _name(row): _Here((*self.place, n), node, row, self.unused, self.where)
            for n, row in enumerate(self.value if isinstance(self.value, list) else ())
        }

    def tables(self) -> Iterator[_Here]:
        """Yield the tables within this one, at any depth, that something would read."""
        unused = self.unused if self.place[-1:] != ("entanglement",) else ()
        for key in self.keys:
            inner = self.child(key)
            if key not in unused and inner.keys:
                yield inner
                yield from inner.tables()

    def single_rows(self) -> Iterator[_Here]:
        """Yield the row of each array that has one, and the tables within."""
        for key in self.keys:
            inner = self.child(key)
            if inner.is_array and len(rows := inner.rows()) == 1:
                for row in rows.values():
                    yield row
                    yield from row.tables()

    def named(self, name: str) -> _Here:
        """Return the row of that name."""
        rows = self.rows()
        if name in rows:
            return rows[name]
        many = len(rows) > _MOST_LISTED
        known = f"one of {len(rows):,} names" if many else f"one of {', '.join(rows) or 'none'}"
        raise InputError(self.where, name, known + _hint(name, {row: row for row in rows}))

    def entered(self, key: str) -> _Here:
        """Return what is at a key of this table, or of the only table within that has it."""
        if key in self.keys:
            return self.child(key)
        found = [inner for inner in self.tables() if key in inner.keys]
        found = found or [row for row in self.single_rows() if key in row.keys]
        if len(found) == 1:
            return found[0].child(key)
        if found:
            ways = " or ".join(".".join([*map(str, inner.place), key]) for inner in found)
            raise InputError(self.where, key, f"the table, too: {ways}")
        if not self.keys:
            raise InputError(self.where, key, "no further key after a value")
        raise self._unknown(key)

    def incomplete(self) -> InputError:
        """Return the error of a path that ends at a table, or at tables with names."""
        came = Described("tables" if self.is_array else "a table")
        known = self.rows() if self.is_array else self.keys
        what = "name" if self.is_array else "key"
        return InputError(self.where, came, f"a {what} after it: {', '.join(known)}")

    def _unknown(self, key: str) -> InputError:
        near = {name: name for inner in self.tables() for name in inner.keys}
        near |= {name: name for name in self.keys}
        for kind in self.keys:
            inner = self.child(kind)
            if inner.is_array:
                near |= {name: f"{kind}.{name}" for name in inner.rows()}
        expected = f"one of {', '.join(self.keys)}{_hint(key, near)}"
        return InputError(self.where, f"unknown key {key}", expected)


def _hint(word: str, known: Mapping[str, str]) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=_LIKENESS)
    return f" (did you mean {known[near[0]]}?)" if near else ""


@cache
def _schema() -> Tables:
    return scenario_schema()


def _resolved(node: Tables) -> Tables:
    """Return what a node refers to, or the node."""
    if "$ref" not in node:
        return node
    found = _schema()
    for key in node["$ref"].removeprefix("#/").split("/"):
        found = found[key]
    return found


def _properties(node: Tables) -> Tables:
    """Return what a table may have, in any of its forms."""
    node = _resolved(node)
    found: Tables = node.get("properties", {})
    for form in (*node.get("oneOf", ()), *node.get("anyOf", ())):
        found = {**_properties(form), **found}
    return found


def _name(row: Tables) -> str:
    """Return what a row is called; a pair without a name is called by its ends."""
    return str(row["name"]) if "name" in row else "-".join(row.get("stations", ()))


def _unused(tables: Tables) -> frozenset[str]:
    """Return the common tables that nothing would read."""
    links: Iterable[Mapping[str, object]] = tables.get("link", [{}])
    satellites = (*tables.get("satellite", ()), *tables.get("constellation", ()))
    found = set(_OF_ONE_STATION) if all("stations" in link for link in links) else set()
    if not any("entanglement" in part for part in (tables, *satellites)):
        found.add("entanglement")
    return frozenset(found)
