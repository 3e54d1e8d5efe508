"""Several satellites that share stations: every strategy against enumeration, verified."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import examples
from qkdopt.optimize.decomposition import proof
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.domain import component_cuts
from qkdopt.optimize.domain.component_program import ComponentProgram
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.domain.sparse_cells import SparseCells
from qkdopt.optimize.domain.state_space import StateSpace
from qkdopt.optimize.layout import laid_out
from qkdopt.optimize.objectives.targeted import TargetedObjective
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.problem_file import problem_from_document
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.strategies import Strategy
from verifier_version_2 import bits_of, constellations, every_constellation, stations_can

TARGETS = 2


def problem_from(document: dict[str, Any]) -> SchedulingProblem:
    return problem_from_document(document, "problem")


def deliveries(document: dict[str, Any]) -> set[tuple[int, ...]]:
    """Return the bits by target of every schedule, by trying all."""
    bits, links = bits_of(document), document["links"]
    found = set()
    for paths in every_constellation(document):
        served = [(t, n) for path in paths for t, n in path]
        delivered = [0] * TARGETS
        for cell in served:
            delivered[links[cell[1]]["target"]] += bits[cell]
        if tuple(delivered) not in found and stations_can(document, paths):
            found.add(tuple(delivered))
    return found


def worth(strategy: Strategy, weights: list[int], demand: list[int], e: tuple[int, ...]) -> Any:
    """Return the value of some bits, ``None`` where the strategy does not allow them."""
    shares = [Fraction(w, sum(weights)) for w in weights]
    total = sum(e)
    match strategy.name:
        case "gd":
            return total
        case "pd":
            return sum(w * x for w, x in zip(weights, e, strict=True))
        case "capped":
            return sum(map(min, demand, e))
        case "balanced":
            return (min(x / q for x, q in zip(e, shares, strict=True)), total)
        case "td":
            p = [x / total if total else 0 for x in e]
            kl = sum(x * math.log(x / q) for x, q in zip(p, shares, strict=True) if x)
            return total if total == 0 or kl <= float(strategy.kl_max) else None  # type: ignore[attr-defined]
        case "fair":
            if not all(e):
                return None
            return sum(w * math.log(x) for w, x in zip(weights, e, strict=True))
    raise AssertionError(strategy.name)


@pytest.mark.parametrize(
    "strategy",
    [
        qo.GeneralDelivery(),
        qo.PrioritisedDelivery(),
        qo.BalancedDelivery(),
        qo.CappedDelivery(),
        qo.TargetedDelivery("0.1"),
        qo.FairDelivery(),
    ],
    ids=lambda strategy: strategy.name,
)
@settings(max_examples=examples(5), deadline=None)
@given(document=constellations())
def test_proved_and_verified_as_enumerated(strategy: Strategy, document: dict[str, Any]) -> None:
    problem = problem_from(document).having(demand={"T0": 4, "T1": 6})
    found = [worth(strategy, [2, 1], [4, 6], e) for e in deliveries(document)]
    allowed = [x for x in found if x is not None]
    outcome = qo.solve(problem, strategy, time_limit=60)
    if not allowed:
        assert outcome.certificate is None
        assert "infeasible" in outcome.reason
        return
    verdict = qo.verify(outcome.certificate)
    assert verdict.holds, verdict.findings
    assert verdict.optimal
    value = outcome.value
    if strategy.name == "balanced":
        assert (Fraction(value["t"]), value["total"]) == max(allowed)
    elif strategy.name == "fair":
        assert float(value) == pytest.approx(max(allowed), abs=1e-9)
    else:
        assert value == max(allowed)


@settings(max_examples=examples(60), deadline=None)
@given(document=constellations())
def test_laid_out_schedules_are_those_of_all_satellites(document: dict[str, Any]) -> None:
    layout = laid_out(problem_from(document))
    bits, links = bits_of(document), document["links"]
    for paths in every_constellation(document):
        runs = [[[n, t, t] for t, n in path] for path in paths]
        service = layout.service(runs)
        schedule = Schedule(service)
        served = [(t, n) for path in paths for t, n in path]
        assert schedule.is_legal(layout.problem) == stations_can(document, paths)
        assert sum(schedule.delivered(layout.problem)) == sum(bits[cell] for cell in served)
        again = layout.service(layout.paths(service))
        assert np.array_equal(again, service)
        assert len(links) == sum(len(problem_from(document).links_of(s)) for s in range(len(paths)))


def test_prices_close_what_satellites_alone_would_leave_open() -> None:
    """The optimum of constellations' page: set-up time 1, optimum 20, without prices 40."""
    document = {
        "format": "qkdopt-problem",
        "version": 2,
        "interval_s": "10",
        "satellites": [{"name": "A", "switch_s": "0"}, {"name": "B", "switch_s": "0"}],
        "stations": [{"name": "Graz", "receivers": 1, "switch_s": "10"}],
        "targets": [{"name": "Graz"}],
        "links": [
            {"name": "A-Graz", "satellite": 0, "stations": [0], "target": 0},
            {"name": "B-Graz", "satellite": 1, "stations": [0], "target": 0},
        ],
        "contacts": [
            {"link": 0, "first": 0, "bits": [10]},
            {"link": 0, "first": 2, "bits": [10]},
            {"link": 1, "first": 1, "bits": [10]},
            {"link": 1, "first": 3, "bits": [10]},
        ],
    }
    outcome = qo.solve(problem_from(document), qo.GeneralDelivery())
    assert (outcome.value, outcome.bound) == (20, 20)
    assert qo.verify(outcome.certificate).optimal


