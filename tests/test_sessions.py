"""Key lengths of sessions: what a schedule has, documents, and problems with fewer cells."""

import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qkdopt as qo
from qkdopt.errors import InputError, LimitError
from qkdopt.optimize.closures import without_closures
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.problem_file import problem_from_document
from qkdopt.optimize.schedule import Schedule
from qkdopt.tensor.sessions import Sessions
from session_drawing import session_problem


def by_hand(problem, service):
    """Return the bits of each link, session by session."""
    sessions, bits, a = problem.sessions, [0] * len(problem.links), 0
    while a < len(service):
        n, b = service[a], a
        if n >= 0:
            contact = sessions.contact[n, a]
            while b + 1 < len(service) and service[b + 1] == n:
                if sessions.contact[n, b + 1] != contact:
                    break
                b += 1
            length = int(sessions.length[contact])
            i, j = a - int(sessions.first[contact]), b - int(sessions.first[contact])
            triangle = sessions.triangles()[contact]
            bits[n] += triangle[sum(range(length - i + 1, length + 1)) + j - i]
        a = b + 1
    return bits


@given(seed=st.integers(0, 10**6))
def test_a_schedule_has_the_bits_of_its_sessions(seed):
    problem = session_problem(seed)
    rng = np.random.default_rng(seed)
    service = np.full(problem.interval.size, -1)
    for a in range(service.size):
        able = [-1, *np.flatnonzero(problem.bits[:, a]).tolist()]
        stays = a > 0 and service[a - 1] in able and rng.random() < 0.6
        service[a] = service[a - 1] if stays else rng.choice(able)
    bits = by_hand(problem, service.tolist())
    targets = [0] * len(problem.targets)
    for n, target in enumerate(problem.link_target):
        targets[target] += bits[n]
    assert Schedule(service).delivered(problem) == tuple(targets)
    assert Schedule(service).value(problem, [3] * len(bits)) == 3 * sum(bits)


@given(seed=st.integers(0, 10**6))
def test_documents_keep_sessions(seed):
    problem = session_problem(seed)
    document = json.loads(json.dumps(problem.document()))
    again = problem_from_document(document)
    assert again.sha256 == problem.sha256
    assert again.sessions.triangles() == problem.sessions.triangles()
    with pytest.raises(InputError, match="sessions"):
        problem.as_version(1)


@given(seed=st.integers(0, 10**6))
def test_closed_cells_cut_contacts(seed):
    problem = session_problem(seed)
    cells = np.argwhere(problem.bits > 0)
    n, a = cells[seed % len(cells)].tolist()
    rules = Operations(forbidden=((n, int(problem.interval[a])),))
    closed = without_closures(problem.with_satellite(operations=rules))
    sessions, cut = problem.sessions, closed.sessions
    for c, (first, size) in enumerate(cut.spans()):
        for i in range(first, first + size):
            for j in range(i, first + size):
                link = int(cut.link[c])
                old = np.array([sessions.contact[link, i]])
                span = np.array([i]), np.array([j])
                here = cut.bits[cut.place(np.array([c]), *span)]
                assert here == sessions.bits[sessions.place(old, *span)]
                assert not (link == n and i <= a <= j)


def test_sessions_that_do_not_fit_are_refused():
    keys = qo.KeyTensor.create([[5, 4, 0, 6]], [1, 2, 3, 4], ["Graz"])
    with pytest.raises(InputError, match="those of 1, expected the sessions of 2 contacts"):
        keys.in_sessions([[5, 9, 4]])
    with pytest.raises(InputError, match=r"sessions\[0\]: got 2 key lengths, expected 3 for 2 int"):
        keys.in_sessions([[5, 9], [6]])
    with pytest.raises(InputError, match="whole numbers >= 0"):
        keys.in_sessions([[5, 9, -4], [6]])


def test_tensors_keep_sessions_where_empty_intervals_go():
    keys = qo.KeyTensor.create([[5, 4, 0, 6]], [1, 2, 3, 4], ["Graz"])
    keys = pickle.loads(pickle.dumps(keys.in_sessions([[5, 9, 4], [6]])))
    fewer = keys.without_empty_intervals()
    assert fewer.sessions.triangles() == [[5, 9, 4], [6]]
    assert fewer.sessions.contact.tolist() == [[0, 0, 1]]
    assert isinstance(fewer.sessions, Sessions)
    assert fewer.sessions.increments.tolist() == [5, 4, 4, 6]
    assert fewer.sessions.most.tolist() == [5, 4, 6]


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ([[0, [5, 9, 4]]], "a list of 2: one for each contact"),
        ([[1, [5, 9, 4]], [0, [6]]], r"sessions\[0\]: got .*, expected \[0, \[key lengths\]\]"),
        ([[0, [5, 9, 4]], [1, [6, 7]]], r"sessions\[1\]\[1\]: got 2 key lengths, expected 1 for 1"),
        ([[0, [5, -9, 4]], [1, [6]]], r"sessions\[0\]\[1\]: got -9, expected whole numbers >= 0"),
        ([[0, [5, 9.5, 4]], [1, [6]]], r"sessions\[0\]\[1\]: got .* a list of whole numbers"),
        ([[0, [5, 9, 4], 3], [1, [6]]], r"sessions\[0\]: got "),
    ],
)
def test_documents_whose_sessions_do_not_fit_are_refused(stated, message):
    keys = qo.KeyTensor.create([[5, 4, 0, 6]], [1, 2, 3, 4], ["Graz"])
    problem = SchedulingProblem.from_keys(keys.in_sessions([[5, 9, 4], [6]]))
    with pytest.raises(InputError, match=message):
        problem_from_document({**problem.document(), "sessions": stated})


def test_too_many_sessions_are_refused_before_they_are_read():
    """A contact of 20,000 intervals has 200,010,000 sessions, in a document and in a tensor."""
    size = 20_000
    keys = qo.KeyTensor.create(np.ones((1, size), np.int64), np.arange(size), ["A"])
    message = "got 200,010,000 sessions in contacts of up to 20,000 intervals"
    with pytest.raises(LimitError, match=message):
        keys.in_sessions([[1]])
    document = SchedulingProblem.from_keys(keys).as_version(2).document()
    with pytest.raises(LimitError, match=f"problem: sessions: {message}"):
        problem_from_document(document | {"sessions": [[0, [1]]]}, "problem")
