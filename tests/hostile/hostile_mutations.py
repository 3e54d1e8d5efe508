"""Spoil a good file: byte by byte, token by token, or along the structure of its JSON."""

from __future__ import annotations

import copy
import gzip
import json
import random
import re
from collections.abc import Callable
from typing import Any

NUMBERS = (
    "0", "-0", "-1", "1", "0.5", "-0.5", "1e-999999999", "1e999999999", "1E+400", "nan", "NaN",
    "inf", "-Infinity", "9" * 20, "9" * 400, "9" * 5000, "0x" + "f" * 5000, "0b1", "1_000", "1.",
    ".5", "+3", "１２", "4503599627370496", "9223372036854775807", "9223372036854775808",
    "18446744073709551616", "-9223372036854775809", "1/0", "1/3", "-1/3", "1e5", "86400", "1e-30",
)  # fmt: skip
WORDS = (
    "", " ", "\x00", "\x1b[31mred\x1b[0m", "‮", "=1+1", "@x", "{0.__class__}", "{}", "%s%n",
    "../../../etc/passwd", "/dev/zero", "/dev/null", "\ud800", "A" * 10_000, "\n", "\r\nX: y",
    "None", "null", "true", "😀", "é", "'", '"', "\\", "<script>", "idle", "gd", "2016-09-19",
    "2016-02-30T25:61:61Z", "0001-01-01", "9999-12-31T23:59:59Z", "-",
)  # fmt: skip
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_WORD = re.compile(rb"[A-Za-z_][A-Za-z_0-9-]*")


def spoiled(data: bytes, name: str, random: random.Random) -> bytes:
    """Return ``data`` with one to three changes; ``name`` says what kind of file it is."""
    if name.endswith(".gz"):
        if random.random() < 0.3:
            return _changed(data, random, _BYTES)
        return gzip.compress(spoiled(gzip.decompress(data), name[:-3], random), mtime=0)
    if name.endswith((".json", ".jsonl")) and random.random() < 0.7:
        return _spoiled_json(data, random)
    if name.endswith(".nc"):
        return _changed(data, random, _BYTES)
    return _changed(data, random, _TEXT if random.random() < 0.8 else _BYTES)


def _changed(data: bytes, random: random.Random, kinds: tuple[_Change, ...]) -> bytes:
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        data = random.choice(kinds)(data, random)
    return data


_Change = Callable[[bytes, random.Random], bytes]


def _span(data: bytes, random: random.Random) -> tuple[int, int]:
    begin = random.randrange(len(data) + 1)
    return begin, min(len(data), begin + random.choice((1, 2, 4, 16, 64, 1024)))


def _flip(data: bytes, random: random.Random) -> bytes:
    if not data:
        return b"\xff"
    at = random.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << random.randrange(8))]) + data[at + 1 :]


def _delete(data: bytes, random: random.Random) -> bytes:
    begin, end = _span(data, random)
    return data[:begin] + data[end:]


def _repeat(data: bytes, random: random.Random) -> bytes:
    begin, end = _span(data, random)
    return data[:begin] + data[begin:end] * random.choice((2, 3, 50)) + data[end:]


