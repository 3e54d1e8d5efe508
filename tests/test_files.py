"""Whole files or none."""

import gzip
import resource
import signal
import stat

import pytest

from qkdopt.errors import InputError, OutputError, quote
from qkdopt.files import make_folder, output_path, write_text


def test_text_and_gzip(tmp_path):
    write_text(tmp_path / "a.txt", "ü\n")
    assert (tmp_path / "a.txt").read_bytes() == b"\xc3\xbc\n"
    write_text(tmp_path / "a.txt.gz", "ü\n")
    assert gzip.decompress((tmp_path / "a.txt.gz").read_bytes()) == b"\xc3\xbc\n"


def test_a_failure_leaves_what_was_there(tmp_path):
    path = tmp_path / "kept.txt"
    path.write_text("before")

    def write_half() -> None:
        with output_path(path) as temporary:
            temporary.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_files_are_readable_by_others_as_usual(tmp_path):
    write_text(tmp_path / "a.txt", "x")
    (tmp_path / "b.txt").write_text("x")
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a.txt", "b.txt")}
    assert len(modes) == 1


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path):
    # A limit on file sizes fails just like a full disk: write() reports an error.
    path = tmp_path / "large.txt"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OutputError, match=r"large\.txt: cannot write: File too large"):
            write_text(path, "x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("place", "reason"),
    [("absent/a.txt", "No such file"), ("file/a.txt", "Not a directory"), ("", "is a folder")],
)
def test_places_that_cannot_be_written(tmp_path, place, reason):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match=reason):
        write_text(tmp_path / place, "x")


def test_a_folder_in_place_of_a_file(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot create the folder"):
        make_folder(tmp_path / "file" / "deeper")


def test_messages_stay_on_one_short_line():
    error = InputError("a.toml: key", "x\n" * 500, "something\tshorter")
    assert "\n" not in str(error)
    assert len(str(error)) < 200
    assert quote("name") == "name"
    assert quote("two words") == "'two words'"


def test_a_reader_of_the_old_file_is_not_disturbed(tmp_path):
    path = tmp_path / "kept.txt"
    write_text(path, "before")
    with path.open() as reader:
        write_text(path, "after")
        assert reader.read() == "before"
    assert path.read_text() == "after"


def test_quotations_are_bounded_and_as_python_writes_them():
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    for large in (deep, {"a": deep}, 10**5000, 1 << 10**8, [10**5000], "x" * 10**7, [0] * 10**7):
        assert len(quote(large)) <= 80
    for small in ([3, "b"], {"b": 1, "a": [1.5, None]}, (), {}, "it's", 2**64, True, {"x"}, b"x"):
        assert quote(small) == repr(small)
    error = InputError("x" * 5000, deep, ", ".join(map(str, range(10**5))))
    assert len(str(error)) < 2200
