"""Problems of version 2: satellites, stations and contacts; the same problem in version 1."""

import copy
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qkdopt as qo
from cpu_time import at_most
from drawing import operated_problems, problem_of, problems_with_empty_intervals, tiny_problems
from qkdopt.certificates import canonical_json
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.problem import Link, Satellite, SchedulingProblem, Station
from qkdopt.optimize.problem.contacts import MOST_CELLS
from qkdopt.optimize.problem_file import problem_from_document

# Two satellites over two stations, by hand; interval 55 of A is active and holds no bits.
TWO = {
    "format": "qkdopt-problem", "version": 2, "interval_s": "10",
    "satellites": [
        {"name": "A", "switch_s": "10", "active": [[51, 53], [55, 55]]},
        {"name": "B", "switch_s": "25"},
    ],
    "stations": [
        {"name": "Madrid", "receivers": 1, "switch_s": "0"},
        {"name": "Lisbon", "receivers": 2, "switch_s": "5.5"},
    ],
    "targets": [
        {"name": "Madrid", "weight": 3, "stock": 0, "demand": 9},
        {"name": "Lisbon", "weight": 1, "stock": 4, "demand": 0},
    ],
    "links": [
        {"name": "A-Madrid", "satellite": 0, "stations": [0], "target": 0},
        {"name": "B-Madrid", "satellite": 1, "stations": [0], "target": 0},
        {"name": "A-Lisbon", "satellite": 0, "stations": [1], "target": 1},
        {"name": "B both", "satellite": 1, "stations": [0, 1], "target": 1},
    ],
    "contacts": [
        {"link": 0, "first": 51, "bits": [5, 4]},
        {"link": 1, "first": 52, "bits": [8]},
        {"link": 1, "first": 60, "bits": [1, 2]},
        {"link": 2, "first": 52, "bits": [6, 7]},
        {"link": 3, "first": 61, "bits": [3]},
    ],
    "traffic": [[0, 5], [5, 0]],
    "information": {"source": "by hand"},
    "options": {
        "forbidden": [[0, -1, 51], [0, 2, 53], [1, 3, 61]],
        "locked": [[0, 2, 52], [1, -1, 60]],
        "max_handovers": [[0, 3], [1, 0]],
        "minimum_dwell_s": [[1, "20"]],
        "switch_matrix_s": [[0, [["0", "15"], ["5", "0"]]]],
        "slew": [[0, [[0, 1, 51, 52, 1], [1, 0, 51, 51, 0]]], [1, [[1, 0, 52, 60, 1]]]],
    },
}  # fmt: skip
ONE = problem_of(
    [[5, 4, 0, 2], [0, 6, 7, 9]], [51, 52, 53, 55], 1, [3, 1],
    forbidden=[(-1, 51)], locked=[(1, 52)],
).as_version(2).document()  # fmt: skip


def again(problem):
    """Return what a reader makes of the problem's document after it was text."""
    return problem_from_document(json.loads(canonical_json(problem.document())))


@given(
    st.one_of(
        tiny_problems(),
        operated_problems(),
        problems_with_empty_intervals().map(lambda pair: pair[1]),
    )
)
def test_version_1_to_2_and_back_keeps_the_hash(problem):
    second = again(problem.as_version(2))
    assert second.version == 2
    assert second.sha256 != problem.sha256
    assert second.as_version(1).document() == problem.document()
    assert again(second.as_version(1)).sha256 == problem.sha256
    assert np.array_equal(second.bits, problem.bits)
    assert np.array_equal(second.interval, problem.interval)
    assert (second.tau, second.operations) == (problem.tau, problem.operations)


@st.composite
def fleets(draw):
    """Draw a problem of up to three satellites that share stations and targets."""
    parts = draw(st.lists(operated_problems(most_links=3), min_size=1, max_size=3))
    links, satellites = [], []
    for s, part in enumerate(parts):
        satellites.append(replace(part.satellite, name=f"S{s}"))
        links += [Link(f"{s}{n}", n, s, (n,)) for n in range(len(part.links))]
    return SchedulingProblem(
        satellites=tuple(satellites), stations=tuple(Station(name) for name in "ABC"),
        links=tuple(draw(st.permutations(links))), targets=("A", "B", "C"),
        interval_s=parts[0].interval_s, weights=(1, 0, 2), version=2,
    )  # fmt: skip