def three_satellites(bits: Any) -> dict[str, Any]:
    """Return a problem of satellites over two stations: bits by satellite, station, interval."""
    return {
        "format": "qkdopt-problem",
        "version": 2,
        "interval_s": "10",
        "satellites": [{"name": name, "switch_s": "10"} for name in "ABC"],
        "stations": [{"name": name, "receivers": 1, "switch_s": "0"} for name in "XY"],
        "targets": [{"name": "X", "weight": 2}, {"name": "Y", "weight": 1}],
        "links": [
            {"name": f"{s}{n}", "satellite": s, "stations": [n], "target": n}
            for s in range(3)
            for n in range(2)
        ],
        "contacts": [
            {"link": 2 * s + n, "first": 0, "bits": bits[s][n]} for s in range(3) for n in range(2)
        ],
    }


FRACTIONAL = [[[2, 4], [2, 7]], [[3, 5], [5, 3]], [[4, 2], [3, 8]]]


def test_a_bound_of_19_and_a_half_proves_19() -> None:
    """3 satellites, 2 stations, 2 intervals, tau 1: the linear programme has 19.5."""
    outcome = qo.solve(problem_from(three_satellites(FRACTIONAL)), qo.GeneralDelivery())
    assert (outcome.value, outcome.bound) == (19, 19)
    assert qo.verify(outcome.certificate).optimal


