import gzip
import json

import pytest

from command_line import KEYS
from qkdopt import verifier


@pytest.fixture
def keys(qkdopt):
    return qkdopt.write("keys.csv", KEYS)


def test_most_bits(qkdopt, keys):
    answer = qkdopt("solve", keys, "--strategy", "gd", "--json")
    assert (answer.code, answer.err) == (0, "")
    found = answer.json
    assert (found["value"], found["bound"], found["ended"]) == (22, 22, "finished")
    assert found["verified"] is True
    assert found["optimal"] is True
    assert found["delivered"] == {"A": 0, "B": 22}
    assert "divergence" not in found
    assert "utilisation" not in found


@pytest.mark.parametrize("solver", ["dynamic", "milp"])
def test_most_weighted_bits(qkdopt, keys, solver):
    answer = qkdopt(
        "solve", keys, "--strategy", "pd", "--weights", "A=3,B=1", "--solver", solver, "--json"
    )
    found = answer.json
    assert (found["value"], found["bound"], found["verified"]) == (36, 36, True)
    assert found["delivered"] == {"A": 9, "B": 9}
    # p = (1/2, 1/2), q = (3/4, 1/4); t = min(9 * 4 / 3, 9 * 4) = 12 of 18.
    assert found["divergence"] == pytest.approx(0.5 * 0.287682072, rel=1e-8)
    assert found["utilisation"] == pytest.approx(2 / 3)


def test_a_heuristic_leaves_a_gap_and_says_so(qkdopt, keys):
    answer = qkdopt("solve", keys, "--solver", "greedy")
    assert answer.code == 0
    assert "holds, gap" in answer.out
    assert "proved optimal" not in answer.out


def test_settings_of_generations(qkdopt, keys):
    chosen = ("--set", "population=1e1", "--set", "run=3", "--set", "evaluations=1_00")
    found = qkdopt("solve", keys, "--solver", "genetic", *chosen, "--json").json
    stated = found["made_by"]["settings"]
    assert (stated["population"], stated["run"], stated["evaluations"]) == (10, 3, 100)
    assert found["value"] == 22
    weights = ("--weights", "A=3,B=1", "--strategy", "td", "--kl-max", "0.1")
    chosen = ("--set", "decode=intervals", "--set", "crossover=0.5", "--set", "polish=1")
    found = qkdopt("solve", keys, *weights, "--solver", "hybrid", *chosen, "--json").json
    stated = found["made_by"]["settings"]
    assert (stated["decode"], stated["crossover"], stated["polish"]) == ("intervals", "0.5", 1)


def test_the_table_has_every_figure(qkdopt, keys):
    answer = qkdopt("solve", keys, "--strategy", "pd", "--weights", "A=3,B=1")
    for words in ("S-PD", "75.0 %", "66.7 %", "0.1438", "proved optimal"):
        assert words in answer.out


@pytest.mark.parametrize("name", ["found.json", "found.json.gz"])
def test_the_certificate_is_written_and_solved_again(qkdopt, keys, name):
    weights = ("--weights", "A=3,B=1")
    assert qkdopt("solve", keys, "--strategy", "pd", *weights, "-o", name).code == 0
    data = (qkdopt.folder / name).read_bytes()
    document = json.loads(gzip.decompress(data) if name.endswith(".gz") else data)
    assert verifier.verify(document).optimal
    again = qkdopt("solve", name, "--strategy", "pd", "--json").json
    assert again["value"] == 36
    assert again["problem_sha256"] == document["problem_sha256"]
    # Options override what the file says; no hand-over time: 3 * 9 + 7 + 9.
    free = qkdopt("solve", name, "--strategy", "pd", "--switch-seconds", "0", "--json").json
    assert free["value"] == 43


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("w.json", '{"A": 1.5, "B": 0.5}'),
        ("w.toml", "A = 1.5\nB = 0.5\n"),
        ("w.csv", "target,weight\nA,1.5\nB,0.5\n"),
    ],
)
def test_weights_from_a_file(qkdopt, keys, name, text):
    qkdopt.write(name, text)
    answer = qkdopt("solve", keys, "--strategy", "pd", "--weights", name, "--json")
    assert answer.json["value"] == 5 * 36  # 15 and 5 are 3 and 1, five times