def _insert(data: bytes, random: random.Random) -> bytes:
    at = random.randrange(len(data) + 1)
    junk = random.choice(
        (b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\xc3\x28", b"\xed\xa0\x80", b"[" * 5000,
         b'{"a":' * 3000, b"#", b",", b"\n\n", random.randbytes(7))
    )  # fmt: skip
    return data[:at] + junk + data[at:]


def _truncate(data: bytes, random: random.Random) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _other_encoding(data: bytes, random: random.Random) -> bytes:
    return data.decode("utf-8", "replace").encode(random.choice(("utf-16", "utf-32", "utf-8-sig")))


def _replaced(data: bytes, random: random.Random, pattern: re.Pattern[bytes], new: str) -> bytes:
    found = list(pattern.finditer(data))
    if not found:
        return data + new.encode("utf-8", "surrogatepass")
    place = random.choice(found)
    return data[: place.start()] + new.encode("utf-8", "surrogatepass") + data[place.end() :]


def _other_number(data: bytes, random: random.Random) -> bytes:
    return _replaced(data, random, _NUMBER, random.choice(NUMBERS))


def _other_word(data: bytes, random: random.Random) -> bytes:
    return _replaced(data, random, _WORD, random.choice(WORDS))


def _number_for_word(data: bytes, random: random.Random) -> bytes:
    return _replaced(data, random, _WORD, random.choice(NUMBERS))


def _lines(data: bytes, random: random.Random) -> bytes:
    lines = data.split(b"\n")
    at, other = random.randrange(len(lines)), random.randrange(len(lines))
    kind = random.randrange(4)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(other, lines[at])
    elif kind == 2:
        lines[at], lines[other] = lines[other], lines[at]
    else:
        lines[at] = lines[at] * random.choice((2, 200))
    return b"\n".join(lines)


_BYTES: tuple[_Change, ...] = (_flip, _flip, _delete, _repeat, _insert, _truncate, _other_encoding)
_TEXT: tuple[_Change, ...] = (
    _other_number, _other_number, _other_number, _other_word, _number_for_word, _lines, _lines,
    _insert,
)  # fmt: skip


def _spoiled_json(data: bytes, random: random.Random) -> bytes:
    lines = data.split(b"\n") if data.count(b"\n{") else [data]
    at = random.randrange(len(lines))
    try:
        document = json.loads(lines[at])
    except ValueError:
        return _changed(data, random, _TEXT)
    for _ in range(random.choice((1, 1, 2, 3))):
        document = _restructured(document, random)
    text = json.dumps(document, ensure_ascii=random.random() < 0.5)
    text = _with_raw_numbers(text, random)
    lines[at] = text.encode("utf-8", "surrogatepass")
    return b"\n".join(lines)


_RAW = "raw number "


def _with_raw_numbers(text: str, random: random.Random) -> str:
    """Put numbers that no Python object can hold where their marks are; repeat a key."""
    for number in NUMBERS:
        text = text.replace(f'"{_RAW}{number}"', number)
    if random.random() < 0.05:
        text = re.sub(r'("[a-z_]+": )', r"\g<1>0, \g<1>", text, count=1)
    return text


def _nodes(document: Any) -> list[tuple[Any, Any]]:
    """Return (container, key) of all nodes, of long lists only the first and last few."""
    found: list[tuple[Any, Any]] = []
    waiting = [document]
    while waiting:
        node = waiting.pop()
        keys: list[Any] = []
        if isinstance(node, dict):
            keys = list(node)
        elif isinstance(node, list):
            keys = list(range(len(node)))
            keys = keys if len(keys) < 12 else keys[:6] + keys[-6:]
        for key in keys:
            found.append((node, key))
            waiting.append(node[key])
    return found


def _value(random: random.Random) -> Any:
    kind = random.randrange(6)
    if kind <= 1:
        return _RAW + random.choice(NUMBERS)
    if kind == 2:
        return random.choice(WORDS)
    if kind == 3:
        return random.choice(NUMBERS)
    if kind == 4:
        return random.choice((None, True, False, [], {}, [[]], [0], {"a": 1}, 0, -1, 1, 10**18))
    deep: Any = 1
    for _ in range(random.choice((3, 200))):
        deep = [deep] if random.random() < 0.5 else {"a": deep}
    return deep


def _restructured(document: Any, random: random.Random) -> Any:
    nodes = _nodes(document)
    if not nodes:
        return _value(random)
    holder, key = random.choice(nodes)
    kind = random.randrange(8)
    if kind <= 3:
        holder[key] = _value(random)
    elif kind == 4:
        del holder[key]
    elif kind == 5:
        other, key_of_other = random.choice(nodes)
        holder[key] = copy.deepcopy(_at(other, key_of_other))
    elif kind == 6 and isinstance(holder, list):
        holder.extend(copy.deepcopy(holder[:50]) * random.choice((1, 20)))
    elif isinstance(holder, dict):
        holder[random.choice(WORDS)] = _value(random)
    else:
        holder.insert(key, copy.deepcopy(holder[key]))
    return document


def _at(holder: Any, key: Any) -> Any:
    try:
        return holder[key]
    except (IndexError, KeyError):
        return None