@given(fleets())
def test_several_satellites_survive_a_file(problem):
    # The permutation moved rows of a satellite: its rules and keys are by its own links, in order.
    read = again(problem)
    assert read.document() == problem.document()
    assert len(read.satellites) == len(problem.satellites)
    for s, satellite in enumerate(problem.satellites):
        part = read.of_satellite(s)
        assert np.array_equal(part.bits, satellite.bits)
        assert np.array_equal(part.interval, satellite.interval)
        assert part.operations == satellite.operations
        names = [problem.links[n].name for n in problem.links_of(s)]
        assert [link.name for link in part.links] == names


def test_two_satellites_by_hand():
    problem = problem_from_document(TWO)
    assert problem.document() == TWO
    assert repr(problem) == "SchedulingProblem(2 satellites, 4 links, 7 active intervals of 10 s)"
    assert "A, B" in problem._repr_html_()
    first, second = problem.of_satellite(0), problem.of_satellite(1)
    assert first.bits.tolist() == [[5, 4, 0, 0], [0, 6, 7, 0]]
    assert first.interval.tolist() == [51, 52, 53, 55]
    assert second.bits.tolist() == [[8, 1, 2], [0, 0, 3]]
    assert second.interval.tolist() == [52, 60, 61]
    assert (first.tau, second.tau) == (1, 3)
    assert first.operations.locked == ((1, 52),)
    assert second.operations.locked == ((-1, 60),)
    assert second.operations.forbidden == ((1, 61),)
    assert problem.links_of(1) == (1, 3)
    assert problem.sum_of_best == 5 + 6 + 7 + 8 + 1 + 3
    assert second.stations[1].receivers == 2


def test_what_several_satellites_do_not_have_is_refused_in_one_line():
    problem = problem_from_document(TWO)
    with pytest.raises(qo.QkdoptError, match="greedy"):
        qo.solve(problem, qo.GeneralDelivery(), solver="greedy")
    with pytest.raises(qo.QkdoptError, match="2 satellites, expected one satellite"):
        _ = problem.bits
    with pytest.raises(qo.QkdoptError, match="2 satellites"):
        problem.as_version(1)


@pytest.mark.parametrize("version", [0, 3])
def test_there_are_two_versions(version):
    with pytest.raises(qo.QkdoptError, match="expected 1 or 2"):
        problem_of([[1]], [0], 0).as_version(version)


def changed(document, path, value):
    document = copy.deepcopy(document)
    *parents, last = path
    inner = document
    for key in parents:
        inner = inner[key]
    inner[last] = value
    return document


