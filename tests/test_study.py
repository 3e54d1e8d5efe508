"""``qkdopt.verify`` in all its forms, and schedules as files."""

import pytest

import qkdopt as qo
from drawing import problem_of
from qkdopt.errors import InputError
from qkdopt.optimize.problem_file import write_problem
from qkdopt.study import read_schedule, write_schedule

PROBLEM = problem_of([[5, 4, 0, 0], [0, 6, 7, 9]], [51, 52, 53, 54], 1, [3, 1])
OTHER = problem_of([[5, 4, 0, 0], [0, 6, 7, 9]], [51, 52, 53, 54], 0, [3, 1])


@pytest.fixture
def certificate():
    return qo.solve(PROBLEM, qo.PrioritisedDelivery()).certificate


def test_every_form_of_a_certificate(tmp_path, certificate):
    certificate.save(tmp_path / "pd.json.gz")
    forms = [
        certificate,
        certificate.document,
        tmp_path / "pd.json.gz",
        str(tmp_path / "pd.json.gz"),
    ]
    for form in forms:
        verdict = qo.verify(form)
        assert verdict
        assert verdict.optimal
        assert verdict.value == 36


def test_every_form_of_the_problem(tmp_path, certificate):
    certificate.save(tmp_path / "pd.json")
    write_problem(PROBLEM, tmp_path / "problem.json.gz")
    forms = [PROBLEM, PROBLEM.document(), tmp_path / "problem.json.gz", tmp_path / "pd.json"]
    for form in forms:
        assert qo.verify(certificate, form)
    assert not qo.verify(certificate, OTHER)


def test_no_certificate_is_bad_input_not_a_verdict():
    with pytest.raises(InputError, match="certificate"):
        qo.verify(None)


def test_schedules_come_back_from_their_files(tmp_path, certificate):
    write_schedule(PROBLEM, certificate.schedule, tmp_path / "s.csv")
    rows = read_schedule(tmp_path / "s.csv", PROBLEM)
    assert rows.service == certificate.schedule
    assert rows.strays == ()


def test_missing_rows_are_idle_and_comments_are_skipped(tmp_path):
    (tmp_path / "s.csv").write_text("# mine\ninterval,link,remark\n\n7,A,?\n53,B,\n54,IDLE,\n")
    rows = read_schedule(tmp_path / "s.csv", PROBLEM)
    assert rows.service == (-1, -1, 1, -1)
    assert rows.strays == ((7, "A"),)


def test_a_city_called_idle_is_served(tmp_path):
    keys = qo.KeyTensor.create([[3]], [1], ["idle"])
    problem = qo.SchedulingProblem.from_keys(keys)
    (tmp_path / "s.csv").write_text("interval,link\n1,idle\n")
    assert read_schedule(tmp_path / "s.csv", problem).service == (0,)
