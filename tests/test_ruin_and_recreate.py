"""Walks over schedules of satellites that share receivers: legal, never worse, often better."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import examples
from qkdopt.deadline import Deadline
from qkdopt.optimize.domain import joint_pricing
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.component import Component
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.domain.joint_pricing import JointPricing
from qkdopt.optimize.domain.ruin_and_recreate import RuinAndRecreate
from qkdopt.optimize.domain.sparse_cells import SparseCells
from qkdopt.optimize.exchange.search_parameters import ReceiverPriceParameters
from qkdopt.optimize.layout import laid_out
from qkdopt.optimize.problem_file import problem_from_document
from test_satellites_by_programmes import constellations

BRIEF = 1000  # moves


def drawn_constellation(satellites: int, intervals: int, seed: int, setup: int = 0) -> Any:
    """Return a problem of satellites that have all of four stations in view throughout."""
    rng = np.random.default_rng(seed)
    bits = rng.integers(1, 100, (satellites, 4, intervals))
    return problem_from_document(
        {
            "format": "qkdopt-problem", "version": 2, "interval_s": "10",
            "satellites": [{"name": f"S{s}", "switch_s": "10"} for s in range(satellites)],
            "stations": [
                {"name": name, "receivers": 1, "switch_s": str(10 * setup)} for name in "ABCD"
            ],
            "targets": [{"name": name, "weight": 1} for name in "ABCD"],
            "links": [
                {"name": f"S{s}-{name}", "satellite": s, "stations": [n], "target": n}
                for s in range(satellites) for n, name in enumerate("ABCD")
            ],
            "contacts": [
                {"link": 4 * s + n, "first": 0, "bits": bits[s, n].tolist()}
                for s in range(satellites) for n in range(4)
            ],
        }
    )  # fmt: skip


def components(problem: qo.SchedulingProblem) -> list[Component]:
    joint = laid_out(problem).problem
    if joint.receivers is None:
        return []
    sparse = SparseCells.create(Delivery.to_all(joint))
    never, forever = (lambda: False), (lambda: 60.0)
    return [
        Component(sparse, k, never, forever, ReceiverPriceParameters())
        for k in range(sparse.components)
    ]


@settings(max_examples=examples(60), deadline=None)
@given(constellations(), st.integers(0, 5))
def test_walks_stay_legal_and_lose_nothing(problem: qo.SchedulingProblem, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for part in components(problem):
        sparse = part.sparse
        scale = rng.choice([1e-9, 1.0, 2.0**50])  # prices of a bit may be of any size
        gain = scale * sparse.bits * rng.choice([1.0, 1.0, 0.5, -1.0], sparse.bits.size)
        price = rng.random(part.slots.size) * gain.max(initial=1.0)
        served = np.full(sparse.cells.interval.size, -1, np.int64)
        walk, value = RuinAndRecreate(sparse, BRIEF), 0.0
        most = part.bound(gain, (), np.zeros(price.size), 0.5).bound
        for _ in range(2):
            served = walk.improved(gain, price, served)
            found = float(gain[served[served >= 0]].sum())
            assert sparse.obeyed(served)
            assert value <= found <= most + 1e-6 * scale
            value = found
            for own in sparse.paths.split(served):
                time, link = sparse.cells.interval[sparse.cells.row[own]], sparse.cells.column[own]
                turned = np.diff(link) != 0
                assert (np.diff(time)[turned] > sparse.problem.tau).all()


@pytest.mark.parametrize("scale", [1.0, 2.0**50])
@pytest.mark.parametrize("setup", [0, 2])
def test_a_walk_finds_what_insertion_alone_does_not(setup: int, scale: float) -> None:
    (part,) = components(drawn_constellation(6, 30, 1, setup))
    gain, rng = scale * part.sparse.bits, np.random.default_rng(0)
    served = np.full(part.sparse.cells.interval.size, -1, np.int64)
    taken = np.zeros(part.slots.size, np.int64)
    for _ in range(20):
        part.sparse.paths.insert(gain, rng, taken, served, np.ones(1, bool))
    inserted = float(gain[served[served >= 0]].sum())
    better = RuinAndRecreate(part.sparse).improved(gain, np.zeros(taken.size), served)
    assert part.sparse.obeyed(better)
    assert float(gain[better[better >= 0]].sum()) > 1.02 * inserted


def test_wide_components_are_walked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joint_pricing, "_WIDE", 10)
    monkeypatch.setattr(joint_pricing, "_WALKS", 1)
    joint = laid_out(drawn_constellation(8, 40, 2, 2)).problem
    little = ReceiverPriceParameters(first_sweeps=1, rounds=1)
    pricing = JointPricing(Blocks.create(Delivery.to_all(joint)), Deadline(), little)
    plain = pricing(np.ones(4)).delivered.sum()
    pricing._walk_wide(0.5)
    assert pricing._known(pricing._prices.gain).delivered.sum() > plain
