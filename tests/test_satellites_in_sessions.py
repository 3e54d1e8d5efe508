"""Several satellites whose keys are of finite sessions: solvers against enumeration, verified."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import examples
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.branching import BranchingConstraints
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.domain.labelled_paths import LabelledPaths
from qkdopt.optimize.domain.sparse_cells import SparseCells
from qkdopt.optimize.layout import laid_out
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.problem_file import problem_from_document
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.strategies import Strategy
from test_satellites_with_operations import every_schedule, with_operations, worth
from verifier_version_2 import Cells, constellations

TARGETS = 2


@st.composite
def in_sessions(draw: Any, *, rules: bool = False, slews: bool = False) -> dict[str, Any]:
    """Draw constellations with key lengths of any kind, some with rules."""
    document = draw(with_operations(slews=slews) if rules else constellations(most_intervals=4))
    sizes = [len(x["bits"]) for x in document["contacts"]]
    tables = [
        draw(st.lists(st.integers(0, 9), min_size=m, max_size=m))
        for m in (n * (n + 1) // 2 for n in sizes)
    ]
    return document | {"sessions": [[i, table] for i, table in enumerate(tables)]}


def sessions_of(path: Cells) -> list[tuple[int, int, int]]:
    """Return link, first and last interval of each session of a path."""
    found: list[tuple[int, int, int]] = []
    for t, n in path:
        if found and found[-1][0] == n and found[-1][2] == t - 1:
            found[-1] = n, found[-1][1], t
        else:
            found.append((n, t, t))
    return found


def key_length(document: dict[str, Any], link: int, first: int, last: int) -> int:
    """Return the entry of the table, straight from its definition."""
    for i, contact in enumerate(document["contacts"]):
        begin, size = contact["first"], len(contact["bits"])
        if contact["link"] == link and begin <= first <= last < begin + size:
            pairs = [(a, b) for a in range(size) for b in range(a, size)]
            table: list[int] = document["sessions"][i][1]
            return table[pairs.index((first - begin, last - begin))]
    raise AssertionError((link, first, last))


def delivered(document: dict[str, Any], paths: tuple[Cells, ...]) -> tuple[int, ...]:
    """Return the bits of each target."""
    total = [0] * TARGETS
    for link, first, last in itertools.chain(*map(sessions_of, paths)):
        total[document["links"][link]["target"]] += key_length(document, link, first, last)
    return tuple(total)


def problem_from(document: dict[str, Any]) -> SchedulingProblem:
    return problem_from_document(document, "problem")


@settings(max_examples=examples(20), deadline=None)
@given(document=in_sessions(rules=True))
def test_laid_out_schedules_deliver_the_same(document: dict[str, Any]) -> None:
    layout = laid_out(problem_from(document))
    for paths in every_schedule(document)[:200]:
        service = layout.service([[[n, t, t] for t, n in path] for path in paths])
        schedule = Schedule(service)
        assert schedule.is_legal(layout.problem)
        assert tuple(schedule.delivered(layout.problem)) == delivered(document, paths)


@settings(max_examples=examples(40), deadline=None)
@given(document=in_sessions(rules=True, slews=True), data=st.data())
def test_longest_paths_by_cells_are_those_of_the_graph(
    document: dict[str, Any], data: st.DataObject
) -> None:
    """Gains of nodes of any sign: what the kernel of cells finds is legal and the best there is."""
    problem = laid_out(problem_from(document)).problem
    if problem.receivers is None:
        return
    delivery = Delivery.to_all(problem)
    sparse, graph = SparseCells.create(delivery), LabelledPaths(problem)
    whole = st.lists(st.integers(-9, 20), min_size=sparse.bits.size, max_size=sparse.bits.size)
    gain, cell = np.array(data.draw(whole), np.int64), sparse.cell_of
    row, column = sparse.cells.row[cell], sparse.cells.column[cell]
    known = dict(zip(ages(row, column), gain.tolist(), strict=True))
    same = np.array([known[x] for x in ages(graph.interval, graph.link)], np.int64)
    free = BranchingConstraints.create(Blocks.create(delivery), ())
    best = graph.longest(same, free)
    worth, served = sparse.paths.best(gain.astype(float))
    if best is None or np.isneginf(worth).any():
        assert best is None
        assert np.isneginf(worth).any()
        return
    assert worth.sum() == best[1] == gain[sparse.nodes(served[served >= 0])].sum()
    assert np.array_equal(sparse.by_component(gain.astype(float), served), worth)


def ages(interval: np.ndarray, link: np.ndarray) -> list[tuple[int, int, int]]:
    """Return interval and link of each node, and how many intervals ago its session began."""
    seen: dict[tuple[int, int], int] = {}
    found = []
    for cell in zip(interval.tolist(), link.tolist(), strict=True):
        seen[cell] = seen.get(cell, -1) + 1
        found.append((*cell, seen[cell]))
    return found


STRATEGIES = [
    qo.GeneralDelivery(),
    qo.PrioritisedDelivery(),
    qo.BalancedDelivery(),
    qo.TargetedDelivery("0.1"),
    qo.FairDelivery(),
]


@pytest.mark.parametrize("rules", [False, True], ids=["plain", "rules"])
@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.name)
@settings(max_examples=examples(3), deadline=None)
@given(data=st.data())
def test_proved_as_enumerated(strategy: Strategy, rules: bool, data: st.DataObject) -> None:
    document = data.draw(in_sessions(rules=rules))
    legal = {delivered(document, paths) for paths in every_schedule(document)}
    value = pd if strategy.name == "pd" else lambda e: worth(strategy, e)
    allowed = [x for x in map(value, legal) if x is not None]
    outcome = qo.solve(problem_from(document), strategy, time_limit=60)
    if not allowed:
        assert outcome.certificate is None
        assert "infeasible" in outcome.reason
        return
    verdict = qo.verify(outcome.certificate)
    assert verdict.holds, verdict.findings
    assert verdict.optimal
    if strategy.name == "balanced":
        found = outcome.value
        assert (Fraction(found["t"]), found["total"]) == max(allowed)
    elif strategy.name == "fair":
        assert float(outcome.value) == pytest.approx(max(allowed), abs=1e-9)
    else:
        assert outcome.value == max(allowed)
        assert outcome.bound == outcome.value


def pd(e: tuple[int, ...]) -> int:
    return 2 * e[0] + e[1]
