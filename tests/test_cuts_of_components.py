"""Cuts and schedules of components: bounds hold, and schedules obey all rules."""

import numpy as np
import pytest
from hypothesis import given, settings

import qkdopt as qo
from drawing import examples
from qkdopt.optimize.domain import component_cuts
from qkdopt.optimize.domain.component import Component
from qkdopt.optimize.domain.component_cuts import ComponentCuts
from qkdopt.optimize.domain.component_program import ComponentProgram
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
