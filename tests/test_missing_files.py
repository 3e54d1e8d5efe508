"""A file that is not there is called that, with the nearest name that is."""

import pytest

from command_line import KEYS


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("solve keys.cvs", "keys.cvs: file not found (nearest: keys.csv), expected"),
        ("solve probelm.json", "probelm.json: file not found (nearest: problem.json), expected a"),
        ("solve nosuch.json", "nosuch.json: file not found, expected a problem as JSON"),
        ("solve nosuch", "nosuch: file not found, expected a file, or a published problem"),
        ("run micius-chian-2016", "(nearest: micius-china-2016"),
        ("report problem.jsn", "problem.jsn: file not found (nearest: problem.json)"),
        ("solve absent/problem.json", "file not found (no folder absent)"),
        ("report nosuch", "nosuch: file not found, expected the folder of a run, or a certificate"),
        (
            "solve keys.csv --weights k.csv",
            "--weights k.csv: file not found (nearest: keys.csv), expected a file of",
        ),
        ("plot front nosuch -o x.png", "nosuch: file not found, expected a front"),
        ("verify probelm.json", "probelm.json: file not found (nearest: problem.json)"),
        ("bench plan.toml", "plan.toml: file not found"),
        ("check s.toml", "s.toml: file not found, expected a scenario file"),
    ],
)
def test_what_is_not_there_is_called_so(qkdopt, line, words):
    qkdopt.write("keys.csv", KEYS)
    qkdopt.write("problem.json", "{}")
    assert words in qkdopt(*line.split()).complaint


def test_a_folder_is_not_called_absent(qkdopt):
    (qkdopt.folder / "x.csv").mkdir()
    assert "x.csv: got a folder, expected a CSV key tensor" in qkdopt("solve", "x.csv").complaint


def test_verify_names_the_file_that_is_no_problem(qkdopt):
    qkdopt.write("keys.csv", KEYS)
    qkdopt("solve", "keys.csv", "-o", "c.json")
    complaint = qkdopt("verify", "c.json", "--problem", "keys.csv").complaint
    assert complaint.startswith("keys.csv: got text that is not JSON")
