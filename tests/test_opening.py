"""Files from outside: regular ones only, and never more bytes than their kind allows."""

import gzip
import os
import socket
import time
import tracemalloc

import pytest

from qkdopt.errors import InputError
from qkdopt.opening import FileKind, opened, read_bytes, read_text, unpacked_bytes

KIND = FileKind("a thing", 2**20)
UNIX = pytest.mark.skipif(os.name != "posix", reason="pipes and devices of Unix")


@pytest.fixture
def pipe(tmp_path):
    os.mkfifo(tmp_path / "x")
    return tmp_path / "x"


def refusal(path, read=read_bytes):
    began = time.monotonic()
    with pytest.raises(InputError) as caught:
        read(path, KIND)
    assert time.monotonic() - began < 60  # it does not wait for a writer; the machine may be busy
    assert caught.value.expected == "a thing"
    return str(caught.value.came)


@UNIX
@pytest.mark.parametrize("read", [read_bytes, read_text, unpacked_bytes])
def test_what_is_no_regular_file(tmp_path, pipe, read):
    assert refusal("/dev/zero", read) == "a device"
    assert refusal("/dev/null", read) == "a device"
    assert refusal(pipe, read) == "a pipe"  # nobody writes: opening must not wait
    assert refusal(tmp_path, read) == "a folder"
    (tmp_path / "link").symlink_to(pipe)
    assert refusal(tmp_path / "link", read) == "a pipe"
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert "unreadable file" in refusal(tmp_path / "loop", read)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        assert "unreadable file" in refusal(tmp_path / "s", read)


def test_paths_that_are_no_text(tmp_path):
    assert refusal("a\0b") == "a path that is no text"
    assert refusal("a\udcffb") == "a path that is no text"
    with pytest.raises(InputError) as caught:
        read_bytes("a\0b\udcff", KIND)
    assert str(caught.value).isprintable()
    assert refusal(tmp_path / "absent") == "no file"
    assert "unreadable" in refusal(tmp_path / ("x" * 5000))


def test_size(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"a" * KIND.largest_bytes)
    assert len(read_bytes(path, KIND)) == KIND.largest_bytes
    path.write_bytes(b"a" * (KIND.largest_bytes + 1))
    assert refusal(path) == "more than 1 MiB"
    with open(path, "r+b") as stream:
        stream.truncate(2**40)  # a sparse file of 1 TiB
    assert refusal(path) == "more than 1 MiB"


@UNIX
def test_a_file_that_tells_no_size_is_read_up_to_the_limit():
    assert read_bytes("/proc/self/status", KIND)
    with pytest.raises(InputError, match="more than 0 MiB"):
        read_bytes("/proc/self/status", FileKind("a thing", 10))


def test_text(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"\xef\xbb\xbfM\xc3\xbcnchen")
    assert read_text(path, KIND) == "München"
    path.write_bytes(b"M\xfcnchen")
    assert "utf-8" in refusal(path, read_text)


def test_the_error_says_what_the_caller_says(tmp_path):
    with pytest.raises(InputError, match=r"a\.toml: link: file not found, expected a table"):
        read_text(tmp_path / "x", KIND, "a table", "a.toml: link")
    with opened(__file__, KIND) as stream:
        assert stream.read(3) == b'"""'


def test_compressed_files(tmp_path):
    path = tmp_path / "x.gz"
    whole = gzip.compress(b"a" * 1000) + gzip.compress(b"") + gzip.compress(b"b") + b"\0" * 600
    path.write_bytes(whole)
    assert unpacked_bytes(path, KIND) == b"a" * 1000 + b"b"
    path.rename(tmp_path / "x")
    assert unpacked_bytes(tmp_path / "x", KIND) == b"a" * 1000 + b"b"  # by its first bytes
    data = gzip.compress(bytes(range(256)) * 4000)
    for damaged in (data[:-1], data[:-9], data[:5], b"", b"no gzip", data + b"x", b"\x1f\x8b"):
        path.write_bytes(damaged)
        if damaged:
            assert "unreadable" in refusal(path, unpacked_bytes)
    wrong = bytearray(data)
    wrong[-6] ^= 1  # checksum
    path.write_bytes(wrong)
    assert "unreadable" in refusal(path, unpacked_bytes)


@pytest.mark.parametrize("repeated", [1, 3])
def test_a_bomb_is_unpacked_up_to_the_limit(tmp_path, repeated):
    path = tmp_path / "x.gz"
    data = gzip.compress(b" " * 2**27, compresslevel=9)
    for _ in range(repeated - 1):
        data = gzip.compress(data, compresslevel=9)
    data = data[:-4] + (10).to_bytes(4, "little")  # declares 10 bytes
    path.write_bytes(data)
    tracemalloc.start()
    refusal(path, unpacked_bytes)
    assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    tracemalloc.stop()


def test_a_million_empty_parts_take_no_time(tmp_path):
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(b"") * 50_000)
    assert refusal(path, unpacked_bytes) == "more than 1 MiB"
    path.write_bytes(gzip.compress(b"") + b"\0" * (KIND.largest_bytes - 100))
    assert unpacked_bytes(path, KIND) == b""


def test_the_documented_limits_are_those_of_the_code():
    from command_line import SOURCE
    from qkdopt import documents, effort, numerals, opening
    from qkdopt.optimize import operations_file
    from qkdopt.physics.clouds import steps
    from qkdopt.physics.scenario import validation

    page = (SOURCE.parent / "docs/reference/limits.md").read_text(encoding="utf-8")
    rows = dict(line.strip("| ").split(" | ") for line in page.splitlines() if "| " in line)
    sizes = {
        "scenario": (opening.SETTINGS, opening.TEXT), "weights": (opening.MATRIX,),
        "MiniZinc": (opening.DATA,), "key tensor, s": (opening.TABLE,),
        "problem": (opening.DOCUMENT, opening.RECORDS), "key tensor (`.nc`)": (opening.KEY_TENSOR,),
        "clouds (`.nc`)": (opening.CLOUD_GRID,),
    }  # fmt: skip
    counts = {
        "digits": numerals.MOST_DIGITS, "exponent": numerals.LARGEST_EXPONENT,
        "nested brackets": documents._DEEPEST, "tables": validation._MOST_TABLES,
        "intervals": operations_file._MOST_INTERVALS, "cloud codes": steps.MOST_CODES,
        "threads": effort.MOST_THREADS, "points": effort.MOST_POINTS,
        "a time limit": effort.LONGEST_SECONDS,
    }  # fmt: skip
    for begins, kinds in sizes.items():
        (words,) = (words for name, words in rows.items() if name.startswith(begins))
        number, unit = words.replace(",", "").replace(";", "").split()[:2]
        for kind in kinds:
            assert kind.largest_bytes == int(number) * {"MiB": 2**20, "GiB": 2**30}[unit]
    for begins, count in counts.items():
        (words,) = (words for name, words in rows.items() if name.startswith(begins))
        assert words.split()[0].rstrip(",") == f"{count:,}"
