"""Numbers of absurd length or size in every kind of file: one line, at once."""

import json

import pytest

from cpu_time import at_most

NUMBERS = {
    "tiny": "1e-999999999",
    "huge": "1e999999999",
    "long": "9" * 4301,
    "very long": "1" + "0" * 200_000,
    "long fraction": "0." + "1" * 200_000,
}
PROBLEM = {
    "format": "qkdopt-problem", "version": 1, "interval_s": "10", "switch_s": "10",
    "targets": ["A"], "links": [{"name": "A", "target": 0}], "interval": [1], "K": [[5]],
    "weights": [1],
}  # fmt: skip
KAMKE = [{
    "coverage_start": "2024-01-01T00:00:00",
    "satellite_passes": [{
        "id": 1, "nodeId": 1, "startTime": "2024-01-01T00:00:00", "endTime": "2024-01-01T00:01:00",
        "achievableKeyVolume": 1.5, "orbitId": 1,
    }],
    "service_targets": [{
        "id": 1, "applicationId": 1, "priority": 1, "nodeId": 1, "requestedOperation": "QKD",
    }],
}]  # fmt: skip
DZN = (
    "STATION = {{None, A}};\nswitch_duration = {0};\nstep_duration = {1};\ntime_offset = [{2}];\n"
    "transfer_share = [{3}];\ninitial_buffer = [{4}];\nkey_consumption = [{5}];\n"
    "key_rate = [| {6} |];\n"
)
USUAL = ["10", "10", "0", "1", "0", "0", "1.5"]


def refused(qkdopt, *command):
    with at_most(5):
        answer = qkdopt(*command)
    assert answer.code == 2
    assert len(answer.err.splitlines()) == 1
    assert len(answer.err) < 600


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
def test_in_json(qkdopt, number):
    for key in ("version", "interval_s", "switch_s", "interval", "K", "weights", "more"):
        for text in (number, f'"{number}"'):
            whole = json.dumps({**PROBLEM, key: "HERE"}).replace('"HERE"', text)
            if key in ("interval", "K", "weights"):
                whole = whole.replace(text, f"[{text}]")
            qkdopt.write("p.json", whole)
            refused(qkdopt, "solve", "p.json")


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
def test_in_contact_instances(qkdopt, number):
    for key in ("achievableKeyVolume", "priority", "id", "nodeId"):
        document = json.loads(json.dumps(KAMKE))
        for row in document[0]["satellite_passes"] + document[0]["service_targets"]:
            if key in row:
                row[key] = "HERE"
        qkdopt.write("k.json", json.dumps(document).replace('"HERE"', number))
        refused(qkdopt, "import", "kamke", "k.json", "-o", "x.json")


@pytest.mark.parametrize("place", range(len(USUAL)))
@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
def test_in_minizinc_data(qkdopt, number, place):
    qkdopt.write("q.dzn", DZN.format(*USUAL))
    assert qkdopt("import", "quake", "q.dzn", "-o", "x.json").code == 0
    for text in (number, f"1..{number}"):
        given = [*USUAL]
        given[place] = text
        qkdopt.write("q.dzn", DZN.format(*given))
        refused(qkdopt, "import", "quake", "q.dzn", "-o", "x.json")


@pytest.mark.parametrize("number", [*NUMBERS.values(), "0x" + "f" * 100_000, "0b" + "1" * 10**6])
def test_in_toml(qkdopt, number):
    qkdopt("new", "mine")
    path = qkdopt.folder / "mine" / "scenario.toml"
    text = path.read_text(encoding="utf-8")
    for key in ("interval_s", "switch_s", "lat_deg", "weight", "aperture_m"):
        lines = [
            f"{key} = {number}" if line.startswith(f"{key} =") else line
            for line in text.splitlines()
        ]
        path.write_text("\n".join([*lines, f"[operations]\nmax_handovers = {number}"]))
        refused(qkdopt, "check", str(path))
    qkdopt.write("k.csv", "interval,A\n1,5\n")
    for rule in ("minimum_dwell_s", "max_handovers", "switch_matrix_s.A.A"):
        qkdopt.write("o.toml", f"{rule} = {number}\n")
        refused(qkdopt, "solve", "k.csv", "--options", "o.toml")
    qkdopt.write("w.toml", f"A = {number}\n")
    refused(qkdopt, "solve", "k.csv", "--weights", "w.toml")


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
def test_in_tables(qkdopt, number):
    qkdopt.write("k.csv", "interval,A\n1,5\n")
    qkdopt.write("h.csv", f"interval,A\n1,{number}\n")
    qkdopt.write("i.csv", f"interval,A\n{number},1\n")
    qkdopt.write("f.csv", f'# qkdopt {{"interval_s": "{number}"}}\ninterval,A\n1,1\n')
    qkdopt.write("g.csv", f'# qkdopt {{"switch_s": {number}}}\ninterval,A\n1,1\n')
    qkdopt.write("w.csv", f"target,weight\nA,{number}\n")
    qkdopt.write("b.csv", f"target,bits\nA,{number}\n")
    qkdopt.write("s.csv", f"interval,link\n{number},A\n")
    for command in (
        *(("solve", f"{name}.csv") for name in "hifg"),
        ("solve", "k.csv", "--weights", "w.csv"),
        ("solve", "k.csv", "--strategy", "balanced", "--weights", "A=1", "--stock", "b.csv"),
        ("solve", "k.csv", "--floors", "b.csv"),
        ("evaluate", "k.csv", "s.csv"),
    ):
        refused(qkdopt, *command)