HUGE = 2**61


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["contacts", 1, "first"], 53, "contacts[1].first: got 53, expected an interval after 53"),
        (["contacts", 1, "first"], 52, "contacts[1].first: got 52"),
        (["contacts", 1, "link"], 2, "contacts[1].link: got 2, expected an index below 2"),
        (["contacts", 1, "link"], -1, "contacts[1].link: got -1"),
        (["contacts", 1, "link"], True, "contacts[1].link: got True"),
        (["contacts", 0, "link"], 1, "contacts[1].link: got 0, expected contacts sorted by link"),
        (["contacts", 0, "bits"], [5, 0], "bits: got [5, 0], expected whole numbers > 0"),
        (["contacts", 0, "bits"], [], "contacts[0].bits: got []"),
        (["contacts", 0, "bits"], [1.5], "contacts[0].bits: got [1.5]"),
        (["contacts", 0, "bits"], [2**62], "contacts[0].bits: got 'a number beyond 2^62'"),
        (["contacts", 0, "first"], -1, "contacts[0].first: got -1"),
        (["contacts", 0, "first"], 51.0, "contacts[0].first: got 51.0"),
        (["contacts", 3, "first"], HUGE - 1, "ends below 2^61"),
        (["contacts", 3, "first"], 10**4000, "contacts[3].first: got a whole number of"),
        (["contacts", 0], 7, "contacts[0]: got 7, expected an object with link, first, bits"),
        (["contacts", 0, "K"], [], "contacts[0]: K: got 'an unknown key'"),
        (["contacts"], {}, "contacts: got {}"),
        (["satellites"], [], "satellites: got [], expected at least one satellite"),
        (["satellites", 0, "switch_s"], 10, "satellites[0].switch_s: got 10, expected seconds"),
        (["satellites", 0, "switch_s"], "-1", "satellites[0].switch_s"),
        (["satellites", 0, "terminals"], 2, "satellites[0]: terminals: got 'an unknown key'"),
        (["satellites", 0, "name"], "a\nb", "satellites[0].name: got 'a\\nb'"),
        (["satellites", 0, "active"], [[51, 53], [55, 55]], "the intervals of the contacts"),
        (["satellites", 0, "active"], [[51, 53]], "not interval 55, in which there is a contact"),
        (["satellites", 0, "active"], [[51, 53], [54, 56]], "active[1]: got [54, 56]"),
        (["satellites", 0, "active"], [[56, 51]], "active[0]: got [56, 51]"),
        (["satellites", 0, "active"], [[51]], "active[0]: got [51]"),
        (["satellites", 0, "active"], [[51, HUGE]], "active[0]"),
        (["satellites", 0, "active"], [[0, HUGE - 1]], f"expected at most {MOST_CELLS:,}"),
        (["satellites", 0, "active"], [[0, MOST_CELLS - 1]], f"at most {MOST_CELLS:,} cells"),
        (["stations", 0, "receivers"], 0, "stations[0].receivers: got 0"),
        (["stations", 0, "receivers"], True, "stations[0].receivers: got True"),
        (["stations", 1, "name"], "A", "stations: got the name 'A' twice"),
        (["stations", 1], {"name": "C"}, "stations[1]: receivers: got nothing"),
        (["targets"], [], "targets: got [], expected at least one target"),
        (["targets", 1], {"name": "B"}, "targets[1]: weight: got nothing"),
        (["targets", 0, "stock"], 5, "targets[1]: stock: got nothing"),
        (["targets", 1, "weight"], -1, "weight: got [3, -1]"),
        (["targets", 1, "weight"], "1", "weight: got [3, '1']"),
        (["links", 0, "satellite"], 1, "links[0].satellite: got 1, expected an index below 1"),
        (["links", 0, "target"], 2, "links[0].target: got 2"),
        (["links", 0, "stations"], [], "links[0].stations: got []"),
        (["links", 0, "stations"], [0, 0], "links[0].stations: got [0, 0]"),
        (["links", 0, "stations"], [1, 0], "links[0].stations: got [1, 0]"),
        (["links", 0, "stations"], [0, 1, 2], "links[0].stations: got [0, 1, 2]"),
        (["links", 0, "stations"], [2], "links[0].stations: got 2"),
        (["links", 0], {"name": "A", "target": 0}, "links[0]: satellite: got nothing"),
        (["interval_s"], "0", "interval_s: got"),
        (["weights"], [1, 2], "weights: got 'an unknown key'"),
        (["meetings"], [], "meetings: got 'an unknown key'"),
        (["sessions"], None, "sessions: got None, expected a list of"),
        (["sessions"], [], "sessions: got [], expected a list of"),
        (["options"], {}, "options: got {}"),
        (["options", "speed"], [[0, 1]], "options: speed: got 'an unknown rule'"),
        (["options", "forbidden"], [], "options: forbidden: got []"),
        (["options", "forbidden", 0], [0, 51], "forbidden[0]: got [0, 51]"),
        (["options", "forbidden", 0], [1, 0, 51], "forbidden[0]: got 1, expected an index below 1"),
        (["options", "forbidden", 0], [0, 2, 51], "expected a link of satellite 0, or -1"),
        (["options", "forbidden", 0], [0, -2, 51], "expected a link of satellite 0, or -1"),
        (["options", "locked", 0], [0, 1, -1], "locked[0]: got [0, 1, -1]"),
        (["options", "locked", 0], [0, 1, 10**80], "locked[0]: got"),
        (["options", "max_handovers"], [[0, 1], [0, 2]], "max_handovers[1]: got [0, 2]"),
        (["options", "max_handovers"], [[0, -1]], "max_handovers[0]: got -1"),
        (["options", "max_handovers"], [[0, None]], "max_handovers[0]: got None"),
        (["options", "minimum_dwell_s"], [[0, 10]], "minimum_dwell_s[0]: got 10"),
        (["options", "minimum_dwell_s"], [[0, None]], "minimum_dwell_s[0]: got None"),
        (["options", "minimum_dwell_s"], [[0, "1e1"]], "minimum_dwell_s[0]: got '1e1'"),
        (["options", "switch_matrix_s"], [[0, 7]], "switch_matrix_s[0]: got 7"),
        (["options", "switch_matrix_s"], [[0, [["0", 1], ["1", "0"]]]], "matrix_s[0]: got 1"),
        (["options", "switch_matrix_s"], [[0, ["0", "1"]]], "switch_matrix_s"),
        (["interval_s"], "10.0", "interval_s: got '10.0', expected \"10\", the plain spelling"),
        (["options", "minimum_dwell_s"], [[0, 10, 20]], "expected [satellite, value]"),
        (["options", "switch_matrix_s"], [[0, [["0"]]]], "1 rows"),
        (["options", "slew"], [[0, []]], "options: slew[0]: got []"),
        (["options", "slew"], [[0, 5]], "slew: got 5, expected a list of [from, to, first, "),
        (["options", "slew"], [[0, [[0, 1, 51, 50, 0]]]], "slew: got [0, 1, 51, 50, 0], expected"),
        (["options", "slew"], [[0, [[0, 1, 51, 51, -1]]]], "slew: got [0, 1, 51, 51, -1], "),
        (["options", "slew"], [[0, [[0, 1, 51, 51, 1.5]]]], "slew: got [0, 1, 51, 51, 1.5], "),
        (["options", "slew"], [[0, [[1, 1, 51, 51, 0]]]], "expected [from, to, first, last, idle]"),
        (["options", "slew"], [[0, [[0, 2, 51, 51, 0]]]], "expected links from 0 to 1"),
        (["options", "slew"], [[0, [[0, 1, 51, 53, 0], [0, 1, 53, 53, 0]]]], "no overlap with [0,"),
        (["options", "slew"], [[0, [[0, 1, [51]]]]], "slew: got [0, 1, [51]], expected [from, to,"),
        (["options", "slew"], [[0, [[0, 1, [51, 1, 0]]]]], "slew: got [0, 1, [51, 1, 0]], exp"),
        (["options", "slew"], [[0, [[0, 1, [51, 1, 2], 5]]]], "slew: got [0, 1, 5], expected [fr"),
        (["options", "slew"], [[0, [[0, 1, [51, 1, 2]], [1, 0]]]], "slew: got [1, 0], expected [f"),
        (["options", "slew"], [[0, [[0, 1, [51, 1, 2], [52, 1, 1]]]]], "no overlap with [0, 1, 51"),
        (["version"], "2", "version: got '2', expected 1 or 2"),
    ],
)  # fmt: skip
def test_bad_documents_are_one_clear_line(path, value, message):
    with pytest.raises(qo.QkdoptError) as caught:
        problem_from_document(changed(ONE, path, value), "p.json")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    problem_from_document(ONE, "p.json")


