"""The file of records of ``qkdopt bench``: torn lines, old names, full disks; bad input."""

import json
from pathlib import Path

import pytest

from bench_records import bench_record
from command_line import KEYS
from qkdopt.bench.jobs import Job
from qkdopt.bench.records import RecordFile, read_records
from qkdopt.certificates import digest
from qkdopt.errors import InputError, OutputError


def _write(path, *lines):
    path.write_bytes(b"".join(lines))


RECORD_KEYS = {name: bench_record(name)["key"] for name in "abc"}
WHOLE = [json.dumps(bench_record(name)).encode() + b"\n" for name in "abc"]


def test_torn_lines_and_repeated_jobs_are_left_out_and_said(tmp_path):
    path = tmp_path / "records.jsonl"
    _write(path, WHOLE[0], b'{"format": "else"}\n', WHOLE[0], WHOLE[1], WHOLE[2][:-9])
    records, warnings = read_records(path)
    assert [record["key"] for record in records] == [RECORD_KEYS["a"], RECORD_KEYS["b"]]
    assert [str(line).removeprefix(f"{path}: ").split(", expected")[0] for line in warnings] == [
        "line 2: format: got else", "line 3: got 'an earlier job once more'",
        "line 5: got 'no whole record'",
    ]  # fmt: skip
    with RecordFile(path) as file:
        assert file.keys == {RECORD_KEYS["a"], RECORD_KEYS["b"]}
        file.append(bench_record("c"))
    records, warnings = read_records(path)
    assert [record["key"] for record in records] == list(RECORD_KEYS.values())
    assert len(warnings) == 2


def test_records_with_their_first_names_are_read_and_their_jobs_not_run_twice(tmp_path):
    new = bench_record("a")
    job = {("contender" if name == "solver" else name): value for name, value in new["job"].items()}
    old = {**new, "job": job, "seconds": {"judge": 0.5, "total": 1.0}}
    path = tmp_path / "records.jsonl"
    _write(path, json.dumps(old).encode() + b"\n")
    (record,), warnings = read_records(path)
    assert (record["job"], warnings) == (new["job"], [])
    assert record["seconds"] == {"verify": 0.5, "total": 1.0}
    fields = {name: str(value) for name, value in job.items() if name != "grace_s"}
    assert Job(**record["job"]).key == digest(fields)


@pytest.mark.parametrize("tail", [b"\n", b" \n\n"])
def test_blank_lines_are_no_complaint(tmp_path, tail):
    path = tmp_path / "records.jsonl"
    _write(path, WHOLE[0], tail)
    assert read_records(path)[1] == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_is_one_clear_error(tmp_path):
    (tmp_path / "records.jsonl").symlink_to("/dev/full")
    file = RecordFile(tmp_path / "records.jsonl")
    with pytest.raises(OutputError, match="cannot write"):
        file.append({"key": "a"})


def test_there_has_to_be_something_to_report(qkdopt):
    with pytest.raises(InputError, match="file not found"):
        read_records(Path("none.jsonl"))
    assert "file not found" in qkdopt("bench", "quick", "--report-only", "-o", "none").complaint


def test_without_its_extra_it_says_what_to_install(qkdopt, monkeypatch):
    import qkdopt.bench.run as running

    monkeypatch.setattr(running, "find_spec", lambda name: None)
    complaint = qkdopt("bench", "--solver", "greedy").complaint
    assert complaint.endswith("filelock; to install: python -m pip install filelock psutil")


def test_bad_input_is_one_line(qkdopt):
    qkdopt.write("keys.csv", KEYS)
    assert "plan: got magic" in qkdopt("bench", "magic").complaint
    assert "solver: got magic" in qkdopt("bench", "--solver", "magic").complaint
    assert "nowhere: file not found" in qkdopt(
        "bench", "--solver", "greedy", "--instance", "nowhere"
    ).complaint  # fmt: skip
    assert "strategy: got magic" in qkdopt(
        "bench", "--solver", "greedy", "--strategy", "magic"
    ).complaint  # fmt: skip
    assert "multiple of 10 s" not in qkdopt(
        "bench", "--solver", "greedy", "--instance", "micius-china-2016@0d"
    ).complaint  # fmt: skip
