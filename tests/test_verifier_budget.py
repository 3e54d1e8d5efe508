"""What judging may cost: hostile certificates end soon, in one line that names the limit."""

import gzip
import json
import os
import subprocess
import sys

import numpy as np
import pytest

import qkdopt as qo
from command_line import KEYS, TWO_CITIES
from cpu_time import at_most
from drawing import problem_of
from qkdopt import verifier
from qkdopt.certificates import certificate as made
from qkdopt.errors import InputError, LimitError, OutputError
from qkdopt.verifier import budget, reading

TARGETED = {"name": "td", "kl_max": "10"}


def document(links, intervals, proof, strategy=TARGETED, **problem):
    stated = {
        "format": "qkdopt-problem",
        "version": 1,
        "interval_s": "1",
        "switch_s": "1",
        "targets": [f"target {n}" for n in range(links)],
        "weights": [1] * links,
        "links": [{"name": f"link {n}", "target": n} for n in range(links)],
        "interval": list(range(intervals)),
        "K": [[1] * intervals] * links,
        **problem,
    }
    return {
        "format": "qkdopt-certificate",
        "version": 1,
        "problem": stated,
        "problem_sha256": verifier.problem_sha256(stated),
        "strategy": dict(strategy),
        "schedule": [-1] * intervals,
        "value": 0,
        "bound": 10**12,
        "proof": proof,
        "made_by": {},
    }


def tree(links, questions):
    prices = {"a": ["-11/1"] * links, "mu": "0/1"}
    return {"kind": "tree", "prices": [prices], "tree": questions}


def chain(length):
    """Ask the same again and again: the answers to all leaves together are quadratic."""
    return document(2, 2, tree(2, [x for _ in range(length) for x in ([0, 0], 0)] + [0]))


def demands(intervals):
    """Demand ten services anywhere: the sets of those met double with each."""
    asked = [[0, intervals - 1, n] for n in range(10)]
    return document(10, intervals, tree(10, [*asked, *[0] * 11]))


def labels(intervals, **more):
    rules = {"max_handovers": 300, "max_handovers_per_pass": 15, "max_service_s_per_pass": "22"}
    options = {**rules, "minimum_dwell_s": "2", **more}
    return document(3, intervals, {"kind": "path"}, {"name": "gd"}, options=options)


def contacts(length):
    """The chain, for a contact certificate."""
    some = [str(i) for i in range(20)]
    problem = {
        "format": "qkdopt-contact-problem",
        "version": 1,
        "gap_s": "0",
        "nodes": ["node"],
        "passes": {
            "id": some,
            "node": [0] * 20,
            "start_s": some,
            "end_s": [str(i + 1) for i in range(20)],
            "volume": ["1"] * 20,
        },
        "targets": {"id": ["t"], "node": [0], "priority": ["1"], "operation": ["QKD"]},
    }
    questions = [x for i in range(length) for x in ([i % 20], 0)] + [0]
    return {
        "format": "qkdopt-contact-certificate",
        "version": 1,
        "problem": problem,
        "problem_sha256": verifier.problem_sha256(problem),
        "strategy": {"name": "contact", "decimals": 0},
        "schedule": [],
        "value": 0,
        "bound": 10**12,
        "proof": {"kind": "tree", "prices": [[]], "tree": questions},
        "made_by": {},
    }


TOO_MUCH = {
    "chain": lambda: chain(30_000),
    "demands": lambda: demands(5_000),
    "labels": lambda: labels(20_000),
    "contacts": lambda: contacts(30_000),
    "pairs": lambda: (
        document(
            1500,
            1,
            {"kind": "prices", "lambda": ["1/2"] * 1500},
            {"name": "paired"},
            traffic=[[0] * 1500] * 1500,
        )
        | {"pairs": []}
    ),
}
JUST_BELOW = {
    "chain": lambda: chain(1_500),
    "demands": lambda: demands(300),
    "labels": lambda: labels(1_000),
    "contacts": lambda: contacts(1_500),
}


PART = pytest.mark.parametrize("part", [10, pytest.param(1, marks=pytest.mark.slow)])
"""Of the budget: with a tenth of it as much is shown in a tenth of the time."""


@PART
@pytest.mark.parametrize("kind", TOO_MUCH)
def test_what_would_take_too_long_is_not_judged(monkeypatch, kind, part):
    most = budget.MOST_STEPS // part
    monkeypatch.setattr(budget, "MOST_STEPS", most)
    certificate = TOO_MUCH[kind]()
    message = f"^certificate: got claims that take more than {most:,} "
    with at_most(20 / part + 1), pytest.raises(LimitError, match=message):  # twice the aim
        verifier.verify(certificate)


