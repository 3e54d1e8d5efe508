"""Traffic on the command line: read, refused in one line, and what keys pair up to."""

import json

import pytest

from command_line import KEYS

WANTED = "city,A,B\nA,0,12\nB,12,0\n"
THREE = "interval,A,B,C\n51,5,0,1\n52,4,6,1\n54,0,7,8\n56,2,9,0\n"
ALL = "# who talks to whom\ncity,C,A,B\nA,9,,9\nC,,9,9\nB,9,9,\n"


@pytest.fixture
def keys(qkdopt):
    return qkdopt.write("keys.csv", KEYS)


def test_paired_delivery_from_a_file(qkdopt):
    keys = qkdopt.write("keys.csv", THREE)
    traffic = qkdopt.write("traffic.csv", ALL)
    answer = qkdopt("solve", keys, "--strategy", "paired", "--traffic", traffic, "--json")
    assert (answer.code, answer.err) == (0, "")
    found = answer.json
    assert (found["value"], found["bound"], found["verified"]) == (13, 13, True)
    assert found["pairing"]["shared"] == 13
    assert found["pairing"]["consumed"] == 26
    assert found["pairing"]["wanted"] == 27
    assert found["pairing"]["utilisation"] == 1.0
    assert sum(bits for _, _, bits in found["pairing"]["pairs"]) == 13


def test_a_certificate_of_paired_delivery_is_verified_and_solved_again(qkdopt):
    keys = qkdopt.write("keys.csv", THREE)
    traffic = qkdopt.write("traffic.csv", ALL)
    qkdopt("solve", keys, "--strategy", "paired", "--traffic", traffic, "-o", "c.json")
    answer = qkdopt("verify", "c.json")
    assert answer.code == 0
    assert "13 shared bits, proved optimal" in answer.out
    again = qkdopt("solve", "c.json", "--strategy", "paired", "--json").json
    assert again["value"] == 13


def test_the_table_says_that_each_shared_bit_uses_two(qkdopt, keys):
    traffic = qkdopt.write("traffic.csv", WANTED)
    answer = qkdopt("solve", keys, "--traffic", traffic)
    assert "shared bit, two used for each" in answer.out
    assert "in proportion to traffic" in answer.out


def test_evaluation_pairs_up_a_schedule_from_elsewhere(qkdopt, keys):
    traffic = qkdopt.write("traffic.csv", WANTED)
    schedule = qkdopt.write("mine.csv", "interval,link\n51,A\n52,A\n54,B\n")
    found = qkdopt("evaluate", keys, schedule, "--traffic", traffic, "--json").json
    # 9 bits at either city: nine shared ones; in proportion 9/12 of the traffic, the same nine.
    assert found["pairing"]["shared"] == found["pairing"]["proportional_shared"] == 9
    assert found["pairing"]["proportional_level"] == "3/4"
    assert found["pairing"]["utilisation"] == found["pairing"]["proportional_utilisation"] == 1.0