def test_a_link_of_another_satellite_is_named():
    with pytest.raises(qo.QkdoptError, match="expected a link of satellite 0, or -1"):
        problem_from_document(changed(TWO, ["options", "forbidden", 1], [0, 1, 53]))


def test_far_apart_contacts_take_little_memory():
    document = changed(ONE, ["contacts", 3, "first"], HUGE - 5)
    assert problem_from_document(document).interval.tolist() == [51, 52, 53, 55, HUGE - 5]


def test_many_satellites_take_no_more_than_their_share():
    document = copy.deepcopy(ONE)
    more = [{"name": f"S{n}", "switch_s": "0"} for n in range(8_000)]
    links = [
        {"name": f"L{n}", "satellite": n + 1, "stations": [0], "target": 0} for n in range(8_000)
    ]
    document["satellites"] += more
    document["links"] += links
    with at_most(10):  # linear: under 1 s; each with each: a minute
        assert problem_from_document(document).document() == document
    for satellite in more:
        satellite["active"] = [[0, 9_999]]
    with pytest.raises(qo.QkdoptError, match=r"expected at most 256,000,000 in 32,000,000"):
        problem_from_document(document)


def test_a_satellite_without_links_is_no_error():
    document = copy.deepcopy(TWO)
    document["satellites"].append({"name": "C", "switch_s": "0"})
    problem = problem_from_document(document)
    assert problem.of_satellite(2).bits.shape == (0, 0)
    assert problem.document() == document


def test_a_satellite_is_made_by_hand():
    satellite = Satellite(
        name="A", switch_s=problem_of([[1]], [0], 1).switch_s,
        bits=np.array([[0, 3, 1, 2]]), interval=np.array([1, 3, 4, 6]),
        operations=Operations.create(max_handovers=1),
    )  # fmt: skip
    assert satellite.contacts_by_link()[0] == [(3, [3, 1]), (6, [2])]
    assert satellite.active_runs() == [[1, 1], [3, 4], [6, 6]]


# --- the door -------------------------------------------------------------------------------
