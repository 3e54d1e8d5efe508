"""Deep nesting, huge numbers and gzip bombs: refused in one line, within bounds."""

import gzip
import io
import zipfile

import pytest

from qkdopt import documents, opening

DEEP = '{"a":' * 100_000 + "1" + "}" * 100_000
LONG = '{"format": "qkdopt-problem", "version": 1, "K": [[' + "9" * 100_000 + "]]}"
FLOAT = '{"format": "qkdopt-problem", "version": 1, "K": [[1e999999]]}'
DEEP_TOML = "a = " + "[" * 100_000 + "]" * 100_000
LONG_TOML = "a = " + "9" * 100_000
COMMANDS = [
    ("solve", "{}"),
    ("verify", "{}"),
    ("evaluate", "{}", "schedule.csv"),
    ("export", "{}", "--mps", "-o", "x.mps"),
    ("front", "{}", "-o", "out"),
]


@pytest.mark.parametrize("text", [DEEP, LONG, FLOAT], ids=["deep", "long", "float"])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_hostile_json(qkdopt, command, text):
    qkdopt.write("h.json", text)
    qkdopt.write("schedule.csv", "interval,link\n")
    answer = qkdopt(*(part.format("h.json") for part in command))
    assert answer.code == 2
    assert "h.json" in answer.err
    assert len(answer.err) < 500
    assert len(answer.err.splitlines()) == 1


@pytest.mark.parametrize("text", [DEEP_TOML, LONG_TOML], ids=["deep", "long"])
@pytest.mark.parametrize("command", [("check", "h.toml"), ("solve", "keys.csv", "--options")])
def test_hostile_toml(qkdopt, command, text):
    qkdopt.write("keys.csv", "interval,A\n1,5\n")
    qkdopt.write("h.toml", text)
    assert "h.toml" in qkdopt(*command, *(["h.toml"] if "--options" in command else [])).complaint


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_gzip_bombs(qkdopt, command, monkeypatch):
    small = opening.FileKind("a JSON document", 2**20)  # 256 MiB by default
    monkeypatch.setattr(documents.read_json, "__kwdefaults__", {"exact": False, "kind": small})
    (qkdopt.folder / "h.json.gz").write_bytes(gzip.compress(b" " * 2**27, compresslevel=1))
    qkdopt.write("schedule.csv", "interval,link\n")
    answer = qkdopt(*(part.format("h.json.gz") for part in command))
    assert answer.code == 2
    assert "more than" in answer.err
    assert len(answer.err.splitlines()) == 1


@pytest.mark.parametrize("cell", ["9" * 5000, "1e400", "0x10", "１", "1_000", "__import__('os')"])
def test_hostile_tables(qkdopt, cell):
    qkdopt.write("h.csv", f"interval,A\n1,{cell}\n")
    assert "h.csv:2" in qkdopt("solve", "h.csv").complaint


def test_a_pickle_in_the_guise_of_a_tensor(qkdopt):
    import numpy as np

    held = io.BytesIO()
    np.save(held, np.array([{}], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(qkdopt.folder / "h.nc", "w") as archive:
        archive.writestr("bits.npy", held.getvalue())
    assert "h.nc" in qkdopt("solve", "h.nc").complaint


def test_nothing_in_the_source_unpickles_or_evaluates():
    from command_line import SOURCE

    for path in (SOURCE / "qkdopt").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for word in (
            "pickle.load",
            "allow_pickle=True",
            " eval(",
            " exec(",
            "yaml.load",
            "marshal.",
        ):
            assert word not in text, path