def test_the_strategies_are_compared(qkdopt, keys):
    weights = ("--weights", "A=3,B=1")
    both = ("--traffic", "gravity=6", "--traffic", "gravity=60")
    answer = qkdopt("pairs", keys, *weights, *both, "--time-limit", "1", "--json")
    assert answer.code == 0
    found = answer.json
    assert found["wanted"] == [6, 60]
    assert found["verified"] is True
    names = ["S-GD", "S-PD", "S-TD(0.01)", "balanced", "paired"]
    assert list(found["strategies"]) == names
    for number, (wanted, bound) in enumerate(zip(found["wanted"], found["bounds"], strict=True)):
        shared = {name: found["strategies"][name][number]["pairing"]["shared"] for name in names}
        assert max(shared.values()) == shared["paired"] <= bound <= wanted
    assert found["strategies"]["S-GD"][1]["pairing"]["shared"] == 0  # everything goes to B
    assert found["strategies"]["paired"][1]["pairing"]["shared"] == 9
    assert "shared keys" in qkdopt("pairs", keys, *weights, *both, "--time-limit", "1").out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("city,A,B\nA,0,1\n", "got '2 columns and 1 rows', expected a square table"),
        ("city,A,B\nA,0\nB,1,0\n", "row A: got '1 numbers', expected '2, one for each city'"),
        ("city,A,B\nA,3,1\nB,1,0\n", "A with A: got 3, expected 0 on the diagonal"),
        ("city,A,B\nA,0,-1\nB,-1,0\n", "A with B: got -1, expected a whole number of bits"),
        ("city,A,B\nA,0,1.5\nB,1.5,0\n", "A with B: got 1.5, expected a whole number of bits"),
        ("city,A,B\nA,0,\nB,1,0\n", "A with B: got '', expected a whole number of bits"),
        ("city,A,B\nA,0,1\nB,2,0\n", "A with B: got '1 one way and 2 the other'"),
        ("city,A,D\nA,0,1\nD,1,0\n", "got D, expected targets among A, B"),
        ("city,A\nA,0\n", "got 'nothing for B', expected bits for every target"),
        ("city,A,A\nA,0,1\nA,1,0\n", "header: got A, expected each city once"),
        ("city,A,B\nA,0,0\nB,0,0\n", "got 'only zeros'"),
        ("", "got 'an empty file'"),
    ],
)
def test_traffic_files_that_are_none_are_refused_in_one_line(qkdopt, keys, text, words):
    traffic = qkdopt.write("traffic.csv", text)
    answer = qkdopt("solve", keys, "--strategy", "paired", "--traffic", traffic)
    assert answer.code == 2
    assert answer.err.count("\n") == 1
    assert words.replace("'", "") in answer.err.replace("'", "")
    assert "traffic.csv" in answer.err


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("--traffic", "none.csv"), "none.csv: file not found"),
        (("--traffic", "gravity=many"), "gravity= and a whole number of shared bits"),
        (("--traffic", "gravity=0", "--weights", "A=1,B=1"), "a whole number of bits > 0"),
        (("--traffic", "gravity=5"), "a file, for there are no weights"),
        ((), "traffic: got none, expected"),
        (("--stock", "A=-1,B=0"), "stock: A: got -1, expected a whole number of bits"),
    ],
)
def test_other_bad_input_is_refused_in_one_line(qkdopt, keys, given, words):
    answer = qkdopt("solve", keys, "--strategy", "paired", *given)
    assert answer.code == 2
    assert answer.err.count("\n") == 1
    assert words in answer.err.replace("'", "")


def test_a_fraction_above_one_is_refused_in_one_line(qkdopt, keys):
    answer = qkdopt(
        "solve", keys, "--strategy", "least", "--fraction", "1.2", "--weights", "A=1,B=1"
    )
    assert answer.code == 2
    assert answer.err.count("\n") == 1
    assert "0 <= fraction <= 1" in answer.err


def test_floors_on_the_command_line_go_with_every_strategy(qkdopt, keys):
    weights = ("--weights", "A=3,B=1")
    for name, more in (("balanced", ()), ("td", ("--kl-max", "0.3"))):
        answer = qkdopt(
            "solve", keys, "--strategy", name, *weights, *more, "--min-bits", "A=9", "--json"
        )
        assert answer.json["verified"] is True
        assert answer.json["delivered"]["A"] >= 9
        assert answer.json["floors"] == {"A": 9}
    answer = qkdopt("solve", keys, "--strategy", "td", *weights, "--floors", "A=99")
    assert answer.code == 1
    assert "infeasible" in answer.out + answer.err


def test_the_json_of_a_problem_with_traffic_is_canonical(qkdopt):
    keys = qkdopt.write("keys.csv", THREE)
    traffic = qkdopt.write("traffic.csv", ALL)
    qkdopt("solve", keys, "--traffic", traffic, "-o", "c.json")
    problem = json.loads((qkdopt.folder / "c.json").read_text())["problem"]
    assert problem["traffic"] == [[0, 9, 9], [9, 0, 9], [9, 9, 0]]
