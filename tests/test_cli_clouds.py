"""Planning under uncertain clouds from the command line: problems in scenarios, and drawn skies."""

from __future__ import annotations

import json

import pytest

from cloud_problems import cloud_file
from command_line import KEYS, TWO_CITIES, CommandLine

FRESH = ("--fresh", "fresh.json")
BALANCED = ("--strategy", "balanced")


@pytest.fixture
def skies(qkdopt: CommandLine) -> CommandLine:
    """A problem in six scenarios, the same links in forty others, other links, and one sky."""
    qkdopt.write("made.json", cloud_file(6))
    qkdopt.write("fresh.json", cloud_file(40, seed=1))
    qkdopt.write("other.json", cloud_file(3, targets=("A", "C")))
    qkdopt.write("keys.csv", f"{KEYS}# interval of 10 s\n")
    qkdopt.write("two.toml", TWO_CITIES)
    return qkdopt


@pytest.mark.parametrize(
    "strategy",
    [
        ("--strategy", "gd"),
        ("--strategy", "pd", "--alpha", "0.2"),
        ("--strategy", "balanced", "--alpha", "0.5", "--risk-share", "0.5"),
        ("--strategy", "capped", "--demand", "A=900,B=700"),
    ],
    ids=lambda strategy: strategy[1],
)
def test_json_has_the_claim_beside_what_is_kept(
    skies: CommandLine, strategy: tuple[str, ...]
) -> None:
    found = skies("solve", "made.json", *strategy, *FRESH, "--json").json
    assert (found["verified"], found["optimal"], found["scenarios"]) == (True, True, 6)
    assert set(found["fewest"]) == set(found["most"]) == {"A", "B"}
    fresh = found["fresh"]
    assert fresh["scenarios"] == 40
    assert fresh["value"]["standard_error"] > 0
    assert fresh["claimed"] == pytest.approx(_number(found["value"]))
    assert found["vss"]["claimed"] >= -1e-9
    assert found["evpi"]["estimate"] >= -1e-9
    assert ("alpha" in found) is True
    assert ("cvar" in fresh) is ("--alpha" in strategy)
    assert ("meets_demand" in fresh["targets"]["A"]) is ("--demand" in strategy)


def _number(text: str) -> float:
    above, _, below = text.partition("/")
    return int(above) / int(below or 1)


def test_tables_have_mean_and_range_and_what_is_kept(skies: CommandLine) -> None:
    answer = skies("solve", "made.json", *BALANCED, "--min-bits", "A=600", *FRESH)
    assert answer.code == 0
    for words in (
        "fewest", "most", "proved optimal", "made for 6", "40 fresh", "mean clouds (VSS)",
        "clouds known (EVPI)", "meets minimum",
    ):  # fmt: skip
        assert words in answer.out


def test_says_where_scenarios_overfit_or_bring_nothing(skies: CommandLine) -> None:
    assert "it needs no scenarios" in skies("solve", "made.json", *FRESH).out
    answer = skies("solve", "made.json", "--alpha", "0.2", *FRESH)
    assert "this one rests on the worst 2 of 6" in answer.out


def test_certificates_are_verified_again(skies: CommandLine) -> None:
    assert skies("solve", "made.json", "--alpha", "0.3", "-o", "c.json").code == 0
    answer = skies("verify", "c.json", "--problem", "made.json", "--json")
    assert answer.code == 0
    assert len(answer.json["certificates"][0]["delivered"]) == 6
    assert skies("verify", "c.json", "--problem", "fresh.json").code == 1


def test_skies_are_drawn_for_a_scenario(skies: CommandLine) -> None:
    drawn = ("--clouds", "4", "--marginal", "heavy")
    found = skies("solve", "two.toml", *drawn, "--fresh", "5", "-o", "c.json", "--json").json
    again = skies("solve", "two.toml", *drawn, "--fresh", "5", "--json").json
    assert (found["verified"], found["fresh"]["scenarios"]) == (True, 5)
    assert {**found, "seconds": {}, "made_by": {}} == {**again, "seconds": {}, "made_by": {}}
    assert "NOT MEASURED: synthetic clouds" in found["notes"]
    with open("c.json") as file:
        problem = json.load(file)["problem"]
    assert problem["scenarios"] == {"probabilities": ["1/4"] * 4}
    other = skies("solve", "two.toml", *drawn, "--clouds-seed", "7", "--json").json
    assert other["value"] != found["value"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            ("made.json", "--alpha", "0"),
            "alpha: got '0', expected a decimal number, 0 < alpha <= 1",
        ),
        (("made.json", "--alpha", "1.5"), "alpha: got '1.5', expected a decimal number, 0 < alpha"),
        (("made.json", "--alpha", "most"), "alpha: got most, expected a decimal number"),
        (
            ("made.json", "--alpha", "0.1", "--risk-share", "-0.1"),
            "risk_share: got '-0.1', expected a decimal number, 0 <= risk_share <= 1",
        ),
        (("made.json", "--risk-share", "0.5"), "--risk-share: got '0.5', expected none without"),
        (("keys.csv", "--alpha", "0.5"), "expected none where the problem has no cloud scenarios"),
        (("keys.csv", *FRESH), "--fresh: got 'fresh.json', expected none without cloud scenarios"),
        (("two.toml", "--fresh", "9"), "--fresh: got '9', expected none without cloud scenarios"),
        (
            ("made.json", "--fresh", "other.json"),
            "fresh scenarios: links: got 'A, C', expected A, B",
        ),
        (("made.json", "--fresh", "gone.json"), "gone.json"),
        (("made.json", "--clouds", "9"), "--clouds: got '9', expected none with made.json"),
        (("two.toml", "--clouds", "0"), "--clouds: got 0, expected 1 to 10,000 skies to draw"),
        (("two.toml", "--clouds", "gone.nc"), "gone.nc"),
        (("two.toml", "--clouds", "3", "--clouds", "4"), "one number of skies to draw"),
        (("two.toml", "--clouds", "3", "--fresh", "none.csv"), "none.csv"),
        (("two.toml", "--clouds", "3", "--marginal", "fair"), "fair"),
        (("two.toml", "--marginal", "heavy"), "--marginal: got heavy, expected none without"),
        (("made.json", "--strategy", "td"), "td in cloud scenarios, expected one of gd, pd"),
        (("made.json", "--strategy", "least"), "least in cloud scenarios, expected one of gd, pd"),
        (
            ("made.json", "--strategy", "fair", "--alpha", "0.5"),
            "expected one of the strategies gd, pd, balanced, capped",
        ),
        (
            ("made.json", "--strategy", "paired", "--traffic", "gravity=9"),
            "paired in cloud scenarios, expected one of gd, pd",
        ),
    ],
)
def test_bad_input_is_one_line(
    skies: CommandLine, arguments: tuple[str, ...], complaint: str
) -> None:
    assert complaint in skies("solve", *arguments).complaint