@pytest.mark.parametrize("rounds", [0, 40])
@pytest.mark.parametrize("strategy", [qo.GeneralDelivery(), qo.CappedDelivery()])
def test_a_tree_or_a_cut_of_the_component_proves_what_prices_cannot(
    strategy: Strategy, rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same in tens: the linear programme has 195, and 190 is the most."""
    tens = [[[10 * k for k in row] for row in satellite] for satellite in FRACTIONAL]
    problem = problem_from(three_satellites(tens)).having(demand={"X": 999, "Y": 999})
    monkeypatch.setattr(component_cuts, "_ROUNDS", rounds)
    outcome = qo.solve(problem, strategy)
    assert (outcome.value, outcome.bound) == (190, 190)
    assert qo.verify(outcome.certificate).optimal
    proof = outcome.certificate.to_dict()["proof"]
    (part,) = proof["components"]
    assert len(part["leaves"]) == (1 if rounds else 2)
    assert ("cuts" in part) == (rounds > 0)
    assert "capacity" not in proof


def test_linear_programmes_of_components_stop_when_their_time_is_up() -> None:
    """On the clock of deadlines, not by wall seconds as HiGHS counts them."""
    problem = laid_out(problem_from(three_satellites(FRACTIONAL))).problem
    sparse = SparseCells.create(Delivery.to_all(problem))
    cells = np.arange(sparse.bits.size)
    program = ComponentProgram(sparse, cells, sparse.bits, cells[:0])
    assert program.relaxed(60.0) is not None
    assert program.relaxed(0.0) is None


def test_leaves_share_prices_once_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tree of the whole problem repeats prices of receivers in every leaf, up to a number."""
    bits = [[[1, 6, 1], [6, 7, 2]], [[6, 4, 8], [8, 5, 5]], [[6, 5, 6], [2, 7, 5]]]
    monkeypatch.setattr(StateSpace, "of", lambda *_: None)  # as where there is too much to list
    problem = problem_from(three_satellites(bits))
    free = qo.solve(problem, qo.FairDelivery()).certificate
    assert len(free.to_dict()["proof"]["leaves"]) > 1
    assert qo.verify(free).optimal
    monkeypatch.setattr(proof, "_MOST_PRICES", 1)
    bound = qo.solve(problem, qo.FairDelivery()).certificate
    assert len(bound.to_dict()["proof"].get("leaves", [1])) == 1
    assert qo.verify(bound).holds


@settings(max_examples=examples(25), deadline=None)
@given(
    bits=st.lists(st.integers(1, 9), min_size=18, max_size=18), pd=st.booleans(), cuts=st.booleans()
)
def test_three_satellites_at_two_stations_are_proved(bits: list[int], pd: bool, cuts: bool) -> None:
    """Often the linear programme is fractional; in tens rounding down does not help."""
    rows = np.array(bits).reshape(3, 2, 3) * 10
    document = three_satellites(rows.tolist())
    strategy: Strategy = qo.PrioritisedDelivery() if pd else qo.GeneralDelivery()
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(component_cuts, "_ROUNDS", 40 if cuts else 0)
        outcome = qo.solve(problem_from(document), strategy)
    best = max(worth(strategy, [2, 1], [], e) for e in deliveries(document))
    assert outcome.value == outcome.bound == best
    assert qo.verify(outcome.certificate).optimal


def test_stations_that_only_targets_without_weight_share() -> None:
    """Nothing that counts can be served, which is the optimum of S-TD."""
    document = {
        "format": "qkdopt-problem",
        "version": 2,
        "interval_s": "10",
        "satellites": [{"name": "A0", "switch_s": "0"}, {"name": "A1", "switch_s": "0"}],
        "stations": [{"name": "S0", "receivers": 1, "switch_s": "20"}],
        "targets": [{"name": "T0", "weight": 2}, {"name": "T1", "weight": 0}],
        "links": [
            {"name": "L0", "satellite": 0, "stations": [0], "target": 1},
            {"name": "L1", "satellite": 1, "stations": [0], "target": 1},
        ],
        "contacts": [
            {"link": 0, "first": 7, "bits": [2]},
            {"link": 1, "first": 5, "bits": [5]},
        ],
    }
    outcome = qo.solve(problem_from(document), qo.TargetedDelivery("0.1"))
    assert (outcome.value, outcome.bound) == (0, 0)
    assert qo.verify(outcome.certificate).optimal


@pytest.mark.parametrize("kl_max", ["1e-6", "1e-8"])
def test_nearly_exact_shares_cost_more_than_200(kl_max: str) -> None:
    """The price of the divergence grows as its limit falls, and the bound falls with it."""
    rows = [[[52, 39, 31], [17, 19, 3]], [[5, 1, 11], [49, 39, 55]], [[30, 36, 38], [44, 33, 1]]]
    document = three_satellites(rows)
    problem = laid_out(problem_from(document)).problem
    bounds = []
    for limit in ("1e-3", kl_max):
        objective = TargetedObjective.create(problem, qo.TargetedDelivery(limit))
        bounds.append(lagrangian_bound(objective))
    assert bounds[1].value < bounds[0].value
    (mu, *_) = bounds[1].exact.numbers
    assert mu > 200
    near = [worth(qo.TargetedDelivery(kl_max), [2, 1], [], e) for e in deliveries(document)]
    assert bounds[1].value >= max(x for x in near if x is not None)