@pytest.mark.parametrize("kind", JUST_BELOW)
def test_large_ones_below_the_limit_are_judged(kind):
    assert verifier.verify(JUST_BELOW[kind]()).holds


def test_results_kept_at_a_time_are_limited(monkeypatch):
    monkeypatch.setattr(budget, "MOST_KEPT", 100)
    for certificate in (demands(40), labels(60, minimum_dwell_s="9")):
        certificate["problem"]["switch_s"] = "5"
        with pytest.raises(LimitError, match="more than 100 results at a time"):
            verifier.verify(certificate)


@pytest.mark.parametrize("kind", TOO_MUCH)
def test_the_time_limit_ends_it_sooner(kind, monkeypatch):
    monkeypatch.setattr(budget, "MOST_STEPS", 10**15)
    if kind in ("chain", "contacts", "pairs"):
        certificate = {"chain": chain, "contacts": contacts}.get(kind, lambda _: TOO_MUCH[kind]())
        certificate = certificate(3_000)
    else:
        certificate = TOO_MUCH[kind]()
    with at_most(10), pytest.raises(LimitError, match=r"take more than 0\.05 s"):
        qo.verify(certificate, time_limit=0.05)


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), "soon"])
def test_time_limits_are_positive(seconds):
    with pytest.raises(InputError, match="time_limit: got"):
        qo.verify(chain(1), time_limit=seconds)


