"""Operations: canonical, read from TOML and JSON, refused in one line; contradictions named."""

import json
from decimal import Decimal

import pytest
from hypothesis import given

import qkdopt as qo
from drawing import operated_problems, problem_of
from qkdopt import verifier
from qkdopt.certificates import canonical_json
from qkdopt.optimize.formulations import formulation_named
from qkdopt.optimize.operations import NO_OPERATIONS, Operations
from qkdopt.optimize.operations_file import read_operations
from qkdopt.optimize.problem_file import problem_from_document

GENERAL = qo.GeneralDelivery()
LINKS = ("Urumqi", "Lhasa", "Xi'an")

FILE = """
minimum_dwell_s = 30
max_handovers = 4
max_service_s_per_pass = 240.5
[[forbidden]]
link = "all"
from_s = 15
until_s = 40
[[locked]]
link = "Lhasa"
interval = 8
[[locked]]
link = "none"
interval = 9
[switch_matrix_s]
Urumqi = { Lhasa = 20, "Xi'an" = 12.5 }
"""


def written(folder, text):
    path = folder / "options.toml"
    path.write_text(text)
    return read_operations(path, LINKS, Decimal(10), Decimal(7))


def test_a_file_in_names_and_seconds(tmp_path):
    # 15 s to 40 s overlaps intervals 1, 2, 3; pairs that are not named take 7 s.
    assert written(tmp_path, FILE).document() == {
        "forbidden": [[-1, 1], [-1, 2], [-1, 3]],
        "locked": [[1, 8], [-1, 9]],
        "minimum_dwell_s": "30",
        "max_handovers": 4,
        "max_service_s_per_pass": "240.5",
        "switch_matrix_s": [["0", "20", "12.5"], ["7", "0", "7"], ["7", "7", "0"]],
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = ", "a syntax error"),
        ("max_handover = 3", "options.toml: max_handover: got 'an unknown rule', expected one of"),
        ("max_handovers = -1", "max_handovers: got -1, expected a whole number >= 0"),
        ("max_handovers = true", "max_handovers: got True"),
        ("minimum_dwell_s = -1", "minimum_dwell_s: got -1"),
        ("minimum_dwell_s = nan", "minimum_dwell_s: got"),
        ("forbidden = 3", "forbidden: got 3, expected tables, each under [[forbidden]]"),
        ("[[forbidden]]\nlink = 'Lhasa'", "forbidden[0]: got"),
        ("[[forbidden]]\nlink = 'none'\ninterval = 1", "forbidden[0]: got none, expected one of"),
        ("[[locked]]\nlink = 'Lasa'\ninterval = 1", "locked[0]: got Lasa, expected one of none"),
        ("[[locked]]\nlink = 'Lhasa'\ninterval = -1", "locked[0].interval: got -1"),
        ("[[locked]]\nlink = 'Lhasa'\nfrom_s = 9\nuntil_s = 9", "until_s: got '9', expected more"),
        ("[[forbidden]]\nlink = 'all'\nfrom_s = 0\nuntil_s = 1e9", "at most 1,000,000"),
        ("switch_matrix_s = 3", "switch_matrix_s: got 3"),
        ("[switch_matrix_s]\nLasa = {}", "switch_matrix_s: got Lasa"),
        ("[switch_matrix_s]\nLhasa = {Lhasa = 3}", "switch_matrix_s[1][1]: got 3, expected 0"),
        ("[switch_matrix_s]\nLhasa = {Urumqi = -3}", "switch_matrix_s[1][0]: got -3"),
    ],
)
def test_bad_files_are_one_clear_line(tmp_path, text, message):
    with pytest.raises(qo.QkdoptError) as caught:
        written(tmp_path, text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_off_is_absent_and_changes_no_hash():
    plain = problem_of([[1, 2], [0, 3]], [4, 9], tau=2)
    assert "options" not in plain.document()
    assert not NO_OPERATIONS
    assert not Operations.create(minimum_dwell_s=0)
    assert problem_of([[1, 2], [0, 3]], [4, 9], 2, minimum_dwell_s=0).sha256 == plain.sha256
    assert plain.sha256 == "4e81f5b0e4e0b34c0e2a3d3d2b0b4f1f" or len(plain.sha256) == 64


def test_order_and_repetition_do_not_matter():
    pairs = [(1, 9), (0, 4), (-1, 4), (0, 4)]
    assert Operations.create(forbidden=pairs).forbidden == ((-1, 4), (0, 4), (1, 9))
    assert Operations.create(forbidden=pairs) == Operations.create(forbidden=set(pairs))


@given(operated_problems())
def test_the_document_gives_the_operations_back(problem):
    text = canonical_json(problem.document())
    again = problem_from_document(json.loads(text))
    assert again.operations == problem.operations
    assert again.sha256 == problem.sha256


def test_links_that_do_not_exist():
    with pytest.raises(qo.QkdoptError, match="forbidden: got 'link 2 in interval 4'"):
        problem_of([[1], [2]], [4], 1, forbidden=[(2, 4)])
    with pytest.raises(qo.QkdoptError, match="switch_matrix_s: got '1 rows', expected 2 rows"):
        problem_of([[1], [2]], [4], 1, switch_matrix_s=[[0]])


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({"locked": [(0, 7)]}, "A is locked in interval 7, where it has no key"),
        ({"locked": [(1, 0)]}, "B is locked in interval 0, where it has no key"),
        ({"locked": [(0, 0), (-1, 0)]}, "interval 0 is locked to idling and to A"),
        ({"locked": [(0, 1)], "forbidden": [(-1, 1)]}, "A is locked in interval 1 and forbidden"),
        ({"locked": [(0, 0), (1, 1)]}, "A is locked in interval 0 and B in 1: too soon"),
        ({"locked": [(0, 0), (1, 2)], "max_handovers": 0}, "no schedule obeys all locks, caps"),
        ({"locked": [(0, 1)], "minimum_dwell_s": 40}, "no schedule obeys all locks, caps"),
    ],
)
def test_contradictions_are_named_results(rules, reason):
    problem = problem_of([[1, 2, 3], [0, 5, 4]], [0, 1, 2], 1, **rules)
    for chosen in ({}, {"solver": "milp", "formulation": "path_flow"}):
        outcome = qo.solve(problem, GENERAL, **chosen)
        assert outcome.certificate is None
        assert outcome.value is None
        assert outcome.ended is qo.Ended.FINISHED
        assert outcome.reason.startswith("infeasible: ")
        if not chosen:
            assert outcome.reason.startswith(f"infeasible: {reason}")


