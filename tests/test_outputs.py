"""What is written replaces regular files only, never what the command reads, never foreign ones."""

import json
import os
import re
import socket
import stat

import pytest

from bench_records import bench_record
from command_line import KEYS, TWO_CITIES
from qkdopt.bench.records import RecordFile
from qkdopt.cli import app
from qkdopt.cli.reading import written_parameters
from qkdopt.errors import OutputError
from qkdopt.files import output_path, write_text
from qkdopt.protection import protect, protecting


@pytest.fixture
def odd(tmp_path):
    """Things that are no regular files, by name."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(tmp_path / "socket"))
    try:
        os.mknod(tmp_path / "device", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    except PermissionError:
        (tmp_path / "device").symlink_to("/dev/null")
    for name in ("pipe", "folder", "device"):
        (tmp_path / f"link-to-{name}").symlink_to(tmp_path / name)
    (tmp_path / "link-to-null").symlink_to("/dev/null")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("pipe", "a pipe"), ("folder", "a folder"), ("socket", "a socket"),
        ("device", "a device"), ("link-to-pipe", "a pipe"), ("link-to-folder", "a folder"),
        ("link-to-device", "a device"), ("link-to-null", "a device"),
        ("circle", "no regular file"),
    ],
)  # fmt: skip
def test_only_regular_files_are_replaced(odd, name, kind):
    before = sorted((path.name, path.lstat().st_mode) for path in odd.iterdir())
    with pytest.raises(OutputError, match=f"{name}: cannot write: it is {kind}"):
        write_text(odd / name, "text")
    assert sorted((path.name, path.lstat().st_mode) for path in odd.iterdir()) == before


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self"])
def test_nothing_is_put_into_the_folders_of_the_system(name):
    with pytest.raises(OutputError, match="cannot write"), output_path(name):
        raise AssertionError("must not come here")


def test_behind_a_link_the_file_is_written_and_the_link_stays(tmp_path):
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    (tmp_path / "new.txt").symlink_to("created.txt")
    write_text(tmp_path / "link.txt", "new")
    write_text(tmp_path / "new.txt", "new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == (tmp_path / "created.txt").read_text() == "new"


def test_a_protected_file_is_kept_under_any_name(tmp_path):
    (tmp_path / "a.txt").write_text("mine")
    (tmp_path / "b.txt").symlink_to("a.txt")
    os.link(tmp_path / "a.txt", tmp_path / "c.txt")
    with protecting():
        protect(tmp_path / "a.txt")
        protect(tmp_path / "absent")
        for name in ("a.txt", "b.txt", "c.txt"):
            with pytest.raises(OutputError, match="this command reads it"):
                write_text(tmp_path / name, "theirs")
    assert (tmp_path / "a.txt").read_text() == "mine"
    write_text(tmp_path / "a.txt", "mine again")  # a program may do what it likes


@pytest.mark.parametrize(
    "line",
    [
        "solve problem.json -o problem.json",
        "solve problem.json -o ./again/../problem.json",
        "solve keys.csv --history keys.csv --solver genetic --time-limit 0.2",
        "solve keys.csv --weights weights.csv -o weights.csv",
        "export gd.json --csv -o gd.csv",
        "export keys.csv --lp -o keys.lp",
        "report gd.json -o gd.json",
        "plot shares gd.json -o gd.png",
        "import kamke problem.json -o problem.json",
        "--log keys.csv solve keys.csv",
    ],
)
def test_no_command_writes_over_what_it_reads(qkdopt, line):
    qkdopt.write("keys.csv", KEYS)
    qkdopt.write("weights.csv", "target,weight\nA,3\nB,1\n")
    (qkdopt.folder / "again").mkdir()
    qkdopt("solve", "keys.csv", "--weights", "A=1,B=1", "-o", "gd.json")
    problem = json.loads((qkdopt.folder / "gd.json").read_text())["problem"]
    qkdopt.write("problem.json", json.dumps(problem))
    for name, source in (("gd.csv", "gd.json"), ("keys.lp", "keys.csv"), ("gd.png", "gd.json")):
        (qkdopt.folder / name).symlink_to(source)
    read = ("keys.csv", "weights.csv", "gd.json", "problem.json")
    before = {name: (qkdopt.folder / name).read_bytes() for name in read}
    answer = qkdopt(*line.split())
    assert {name: (qkdopt.folder / name).read_bytes() for name in read} == before
    if "--history" in line:
        return  # warned of; what was found is worth more
    assert answer.code == 2
    assert len(answer.err.splitlines()) == 1


def test_what_cannot_be_written_is_refused_before_anything_is_computed(qkdopt):
    for line in (
        "solve nothing.csv -o away/gd.json",
        "solve nothing.csv --history away/h.json",
        "keys nothing.toml --details away/d.csv",
        "export nothing.json --lp -o away/x.lp",
        "plot clouds nothing -o away/x.png",
        "tune nothing.toml -o away/x.csv",
    ):
        complaint = qkdopt(*line.split()).complaint
        assert re.search(r"away/\w+\.\w+: cannot write: No such file or directory", complaint)
    assert list(qkdopt.folder.iterdir()) == []


def test_details_are_written_again(qkdopt):
    qkdopt.write("two.toml", TWO_CITIES)
    for _ in range(2):
        assert qkdopt("keys", "two.toml", "--details", "passes.csv").code == 0


def test_a_file_that_the_scenario_names_is_kept(qkdopt):
    before, _, rest = TWO_CITIES.partition("tle = '''\n")
    lines, _, after = rest.partition("'''")
    qkdopt.write("elements.csv", lines)
    qkdopt.write("s.toml", f'{before}tle_file = "elements.csv"{after}')
    assert "this command reads it" in qkdopt("keys", "s.toml", "-o", "elements.csv").complaint
    assert (qkdopt.folder / "elements.csv").read_text() == lines
    assert qkdopt("keys", "s.toml", "-o", "keys.csv").code == 0


def test_what_each_command_writes_is_known():
    found = {}
    for module in app._MODULES:
        name = module.__name__.rpartition(".")[2].rstrip("_")
        found[name] = set(written_parameters(getattr(module, f"{name}_command")))
    assert {name: names for name, names in found.items() if names} == {
        "run": {"path"}, "keys": {"path", "details"},
        "solve": {"path", "history"}, "export": {"path"}, "what_if": {"folder"}, "tune": {"path"},
        "front": {"folder"}, "report": {"output"}, "reproduce": {"folder", "page"},
        "import": {"output"}, "bench": {"folder"}, "plot": {"path"},
        "sharing": {"path"}, "elements_age": {"path"}, "rolling": {"folder"},
    }  # fmt: skip


def test_a_run_does_not_write_over_foreign_files(qkdopt):
    qkdopt.write("two.toml", TWO_CITIES)
    out = qkdopt.folder / "out"
    out.mkdir()
    (out / "summary.json").write_text('{"of": "somebody"}')
    (out / "gd.json").write_text("{}")
    complaint = qkdopt("run", "two.toml", "-o", "out").complaint
    assert "summary.json: it is not known to be of qkdopt" in complaint
    assert "--force" in complaint
    assert {path.name for path in out.iterdir()} == {"summary.json", "gd.json"}
    assert (out / "summary.json").read_text() == '{"of": "somebody"}'
    (out / "summary.json").unlink()
    assert "gd.json: it is not known" in qkdopt("run", "two.toml", "-o", "out").complaint
    (out / "summary.json").write_text('{"of": "somebody"}')
    assert qkdopt("run", "two.toml", "-o", "out", "--time-limit", "0.2", "--force").code == 0
    assert json.loads((out / "summary.json").read_text())["verified"] is True
    assert qkdopt("run", "two.toml", "-o", "out", "--time-limit", "0.2").code == 0  # its own


def test_a_run_knows_its_own_folder_where_a_solver_found_nothing(qkdopt):
    # A busy machine may leave a solver without a schedule when its time is up.
    qkdopt.write("two.toml", TWO_CITIES)
    command = ("run", "two.toml", "-o", "out", "--time-limit", "5")
    assert qkdopt(*command).code == 0
    summary = qkdopt.folder / "out" / "summary.json"
    document = json.loads(summary.read_text())
    document["strategies"]["gd"]["solvers"]["milp"] |= {"value": None, "bound": None}
    summary.write_text(json.dumps(document))
    assert qkdopt("report", "out").code == 0
    assert qkdopt(*command).code == 0


def test_a_front_does_not_write_over_foreign_files(qkdopt):
    qkdopt.write("keys.csv", KEYS)
    command = ("front", "keys.csv", "--weights", "A=3,B=1", "--points", "3", "--time-limit", "1")
    out = qkdopt.folder / "out"
    out.mkdir()
    (out / "front.csv").write_text("mine")
    assert "front.csv: it is not known" in qkdopt(*command, "-o", "out").complaint
    (out / "resume.json").write_text("my life")
    assert "front.csv: it is not known" in qkdopt(*command, "-o", "out").complaint
    assert (out / "front.csv").read_text() == "mine"
    assert qkdopt(*command, "-o", "out", "--force").code == 0
    assert qkdopt(*command, "-o", "out").code == 0


def test_records_are_not_appended_to_a_foreign_file(tmp_path):
    path = tmp_path / "records.jsonl"
    for text in ('{"mine": 1}', '{"mine": 1}\n', "no json\nat all"):
        path.write_text(text)
        with pytest.raises(OutputError, match="it is not of qkdopt"), RecordFile(path):
            raise AssertionError("must not come here")
        assert path.read_text() == text
    path.write_text('{"format":"qkdopt-bench-record","ke')  # killed in the first record
    with RecordFile(path) as file:
        file.append(bench_record("a"))
    assert json.loads(path.read_text())["key"] == bench_record("a")["key"]


def test_a_report_without_a_name_does_not_take_a_foreign_one(qkdopt):
    qkdopt.write("keys.csv", KEYS)
    qkdopt("solve", "keys.csv", "-o", "gd.json")
    qkdopt.write("report.html", "<html>mine</html>")
    assert "report.html: a file that is not of qkdopt" in qkdopt("report", "gd.json").complaint
    (qkdopt.folder / "report.html").unlink()
    assert qkdopt("report", "gd.json").code == 0
    assert qkdopt("report", "gd.json").code == 0
