"""``verify``, ``evaluate``, ``export`` and ``problems`` on results of the tiny problem."""

import json

import pytest

from command_line import KEYS
from qkdopt import verifier


@pytest.fixture
def certificate(qkdopt):
    qkdopt.write("keys.csv", KEYS)
    qkdopt("solve", "keys.csv", "--weights", "A=3,B=1", "-o", "gd.json")
    return "gd.json"


@pytest.fixture
def false_certificate(qkdopt, certificate):
    document = json.loads((qkdopt.folder / certificate).read_text())
    return qkdopt.write("false.json", json.dumps({**document, "value": 23, "bound": 23}))


def test_verify_says_what_holds(qkdopt, certificate):
    answer = qkdopt("verify", certificate)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == "gd.json: holds: 22 bits, proved optimal\n"


def test_verify_goes_on_and_returns_the_worst(qkdopt, certificate, false_certificate):
    answer = qkdopt("verify", false_certificate, certificate)
    assert answer.code == 1
    assert answer.out.splitlines()[0].startswith("false.json: false: the claimed value is 23")
    assert "gd.json: holds" in answer.out
    qkdopt.write("broken.json", "{")
    answer = qkdopt("verify", "broken.json", "missing.json", false_certificate, certificate)
    assert answer.code == 2
    assert [line.split(":")[2].strip() for line in answer.err.splitlines()] == [
        "broken.json",
        "missing.json",
    ]
    assert "false.json: false" in answer.out
    assert "gd.json: holds" in answer.out


def test_verify_as_json(qkdopt, certificate, false_certificate):
    found = qkdopt("verify", certificate, false_certificate, "missing.json", "--json").json
    assert found["verified"] is False
    assert [item["verified"] for item in found["certificates"]] == [True, False, False]
    assert "missing.json" in found["certificates"][2]["error"]


def test_verify_for_a_given_problem(qkdopt, certificate):
    qkdopt("solve", "keys.csv", "--switch-seconds", "20", "-o", "other.json")
    assert qkdopt("verify", certificate, "--problem", certificate).code == 0
    answer = qkdopt("verify", certificate, "--problem", "other.json")
    assert answer.code == 1
    assert "is about problem" in answer.out


def test_evaluate_a_legal_schedule(qkdopt, certificate):
    # A in 51, nobody in 52, B in 53 and 54: 5 + 16 = 21 of 22; 15 + 16 = 31 of 36.
    qkdopt.write("mine.csv", "interval,link\n51,A\n52,\n53,B\n54,B\n")
    answer = qkdopt("evaluate", certificate, "mine.csv", "--json")
    assert answer.code == 0
    found = answer.json
    assert found["legal"] is True
    assert found["delivered"] == {"A": 5, "B": 16}
    assert found["strategies"]["gd"]["value"] == 21
    assert found["strategies"]["gd"]["bound"] == 22
    assert found["strategies"]["gd"]["gap"] == pytest.approx(1 / 22)
    assert found["strategies"]["pd"] == {
        "value": 31, "bound": 36, "gap": 5 / 36, "ended": "finished", "verified": True,
    }  # fmt: skip
    text = qkdopt("evaluate", certificate, "mine.csv").out
    assert "legal: every rule is kept" in text
    assert "4.55 %" in text


@pytest.mark.parametrize(
    ("rows", "finding"),
    [
        ("51,A\n52,B\n", "a hand-over needs at least 2"),
        ("51,B\n", "has no key there"),
        ("50,A\n51,idle\n", "interval 50 is given to link 0 (A), which has no key there"),
    ],
)
def test_evaluate_an_illegal_schedule(qkdopt, certificate, rows, finding):
    qkdopt.write("mine.csv", f"interval,link\n{rows}")
    answer = qkdopt("evaluate", certificate, "mine.csv")
    assert answer.code == 1
    assert "NOT legal" in answer.out
    assert finding in answer.out
    found = qkdopt("evaluate", certificate, "mine.csv", "--json").json
    assert found["legal"] is False
    assert len(found["findings"]) == 1
    assert finding in found["findings"][0]