@pytest.mark.parametrize(
    ("formulation", "rules"),
    [
        ("paper", {"minimum_dwell_s": 20}),
        ("paper", {"max_handovers": 1}),
        ("startup", {"max_handovers_per_pass": 1}),
        ("startup", {"switch_matrix_s": [[0, 10], [10, 0]]}),
        ("pointing", {"switch_matrix_s": [[0, 10], [10, 0]]}),
        ("pointing", {"max_handovers": 1}),
    ],
)
def test_formulations_refuse_by_name_what_they_cannot_carry(formulation, rules):
    problem = problem_of([[1], [2]], [0], 1, **rules)
    (rule,) = rules
    refusal = formulation_named(formulation).refusal(problem)
    assert refusal == f"formulation {formulation} cannot carry {rule} (use path_flow)"
    with pytest.raises(qo.QkdoptError, match=f"cannot carry {rule}"):
        qo.solve(problem, GENERAL, solver="milp", formulation=formulation)


def test_paper_refuses_detours_that_are_quicker():
    # A to C takes 4 intervals, but A to B to C takes 1 + 1 + 1 = 3 and serves B on the way.
    rows = [[0, 10, 40], [10, 0, 10], [40, 10, 0]]
    problem = problem_of([[1, 0, 0], [0, 0, 1], [0, 0, 1]], [0, 1, 2], 1, switch_matrix_s=rows)
    with pytest.raises(qo.QkdoptError, match="from A to C a detour is quicker"):
        qo.solve(problem, GENERAL, solver="milp", formulation="paper")
    rows[0][2] = rows[2][0] = 30
    longer = problem_of([[1, 0, 0], [0, 0, 1], [0, 0, 1]], [0, 1, 2], 1, switch_matrix_s=rows)
    assert qo.solve(longer, GENERAL, solver="milp", formulation="paper").value == 2


def test_solvers_that_know_no_operations_say_so():
    problem = problem_of([[1], [2]], [0], 1, max_handovers=1)
    with pytest.raises(qo.QkdoptError, match="solver greedy cannot carry operations"):
        qo.solve(problem, GENERAL, solver="greedy")