def test_nothing_can_be_delivered(qkdopt):
    qkdopt.write("none.csv", "interval,A,B\n")
    for solver in ("dynamic", "milp"):
        answer = qkdopt("solve", "none.csv", "--weights", "A=1,B=1", "--solver", solver, "--json")
        assert answer.code == 0
        found = answer.json
        assert (found["value"], found["bound"], found["verified"]) == (0, 0, True)
        assert found["divergence"] is None
        assert found["utilisation"] is None
    assert "proved optimal" in qkdopt("solve", "none.csv").out


def test_a_published_name_means_its_frozen_bits(qkdopt):
    found = qkdopt("solve", "micius-china-2016", "--json").json
    named = qkdopt("problems", "micius-china-2016", "--json").json
    assert found["value"] == named["best"]["gd"]["value"]


def test_floors_stock_and_demand(qkdopt, keys):
    weights = ("--weights", "A=3,B=1")
    # A in 51 and 52, B in 54: t = min(9 * 4 / 3, (9 + 2) * 4) = 12.
    found = qkdopt(
        "solve", keys, "--strategy", "balanced", *weights, "--stock", "B=2", "--json"
    ).json
    assert found["value"] == {"t": "12/1", "total": 18}
    assert found["verified"] is True
    found = qkdopt("solve", keys, "--strategy", "capped", "--demand", "A=3,B=9", "--json").json
    assert (found["value"], found["bound"]) == (12, 12)
    qkdopt.write("floors.csv", "target,bits\nA,5\n")
    assert qkdopt("solve", keys, "--floors", "floors.csv", "--json").json["value"] == 21
    answer = qkdopt("solve", keys, "--min-bits", "A=12")
    assert answer.code == 1
    assert "the lower bounds ask for more than any schedule delivers" in answer.out
    assert "t 12.0, total 18" in qkdopt("solve", keys, "--strategy", "balanced", *weights).out


def test_least_divergence(qkdopt, keys):
    chosen = ("--strategy", "least", "--weights", "A=3,B=1", "--fraction", "0.75")
    found = qkdopt("solve", keys, *chosen, "--json").json
    assert float(found["value"]) == pytest.approx(0.5 * 0.287682072, rel=1e-8)
    assert found["verified"] is True


def test_nothing_found_is_not_said_to_be_impossible(qkdopt, keys):
    answer = qkdopt(
        *("solve", keys, "--strategy", "td", "--kl-max", "0.000001", "--weights", "A=3,B=1"),
        *("--solver", "genetic", "--time-limit", "0.1"),
    )
    assert answer.code == 0
    words = " ".join(answer.out.split())
    assert "Nothing delivered: no individual came within KL = 0.000001: the nearest" in words


def test_results_of_pairs_say_what_a_bit_is_and_what_is_assumed(qkdopt):
    words = qkdopt("solve", "iberia-2025", "--strategy", "gd").out
    assert "PAIRS: a pair's key is shared by its two stations directly" in words
    assert "NOT MEASURED: success fractions, ASSUMED" in words
    notes = qkdopt("solve", "iberia-2025", "--strategy", "pd", "--json").json["notes"]
    assert len(notes) == 2
    assert "notes" not in qkdopt("solve", "micius-china-2016", "--strategy", "gd", "--json").json
    assert "PAIRS" in " ".join(qkdopt("solve", "europe-pairs-2025", "--strategy", "gd").out.split())


def test_check_says_when_both_ends_of_a_pair_are_in_view(qkdopt):
    words = qkdopt("check", "iberia-mixed-2025").out
    for line in ("links: 7 (3 of pairs) of 4 stations", "pair source: bbm92 (model exact)"):
        assert line in words
    assert "pair, both in view" in words