def test_the_command_says_so_in_one_line(tmp_path):
    path = tmp_path / "chain.json.gz"
    path.write_bytes(gzip.compress(json.dumps(chain(30_000)).encode()))
    command = [sys.executable, "-m", "qkdopt.cli", "verify", str(path), "--time-limit", "60"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "neither true nor false" in done.stderr


@pytest.mark.parametrize("what", ["[]", "{}", '{"a":1}', "1", '""'])
def test_texts_of_many_values_are_not_parsed(tmp_path, what, monkeypatch):
    monkeypatch.setattr(reading, "_parse", lambda *_: pytest.fail("parsed"))
    path = tmp_path / "many.json"
    path.write_text('{"made_by": [' + ",".join([what] * (reading.MOST_VALUES + 1)) + "]}")
    with pytest.raises(LimitError, match="values, expected at most 3,000,000"):
        verifier.read(path)


def test_long_numbers_are_refused_before_they_are_computed(tmp_path):
    path = tmp_path / "long.json"
    for digits in (301, 4_301, 10**6):
        path.write_text('{"value": ' + "9" * digits + "}")
        with pytest.raises(InputError, match=f"an integer of {digits:,} digits"):
            verifier.read(path)
    certificate = document(1, 1, {"kind": "prices", "a": ["-" + "1" * 5_000 + "/1"], "mu": "0/1"})
    with pytest.raises(InputError, match=r"proof\.a\[0\]"):
        verifier.verify(certificate)
    for text in ("1e-999999999", "0." + "0" * 5_000 + "1", "9" * 5_000):
        certificate["strategy"]["kl_max"] = text
        with pytest.raises(InputError, match=r"strategy\.kl_max"):
            verifier.verify(certificate)


def test_only_regular_files_are_read(tmp_path):
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    for path in (pipe, "/dev/zero", "/dev/null", tmp_path, tmp_path / "\ud800.json", "a\0b"):
        with pytest.raises(InputError, match="a file that cannot be read"):
            verifier.read(path)


def test_gzip_headers_and_members_without_end_are_bounded(tmp_path):
    path = tmp_path / "c.json.gz"
    endless_name = b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * 10**7
    for data in (endless_name, gzip.compress(b"{}") * 1_000):
        path.write_bytes(data)
        with pytest.raises(InputError, match="a file that cannot be read"):
            verifier.read(path)


def test_makers_write_what_the_judge_reads():
    assert made.MOST_VALUES == reading.MOST_VALUES
    assert made.LARGEST_CERTIFICATE_BYTES == reading.LARGEST_DOCUMENT_BYTES


def test_a_certificate_that_is_too_long_is_not_written(tmp_path, monkeypatch):
    outcome = qo.solve(problem_of([[1, 2]], [0, 1], tau=0), qo.GeneralDelivery())
    path = tmp_path / "c.json"
    for limit in ("MOST_VALUES", "LARGEST_CERTIFICATE_BYTES"):
        with monkeypatch.context() as patch:
            patch.setattr(made, limit, 20)
            with pytest.raises(OutputError, match="verify reads at most"):
                outcome.certificate.save(path)
            assert not path.exists()
    outcome.certificate.save(path)
    assert qo.verify(path)


def test_a_problem_too_large_for_a_certificate_is_not_solved():
    problem = problem_of([[1] * 1_000] * 2, range(1_000), tau=0)

    large = problem.with_satellite(
        bits=np.ones((2, 800_000), np.int64, order="F"), interval=np.arange(800_000)
    )
    with pytest.raises(LimitError, match="2 links in 800,000 intervals"):
        qo.solve(large, qo.GeneralDelivery())


@pytest.mark.parametrize("path", [[], ["-o", "gd.json"]])
def test_a_result_that_is_not_judged_says_where_it_is(qkdopt, monkeypatch, path):
    monkeypatch.setattr(budget, "MOST_STEPS", 1)
    complaint = qkdopt("solve", qkdopt.write("keys.csv", KEYS), *path).complaint
    place = "gd.json (written)" if path else "not written (no -o FILE)"
    assert complaint.startswith(f"{place}: certificate: got claims that take more than 1 steps")
    if path:
        monkeypatch.undo()
        assert qo.verify(qkdopt.folder / "gd.json").optimal


def test_contacts_that_are_not_judged_are_written(qkdopt, monkeypatch):
    monkeypatch.setattr(budget, "MOST_STEPS", 1)
    complaint = qkdopt("solve", "hand-odd-ring", "-o", "c.json").complaint
    assert complaint.startswith(
        "c.json (written): certificate: got claims that take more than 1 steps"
    )
    monkeypatch.undo()
    assert qo.verify(qkdopt.folder / "c.json")


def test_a_run_that_is_not_judged_goes_on_to_the_end(qkdopt, monkeypatch):
    monkeypatch.setattr(budget, "MOST_STEPS", 1)
    answer = qkdopt("run", qkdopt.write("scenario.toml", TWO_CITIES), "-o", "results")
    assert answer.code == 2
    (line,) = (line for line in answer.err.splitlines() if "error" in line)
    assert "gd.json (written): certificate: got claims" in line.replace("\\", "/")
    monkeypatch.undo()
    for name in ("gd.json", "gd-milp.json", "pd.json", "pd-milp.json", "td.json"):
        assert qo.verify(qkdopt.folder / "results" / name)
    assert json.loads((qkdopt.folder / "results" / "summary.json").read_text())["verified"] is False


def test_a_run_goes_on_where_the_second_solver_refuses(qkdopt):
    fine = TWO_CITIES.replace("352\n", "0.352000123457\n").replace("2419.7", "2.419700123457")
    answer = qkdopt("run", qkdopt.write("scenario.toml", fine), "-o", "results")
    assert answer.code == 0, answer.err
    assert "milp refuses" in answer.out
    assert "highs is trusted for whole costs below" in " ".join(answer.out.split())
    summary = json.loads((qkdopt.folder / "results" / "summary.json").read_text())
    assert summary["verified"] is True
    assert [*summary["strategies"]["pd"]["solvers"]] == ["dynamic"]


def test_memory_stays_bounded(tmp_path):
    path = tmp_path / "chain.json"
    values = ",".join(["[7]"] * (reading.MOST_VALUES // 2 - 3_000))
    path.write_text(json.dumps(chain(1_000))[:-3] + '{"a":[' + values + "]}}")
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (1_200 * 2**20,) * 2)\n"
        f"from qkdopt import verifier; print(verifier.verify(verifier.read({str(path)!r})).holds)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "True\n", done.stderr


def crowd(n):
    """Let many satellites use one station that takes for ever to turn to another."""
    problem = {
        "format": "qkdopt-problem",
        "version": 2,
        "interval_s": "1",
        "satellites": [{"name": f"A{s}", "switch_s": "0"} for s in range(n)],
        "stations": [{"name": "S", "receivers": n, "switch_s": str(n)}],
        "targets": [{"name": "T"}],
        "links": [
            {"name": f"L{s}", "satellite": s, "stations": [0], "target": 0} for s in range(n)
        ],
        "contacts": [{"link": s, "first": s, "bits": [1]} for s in range(n)],
    }
    return {
        "format": "qkdopt-certificate",
        "version": 2,
        "problem": problem,
        "problem_sha256": verifier.problem_sha256(problem),
        "strategy": {"name": "gd"},
        "paths": [[[s, s, s]] for s in range(n)],
        "value": n,
        "bound": n,
        "proof": {"kind": "multipliers", "capacity": [[0, 0, n, "1/1"]]},
        "made_by": {},
    }


@PART
def test_crowds_at_a_station_are_counted(monkeypatch, part):
    monkeypatch.setattr(budget, "MOST_STEPS", budget.MOST_STEPS // part)
    assert verifier.verify(crowd(300) | {"bound": 300**2}).holds
    message = f"more than {budget.MOST_STEPS:,} "
    with at_most(20 / part + 1), pytest.raises(LimitError, match=message):
        verifier.verify(crowd(6_000 if part == 1 else 2_000))