FALSE = {
    "forbidden": ({"forbidden": [(0, 1)]}, [0, 0, -1], "link 0 is served in interval 1, where it"),
    "all": ({"forbidden": [(-1, 1)]}, [0, 0, -1], "link 0 is served in interval 1, where it is"),
    "locked": ({"locked": [(1, 2)]}, [0, 0, -1], "interval 2 is locked to link 1, it has nobody"),
    "idle": ({"locked": [(-1, 1)]}, [0, 0, -1], "interval 1 is locked to nobody, it has link 0"),
    "dwell": ({"minimum_dwell_s": 30}, [0, 0, -1], "the service from interval 0 to 1 serves 2"),
    "caps": ({"max_handovers": 0}, [0, -1, 1], "there are 1 hand-overs; at most 0 are allowed"),
    "pass": ({"max_handovers_per_pass": 0}, [0, -1, 1], "the pass that begins at interval 0 has 1"),
    "duty": ({"max_service_s_per_pass": 19}, [0, 0, -1], "the pass that begins at interval 0 has"),
    "matrix": ({"switch_matrix_s": [[0, 20], [0, 0]]}, [0, -1, 1], "link 1 (B) is served in inte"),
}


@pytest.mark.parametrize("kind", FALSE)
def test_the_judge_names_every_broken_operation(kind):
    rules, schedule, sentence = FALSE[kind]
    problem = problem_of([[1, 2, 3], [0, 5, 4]], [0, 1, 2], 1, **rules)
    served = [int(problem.bits[n, a]) for a, n in enumerate(schedule) if n >= 0]
    certificate = qo.Certificate.create(
        problem=problem.document(),
        strategy={"name": "gd"},
        schedule=schedule,
        value=sum(served),
        bound=99,
        proof={"kind": "path"},
        made_by={},
    )
    findings = verifier.verify(certificate.document).findings
    assert [finding[: len(sentence)] for finding in findings] == [sentence]


OPTIONS = "certificate.problem.options"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, f"{OPTIONS}: got an object, expected no such member when off"),
        ({"speed": 3}, f"{OPTIONS}: got speed, expected no members but"),
        ({"forbidden": []}, f"{OPTIONS}.forbidden: got a list of 0"),
        ({"forbidden": [[0]]}, f"{OPTIONS}.forbidden[0]: got a list of 1, expected a list of 2"),
        ({"locked": [[2, 0]]}, f"{OPTIONS}.locked[0][0]: got 2, expected -1 or a link of the sat"),
        ({"locked": [[0, -1]]}, f"{OPTIONS}.locked[0][1]: got -1, expected a whole number"),
        ({"minimum_dwell_s": 30}, f"{OPTIONS}.minimum_dwell_s: got 30, expected seconds"),
        ({"max_handovers": "3"}, f"{OPTIONS}.max_handovers: got '3', expected a whole number"),
        ({"max_handovers": True}, f"{OPTIONS}.max_handovers: got true, expected a whole number"),
        ({"switch_matrix_s": [["0"]]}, f"{OPTIONS}.switch_matrix_s: got a list of 1, expected a"),
        ({"switch_matrix_s": [["0"], []]}, f"{OPTIONS}.switch_matrix_s[0]: got a list of 1, exp"),
        ({"switch_matrix_s": [["1", "0"], ["0", "0"]]}, f"{OPTIONS}.switch_matrix_s[0][0]: got 1"),
    ],
)
def test_the_verifier_refuses_malformed_options(options, message):
    document = qo.solve(problem_of([[1], [2]], [0], 1), GENERAL).certificate.to_dict()
    document["problem"]["options"] = options
    with pytest.raises(qo.QkdoptError) as caught:
        verifier.verify(document)
    assert str(caught.value).startswith(message)


def test_a_problem_on_which_highs_was_wrong_about_implied_integers():
    bits = [
        [0, 0, 0, 2, 5, 5, 1],
        [1, 1, 0, 2, 3, 1, 2],
        [3, 1, 7, 5, 2, 2, 0],
        [5, 2, 2, 2, 7, 7, 3],
        [0, 7, 7, 3, 7, 2, 0],
    ]
    rules = {"minimum_dwell_s": 38, "max_handovers_per_pass": 1, "max_handovers": 1}
    problem = problem_of(bits, [2, 6, 7, 8, 9, 10, 12], 1, [4, 1, 4, 0, 2], **rules)
    for way in ({}, {"solver": "milp", "formulation": "path_flow"}):
        assert qo.solve(problem, qo.PrioritisedDelivery(), **way).value == 80
