"""JSON and TOML from outside: limits are one line, and nothing takes more than linear time."""

import json
from decimal import Decimal

import pytest

from cpu_time import at_most
from qkdopt.documents import DocumentError, parse_json, parse_toml, read_json, read_toml
from qkdopt.errors import InputError

MANY = 200_000
JSON_BOMBS = {
    "long": "[" + "9" * 301 + "]",
    "very long": "[" + "9" * 10**7 + "]",
    "small": "[1e-999999999]",
    "large": "[1.5e999999999]",
    "beyond a float": "[1e400]",
    "deep": "[" * 101 + "]" * 101,
    "very deep": '{"a":' * 10**6,
    "twice": '{"a": 1, "a": 2}',
    "twice among many": "{" + ",".join(f'"{i}": 0' for i in range(MANY)) + ', "199999": 1}',
    "open text": '["' + '\\"' * 10**6,
    "nothing": "",
    "many brackets": "[" + "{}," * (2 * 10**6) + "{}]",
}
TOML_BOMBS = {
    "long": "a = " + "9" * 301,
    "long hexadecimal": "a = 0x" + "f" * 10**6,
    "with underscores": "a = " + "1_" * 10**6 + "1",
    "after odd quotation marks": 'a = ["""b"""", 0x' + "f" * 10**6 + ', "c"]',
    "small": "a = 1e-999999999",
    "large": "a = 1e+999999999",
    "long after the point": "a = 0." + "1" * 10**6,
    "deep": "a = " + "[" * 10**5 + "]" * 10**5,
    "deep tables": "a = " + "{ a = " * 10**5 + "1" + "}" * 10**5,
    "many parts": ".".join(["a"] * MANY) + " = 1",
    "many parts apart": " . ".join(["'a'", '"b"'] * MANY) + " = 1",
    "twice": "a = 1\na = 2",
    "unfinished": 'a = """' + '\\"""' * MANY,
}


@pytest.mark.parametrize("name", JSON_BOMBS)
def test_json_beyond_a_limit(name):
    with at_most(3), pytest.raises(DocumentError) as caught:
        parse_json(JSON_BOMBS[name])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", TOML_BOMBS)
def test_toml_beyond_a_limit(name):
    with at_most(5), pytest.raises(DocumentError) as caught:
        parse_toml(TOML_BOMBS[name])
    assert "\n" not in str(caught.value)


def test_exact_numbers():
    text = '{"a": 0.1000, "b": 7, "c": -1.5e-3, "d": "text [[[ \\" {"}'
    assert parse_json(text) == json.loads(text)
    assert str(parse_json(text, exact=True)["a"]) == "0.1000"
    assert parse_json("[NaN]") != []
    with pytest.raises(DocumentError, match="NaN is no number"):
        parse_json("[NaN]", exact=True)
    assert parse_toml("a = 0.10\nb = 1_000.5\nc = 0xff\nd = 1e3") == {
        "a": Decimal("0.1"), "b": Decimal("1000.5"), "c": 255, "d": Decimal(1000),
    }  # fmt: skip
    assert parse_toml("a = inf")["a"] == Decimal("inf")


def test_limits_are_reached():
    assert parse_json("[" * 100 + "]" * 100)
    assert parse_json("[-" + "9" * 300 + "]") == [1 - 10**300]
    assert parse_json(json.dumps(["[" * 1000] * 3)) == ["[" * 1000] * 3
    assert parse_toml("a = " + "9" * 300) == {"a": 10**300 - 1}
    assert parse_toml(".".join("abcde") + " = 1") == {"a": {"b": {"c": {"d": {"e": 1}}}}}
    floats = ", ".join(["0.25"] * 1000)
    assert len(parse_toml(f"a = [{floats}]")["a"]) == 1000


def test_files(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b'\xef\xbb\xbf{"a": "\xc3\xbc"}')
    assert read_json(path, "a thing") == {"a": "ü"}
    path.write_bytes(b"\xef\xbb\xbfa = '\xc3\xbc'")
    assert read_toml(path) == {"a": "ü"}
    for read in (lambda: read_json(path, "a thing"), lambda: read_toml(path, "a thing")):
        for damaged in (b"\xff", b"[", b"a = "):
            path.write_bytes(damaged)
            with pytest.raises(InputError, match=r"x: got .*, expected a thing"):
                read()