def test_a_run_has_what_each_strategy_keeps(skies: CommandLine) -> None:
    under = ("--clouds", "5", "--fresh-clouds", "8", "--alpha", "0.4", "--time-limit", "1")
    found = skies("run", "two.toml", *under, "-o", "out", "--json").json
    assert (found["verified"], found["complete"]) == (True, True)
    assert found["risk"] == {"alpha": "0.4", "risk_share": "1"}
    assert list(found["strategies"]) == ["gd", "pd", "balanced"]
    for strategy in found["strategies"].values():
        assert (strategy["scenarios"], strategy["fresh"]["scenarios"]) == (5, 8)
        assert strategy["vss"]["claimed"] >= -1e-9
        assert "overfits" in strategy["cloud_notes"][0]
    clouds = json.loads((skies.folder / "out" / "clouds.json").read_text())["strategies"]
    assert len(clouds["balanced"]["fresh_rewards"]) == 8
    assert "mean_bits" in (skies.folder / "out" / "schedule-gd.csv").read_text()
    again = skies("run", "two.toml", *under, "-o", "out")
    assert again.code == 0
    for name in ("keys.nc", "balanced.json", "balanced-mean-clouds.json"):
        assert name in again.out.partition("Reused from the previous run")[2]
    assert "balanced: claimed, and kept in fresh scenarios" in again.out
    assert skies("report", "out").code == 0
    other = skies("run", "two.toml", "--clouds", "5", "--clouds-seed", "1", "-o", "out")
    assert "made with another scenario" in other.out
    assert not (skies.folder / "out" / "clouds.json").exists()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--fresh-clouds", "9"), "--fresh-clouds: got '9', expected none without --clouds"),
        (("--alpha", "0.5"), "--alpha: got '0.5', expected none without --clouds"),
        (("--marginal", "mild"), "--marginal: got mild, expected none without --clouds"),
        (("--clouds", "3", "--risk-share", "1"), "--risk-share: got '1', expected none without"),
        (("--clouds", "3", "--assumptions"), "--assumptions: got given, expected none with"),
        (("--clouds", "3", "--finite-key", "block=session"), "under 3 members of clouds"),
    ],
)
def test_bad_input_of_a_run_is_one_line(
    skies: CommandLine, options: tuple[str, ...], complaint: str
) -> None:
    assert complaint in skies("run", "two.toml", *options, "-o", "out").complaint


def test_a_schedule_is_evaluated_under_the_skies_that_it_was_made_for(skies: CommandLine) -> None:
    under = ("--clouds", "3", "--marginal", "heavy", "--json")
    made = skies("solve", "two.toml", "--strategy", "gd", *under, "-o", "gd.json").json
    assert skies("export", "gd.json", "--csv", "-o", "gd.csv").code == 0
    found = skies("evaluate", "two.toml", "gd.csv", *under).json
    assert (found["legal"], found["scenarios"], found["delivered"]) == (True, 3, made["delivered"])
    assert found["strategies"]["gd"]["value"] == found["strategies"]["gd"]["bound"] == made["value"]
    refused = ("--clouds", "3", "--finite-key", "block=pass")
    complaint = skies("evaluate", "two.toml", "gd.csv", *refused).complaint
    assert "--finite-key: got 'block=pass', expected none with --clouds" in complaint
    twice = skies("evaluate", "two.toml", "gd.csv", "--finite-key", "block=pass,block=night")
    assert "expected block once" in twice.complaint
    assert "No such option: --alpha" in skies("what-if", "two.toml", "--alpha", "1").complaint
