"""Every problem file has one door; solver and verifier refuse the same documents."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import problem_of
from qkdopt.library import models_folder, published_index
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.problem_file import problem_from_document, write_problem
from qkdopt.verifier import problem_sha256
from test_problem_version_2 import ONE, TWO, again


@pytest.mark.parametrize("ending", [".json", ".json.gz"])
def test_files_of_both_versions_are_loaded(tmp_path, ending):
    problem = problem_of([[5, 4], [0, 6]], [3, 4], 1, [3, 1])
    for version in (1, 2):
        path = tmp_path / f"v{version}{ending}"
        write_problem(problem.as_version(version), path)
        read = qo.load_problem(path)
        assert read.version == version
        assert read.sha256 == problem.as_version(version).sha256


@pytest.mark.parametrize("ending", [".nc", ".csv"])
def test_key_tensors_are_loaded(tmp_path, ending):
    keys = qo.KeyTensor.create([[5, 4, 0], [0, 6, 0]], [3, 4, 5], ["A", "B"])
    keys.save(tmp_path / f"keys{ending}")
    read = qo.load_problem(tmp_path / f"keys{ending}")
    assert read.document() == SchedulingProblem.from_keys(keys).document()


def test_a_certificate_gives_the_problem_in_it(tmp_path):
    problem = problem_of([[5, 4], [0, 6]], [3, 4], 1, [3, 1])
    qo.solve(problem, qo.GeneralDelivery()).certificate.save(tmp_path / "c.json")
    assert qo.load_problem(tmp_path / "c.json").sha256 == problem.sha256


PUBLISHED = [
    name
    for name in sorted(published_index())
    if (models_folder() / name / "problem.json.gz").stat().st_size < 200_000
]


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_published_problem_is_loaded_with_its_hash(name):
    problem = qo.load_problem(name)
    assert problem.sha256 == published_index()[name]["sha256"]
    if isinstance(problem, SchedulingProblem) and problem.version == 1:
        second = again(problem.as_version(2))
        assert second.as_version(1).sha256 == problem.sha256


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(published_index()) - set(PUBLISHED)))
def test_every_large_published_problem_is_loaded_with_its_hash(name):
    test_every_published_problem_is_loaded_with_its_hash(name)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("absent.json", None),
        ("list.json", "[1, 2]"),
        ("number.json", "1e999"),
        ("other.json", '{"format": "qkdopt-front"}'),
        ("inside.json", '{"format": "qkdopt-certificate", "problem": 3}'),
        ("keys.csv", "interval,A\n1,x\n"),
        ("keys.txt", "hello"),
        ("keys.nc", "hello"),
    ],
)
def test_what_is_no_problem_is_refused_in_one_line(tmp_path, name, text):
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(qo.QkdoptError) as caught:
        qo.load_problem(tmp_path / name)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


# --- the verifier's reader, which shares no code with this one ---------------------------------

JUNK = [
    None, True, -1, 0, 1, 2, 51, 55, 10**120, 1.5, "", "0", "10", "x", [], [[]], {}, [0], [1, 0],
    [51, 53], {"name": "A"}, "-5", "1e3", "10.0",
]  # fmt: skip


def places(inner, here=()):
    """Yield the way to everything in a document."""
    keys = inner if isinstance(inner, dict) else range(len(inner) if type(inner) is list else 0)
    for key in keys:
        yield (*here, key)
        yield from places(inner[key], (*here, key))


@st.composite
def damaged(draw):
    """Draw a document in which something is missing, repeated, out of place or of another kind."""
    document = copy.deepcopy(draw(st.sampled_from([ONE, TWO])))
    *parents, last = draw(st.sampled_from(list(places(document))))
    inner = document
    for key in parents:
        inner = inner[key]
    how = draw(st.sampled_from(["change", "change", "omit", "repeat", "turn"]))
    if how == "omit":
        del inner[last]
    elif how == "repeat" and isinstance(inner, list):
        inner.insert(last, copy.deepcopy(inner[last]))
    elif how == "turn" and isinstance(inner, list):
        inner.reverse()
    else:
        inner[last] = draw(st.sampled_from(JUNK))
    return document


def answer(read, document):
    """Return what a reader makes of a document, or its complaint."""
    try:
        return read(document)
    except qo.QkdoptError as error:
        return error


@given(damaged())
@settings(max_examples=120)
def test_maker_and_verifier_refuse_the_same_documents(document):
    made, seen = (answer(read, document) for read in (problem_from_document, problem_sha256))
    refused = isinstance(made, qo.QkdoptError)
    assert refused == isinstance(seen, qo.QkdoptError)
    assert "\n" not in str(made)
    if not refused and made.document() == document:
        assert made.sha256 == seen