@pytest.mark.parametrize("as_json", [True, False])
def test_a_forecast_counts_services_without_bits_as_idle(qkdopt, certificate, as_json):
    # B has nothing in 51 and nobody has anything in 50 and 60: B in 53 and 54 remains, 16 of 22.
    qkdopt.write("old.csv", "interval,link\n50,A\n51,B\n52,\n53,B\n54,B\n60,A\n")
    assert qkdopt("evaluate", certificate, "old.csv").code == 1
    answer = qkdopt("evaluate", certificate, "old.csv", "--forecast", *["--json"][: int(as_json)])
    assert answer.code == 0
    if not as_json:
        assert (
            "forecast: 3 of 5 served intervals deliver nothing and count as idle "
            "(1 without bits for their link, 2 without bits on any link)"
        ) in " ".join(answer.out.split())
        return
    found = answer.json
    assert found["legal"] is True
    assert found["delivered"] == {"A": 0, "B": 16}
    assert found["strategies"]["gd"]["value"] == 16
    assert found["forecast"] == {"services": 5, "empty": 3, "without_bits": 1, "not_active": 2}


def test_a_forecast_judges_all_other_rules(qkdopt, certificate):
    # A in 51, B in 52: too soon. Closing what is served is a broken rule, no missing bits.
    qkdopt.write("old.csv", "interval,link\n51,A\n52,B\n")
    answer = qkdopt("evaluate", certificate, "old.csv", "--forecast")
    assert answer.code == 1
    assert "forecast: 0 of 2 served intervals" in answer.out
    qkdopt.write("rules.toml", '[[forbidden]]\nlink = "A"\ninterval = 51\n')
    given = ("evaluate", certificate, "old.csv", "--options", "rules.toml", "--forecast", "--json")
    qkdopt.write("old.csv", "interval,link\n51,A\n")
    found = qkdopt(*given).json
    assert found["findings"] == ["link 0 is served in interval 51, where it is forbidden"]
    # A service that lost its second interval is shorter than the minimum dwell.
    qkdopt.write("rules.toml", "minimum_dwell_s = 20\n")
    qkdopt.write("old.csv", "interval,link\n50,A\n51,A\n")
    found = qkdopt(*given).json
    assert len(found["findings"]) == 1
    assert "the minimum dwell is 2" in found["findings"][0]


def test_without_a_forecast_nothing_is_said(qkdopt, certificate):
    qkdopt.write("mine.csv", "interval,link\n51,A\n")
    assert "forecast" not in qkdopt("evaluate", certificate, "mine.csv", "--json").json


def test_a_schedule_better_than_allowed_is_illegal_not_optimal(qkdopt, certificate):
    qkdopt.write("mine.csv", "interval,link\n51,A\n52,B\n53,B\n54,B\n")
    found = qkdopt("evaluate", certificate, "mine.csv", "--json").json
    assert found["legal"] is False
    assert found["strategies"]["gd"] == {
        "value": 27, "bound": 22, "gap": -5 / 22, "ended": "finished", "verified": True,
    }  # fmt: skip


def test_an_exported_schedule_evaluates_to_the_optimum(qkdopt, certificate):
    assert qkdopt("export", certificate, "--csv", "-o", "out.csv").code == 0
    text = (qkdopt.folder / "out.csv").read_text()
    assert text == "interval,link,bits\n51,,0\n52,B,6\n53,B,7\n54,B,9\n"
    found = qkdopt("evaluate", certificate, "out.csv", "--json").json
    assert found["strategies"]["gd"]["gap"] == 0


def test_a_false_certificate_is_not_exported(qkdopt, false_certificate):
    answer = qkdopt("export", false_certificate, "--csv", "-o", "x.csv")
    assert answer.code == 1
    assert "claimed value" in answer.err
    assert not (qkdopt.folder / "x.csv").exists()


@pytest.mark.parametrize("ending", ["mps", "lp"])
def test_models_are_exported_to_be_minimised(qkdopt, certificate, ending):
    name = f"model.{ending}"
    assert qkdopt("export", certificate, f"--{ending}", "-o", name).code == 0
    from qkdopt.mip.highs_factory import new_highs

    solver = new_highs()
    solver.silent()
    solver.readModel(str(qkdopt.folder / name))
    solver.run()
    assert solver.getInfo().objective_function_value == pytest.approx(-22)


def test_problems(qkdopt):
    answer = qkdopt("problems")
    assert answer.code == 0
    assert "micius-china-2016" in answer.out
    found = qkdopt("problems", "--json").json["problems"]
    named = qkdopt("problems", found[0]["name"], "--json").json
    assert named == found[0]
    for problem in found:
        for claim in problem["best"].values() if problem["name"].startswith("hand-") else ():
            path = f"{problem['folder']}/certificates/{claim['certificate']}"
            verdict = verifier.verify(verifier.read(path))
            # Of a divergence the verifier knows more digits than the certificate says.
            digits = 12 if isinstance(claim["value"], str) else None
            assert str(verdict.value)[:digits] == str(claim["value"])[:digits]
    assert found[0]["description"].split()[0] in qkdopt("problems", found[0]["name"]).out
