"""Cuts and schedules of components: bounds hold, schedules obey all rules, time is shared out."""

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings

import qkdopt as qo
from drawing import examples
from qkdopt.arrays import Floats, Integers
from qkdopt.deadline import Deadline
from qkdopt.optimize.domain import component_cuts, joint_pricing
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.component import Component, ComponentBound
from qkdopt.optimize.domain.component_cuts import ComponentCuts
from qkdopt.optimize.domain.component_program import ComponentProgram
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.domain.joint_pricing import JointPricing
from qkdopt.optimize.exchange.parameters import USUAL
from qkdopt.optimize.layout import laid_out
from test_ruin_and_recreate import components, drawn_constellation
from test_satellites_by_programmes import constellations, legal_totals

NONE = np.zeros(0, np.int64)


def idle(part: Component) -> np.ndarray:
    return np.full(part.sparse.cells.interval.size, -1, np.int64)


@settings(max_examples=examples(25), deadline=None)
@given(constellations())
def test_bounds_with_cuts_hold_and_schedules_obey(problem: qo.SchedulingProblem) -> None:
    parts = components(problem)
    if not parts:
        return
    bound = value = 0.0
    for part in parts:
        gain = part.sparse.bits
        found = part.cut(gain, np.zeros(part.slots.size), 0.5, idle(part))
        again = part.cut(gain, found.price, 0.5, found.served)
        assert part.sparse.obeyed(again.served)
        assert found.value <= again.value <= again.bound + 1e-6
        assert again.bound <= found.bound + 1e-6
        bound, value = bound + again.bound, value + again.value
    best = max(sum(total) for total in legal_totals(problem))
    assert value <= best <= bound + 1e-6


@pytest.mark.parametrize("setup", [0, 2])
def test_schedules_among_more_and_more_cells_are_the_best(setup: int) -> None:
    (part,) = components(drawn_constellation(5, 12, 3, setup))
    gain = part.sparse.bits
    served, price = idle(part), np.zeros(part.slots.size)
    for _ in range(3):
        found = part.cut(gain, price, 0.5, served)
        served, price = found.served, found.price
    cells = np.arange(gain.size)
    best = ComponentProgram(part._plain, cells, gain, NONE).schedule(60.0)
    assert best is not None
    assert best.chosen is not None
    assert found.value == gain[best.chosen].sum() <= found.bound


@pytest.mark.parametrize("setup", [0, 2])
def test_programmes_that_begin_with_few_cells_reach_the_same_optimum(setup: int) -> None:
    (part,) = components(drawn_constellation(6, 15, 1, setup))
    gain, cells = part.sparse.bits, np.arange(part.sparse.bits.size)
    rng, optima = np.random.default_rng(0), []
    for few in (cells, NONE, rng.choice(cells, 40, replace=False)):
        program = component_cuts._CutProgram(part.sparse, cells, gain)
        program.begin(few, 60.0)
        optima.append(program.optimum(60.0))
    assert optima == pytest.approx([optima[0]] * 3, abs=1e-6)


def test_a_search_ends_with_its_time_and_gets_more_the_next_time() -> None:
    (part,) = components(drawn_constellation(6, 15, 1))
    price, gain = np.zeros(part.slots.size), part.sparse.bits
    cutting = part._cutting
    assert isinstance(cutting, ComponentCuts)
    cutting._longest_s = 1e-9
    found = part.cut(gain, price, 0.5, idle(part))
    assert found.value == 0.0
    assert (cutting._longest_s, cutting._loss) == (2e-9, 0.0)
    cutting._longest_s = 60.0
    assert part.cut(gain, found.price, 0.5, found.served).value > 0.0
    assert (cutting._longest_s, cutting._loss) == (60.0, component_cuts._LEAST_LOSS)


class Scripted:
    """A component whose gap is what a list says next; it keeps who was asked in ``asked``."""

    cuts, nodes = ("a cut",), slice(0)

    def __init__(self, k: int, gaps: Sequence[float], asked: list[int]) -> None:
        self.k, self.gaps, self.asked = k, iter(gaps), asked

    def cut(self, gain: Floats, price: Floats, unit: float, served: Integers) -> ComponentBound:
        self.asked.append(self.k)
        return ComponentBound(next(self.gaps), 0.0, NONE, price, NONE)


class ScriptedTree:
    """A tree that shows no more than its root does."""

    def __init__(self, part: Scripted, gain: Floats, root: ComponentBound, step: float) -> None:
        self.root = SimpleNamespace(found=root)
        self.bound, self.value, self.served = root.bound, root.value, root.served
        self.done = root.bound < step


def turns(monkeypatch: pytest.MonkeyPatch, gaps: Sequence[Sequence[float]], most: int) -> list[int]:
    """Return in which order components get time again whose gaps go on as said, at most so often.

    Each list begins with the gap that is left before.
    """
    asked = list[int]()
    pricing = JointPricing(
        Blocks.create(Delivery.to_all(laid_out(drawn_constellation(2, 3, 0)).problem)),
        Deadline(), USUAL.receiver_prices,
    )  # fmt: skip
    monkeypatch.setattr(joint_pricing, "ComponentTree", ScriptedTree)
    monkeypatch.setattr(pricing, "_stop", lambda: len(asked) == most)
    monkeypatch.setattr(pricing, "_take", lambda k, served: None)
    monkeypatch.setattr(pricing._prices, "gain", np.zeros(0))
    for k, (first, *later) in enumerate(gaps):
        part = Scripted(k, later, asked)
        root = ComponentBound(first, 0.0, NONE, np.zeros(0), NONE)
        pricing._components[k] = part  # type: ignore[assignment]
        pricing._trees[k] = ScriptedTree(part, np.zeros(0), root, 1.0)  # type: ignore[assignment]
    pricing._cut_again(0.5, 1.0)
    return asked


def test_time_goes_to_the_component_with_the_largest_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gap that shrinks counts as it is, one that does not for half as much each time."""
    stuck, shrinks = [20.0] * 5, [30.0, 18.0, 9.0, 4.5, 0.0]
    assert turns(monkeypatch, [stuck, shrinks], 1) == [1]
    # 20 or 30, 20 or 18, 10 (in vain) or 18, 10 or 9, 5 or 9, 5 or 4.5, 2.5 or 4.5
    order = [1, 0, 1, 0, 1, 0, 1, 0]
    assert turns(monkeypatch, [stuck, shrinks], 100) == order
    assert turns(monkeypatch, [shrinks, stuck], 100) == [1 - k for k in order]


def test_no_time_goes_where_nothing_is_left_or_all_was_in_vain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert turns(monkeypatch, [[0.5], [9.0, 8.9, 8.8, 8.8, 8.8], [3.0, 0.5]], 100) == [
        1,
        1,
        2,
        1,
        1,
    ]
