"""Several satellites, each with operations of its own: solvers against enumeration, verified."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import examples
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.domain.sparse_cells import SparseCells
from qkdopt.optimize.layout import laid_out
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.problem_file import problem_from_document
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.strategies import Strategy
from verifier_version_2 import (
    Cells,
    bits_of,
    constellations,
    satellite_paths,
    stations_can,
)

TARGETS = 2
LIMITS = {
    "minimum_dwell_s": ("20", "30"),
    "max_handovers": (0, 1),
    "max_handovers_per_pass": (0, 1),
    "max_service_s_per_pass": ("10", "20"),
}


@st.composite
def with_operations(draw: Any, *, slews: bool = False) -> dict[str, Any]:
    """Draw constellations in which some satellites have rules, which differ."""
    document = draw(constellations(most_intervals=4))
    own = [
        [n for n, link in enumerate(document["links"]) if link["satellite"] == s]
        for s in range(len(document["satellites"]))
    ]
    cells = sorted(bits_of(document))
    options: dict[str, list[Any]] = {}
    for rule, values in LIMITS.items():
        for s in range(len(own)):
            if draw(st.integers(0, 3)) == 0:
                options.setdefault(rule, []).append([s, draw(st.sampled_from(values))])
    for s, links in enumerate(own):
        if draw(st.integers(0, 3)) == 0:
            seconds = st.sampled_from(["0", "10", "20"])
            rows = [["0" if n == m else draw(seconds) for m in links] for n in links]
            options.setdefault("switch_matrix_s", []).append([s, rows])
        if slews and len(links) > 1 and draw(st.booleans()):
            first = st.integers(0, 5)
            runs = [[0, 1, *sorted(draw(st.tuples(first, first))), draw(st.integers(0, 2))]]
            options.setdefault("slew", []).append([s, runs])
    for rule in ("locked", "forbidden"):
        for t, n in draw(st.lists(st.sampled_from(cells), max_size=1)) if cells else ():
            options.setdefault(rule, []).append([document["links"][n]["satellite"], n, t])
    return document | ({"options": options} if options else {})


def rule_of(document: dict[str, Any], s: int, rule: str) -> Any:
    return dict(document.get("options", {}).get(rule, [])).get(s)


def obeys(document: dict[str, Any], s: int, path: Cells) -> bool:
    """Say whether a path keeps the rules of its satellite, straight from their definitions."""
    own = [n for n, link in enumerate(document["links"]) if link["satellite"] == s]
    options, at = document.get("options", {}), dict(path)
    if any(own_s == s and at.get(t) != n for own_s, n, t in options.get("locked", [])):
        return False
    if any(own_s == s and at.get(t) == n for own_s, n, t in options.get("forbidden", [])):
        return False
    services = [[t for t, _ in group] for _, group in itertools.groupby(path, lambda x: x[1])]
    order = [n for n, _ in itertools.groupby(n for _, n in path)]
    matrix = rule_of(document, s, "switch_matrix_s")
    tau = math.ceil(int(document["satellites"][s]["switch_s"]) / 10)
    times = sorted({t for t, n in bits_of(document) if document["links"][n]["satellite"] == s})
    passes = {t: sum(u + 1 not in times for u in times if u < t) for t in times}
    inside: dict[int, int] = {}
    for i, (before, after) in enumerate(itertools.pairwise(services)):
        n, m = own.index(order[i]), own.index(order[i + 1])
        needed = tau if matrix is None else int(matrix[n][m]) // 10
        if after[0] - before[-1] <= needed:
            return False
        if passes[before[-1]] == passes[after[0]]:
            inside[passes[after[0]]] = inside.get(passes[after[0]], 0) + 1
    served: dict[int, int] = {}
    for t, _ in path:
        served[passes[t]] = served.get(passes[t], 0) + 1
    dwell = int(rule_of(document, s, "minimum_dwell_s") or 0) // 10
    if any(len(service) < dwell for service in services):
        return False
    for rule, count, unit in (
        ("max_handovers", max(len(services) - 1, 0), 1),
        ("max_handovers_per_pass", max(inside.values(), default=0), 1),
        ("max_service_s_per_pass", max(served.values(), default=0), 10),
    ):
        most = rule_of(document, s, rule)
        if most is not None and count * unit > int(most):
            return False
    return True


def every_schedule(document: dict[str, Any]) -> list[tuple[Cells, ...]]:
    """Return every legal schedule, by trying all."""
    paths = []
    for s in range(len(document["satellites"])):
        free = document
        if rule_of(document, s, "switch_matrix_s") is not None:
            satellites = [x | {"switch_s": "0"} for x in document["satellites"]]
            free = document | {"satellites": satellites}
        paths.append([path for path in satellite_paths(free, s) if obeys(document, s, path)])
    return [each for each in itertools.product(*paths) if stations_can(document, each)]


def deliveries(document: dict[str, Any]) -> set[tuple[int, ...]]:
    """Return the bits by target of every legal schedule."""
    bits, links = bits_of(document), document["links"]
    found = set()
    for paths in every_schedule(document):
        delivered = [0] * TARGETS
        for cell in ((t, n) for path in paths for t, n in path):
            delivered[links[cell[1]]["target"]] += bits[cell]
        found.add(tuple(delivered))
    return found


def divergence(e: tuple[int, ...], shares: Sequence[Fraction]) -> float:
    total = sum(e)
    parts = zip((x / total if total else 0.0 for x in e), map(float, shares), strict=True)
    return sum(p * math.log(p / q) for p, q in parts if p)


def worth(strategy: Strategy, e: tuple[int, ...]) -> Any:
    """Return the value of some bits, ``None`` where the strategy does not allow them."""
    weights, total = (2, 1), sum(e)
    shares = [Fraction(w, sum(weights)) for w in weights]
    if strategy.name == "gd":
        return total
    if strategy.name == "balanced":
        return min(x / q for x, q in zip(e, shares, strict=True)), total
    if strategy.name == "fair":
        return sum(w * math.log(x) for w, x in zip(weights, e, strict=True)) if all(e) else None
    return total if divergence(e, shares) <= float(strategy.kl_max) else None  # type: ignore[attr-defined]


def problem_from(document: dict[str, Any]) -> SchedulingProblem:
    return problem_from_document(document, "problem")


@pytest.mark.parametrize(
    ("strategy", "solver"),
    [
        (qo.GeneralDelivery(), None),
        (qo.BalancedDelivery(), "decomposition"),
        (qo.TargetedDelivery("0.1"), "decomposition"),
        (qo.FairDelivery(), "decomposition"),
        (qo.GeneralDelivery(), "milp"),
        (qo.TargetedDelivery("0.1"), "outer_approximation"),
    ],
    ids=lambda item: getattr(item, "name", str(item)),
)
@settings(max_examples=examples(5), deadline=None)
@given(document=with_operations())
def test_proved_and_verified_as_enumerated(
    strategy: Strategy, solver: str | None, document: dict[str, Any]
) -> None:
    legal = deliveries(document)
    allowed = [x for x in (worth(strategy, e) for e in legal) if x is not None]
    outcome = qo.solve(problem_from(document), strategy, solver=solver, time_limit=60)
    if not allowed:
        assert outcome.certificate is None
        assert "infeasible" in outcome.reason
        return
    verdict = qo.verify(outcome.certificate)
    assert verdict.holds, verdict.findings
    value = outcome.value
    if strategy.name == "balanced":
        value = Fraction(value["t"]), value["total"]
    if strategy.name == "fair":
        assert float(value) == pytest.approx(max(allowed), abs=1e-9)
    else:
        assert value == max(allowed)
    if solver != "outer_approximation" and solver != "milp":
        assert verdict.optimal


@settings(max_examples=examples(40), deadline=None)
@given(document=with_operations())
def test_laid_out_schedules_are_those_of_all_satellites(document: dict[str, Any]) -> None:
    layout = laid_out(problem_from(document))
    legal = set(every_schedule(document))
    every = itertools.product(
        *(satellite_paths(document, s) for s in range(len(document["satellites"])))
    )
    for paths in every:
        service = layout.service([[[n, t, t] for t, n in path] for path in paths])
        assert Schedule(service).is_legal(layout.problem) == (paths in legal)


@settings(max_examples=examples(60), deadline=None)
@given(document=with_operations(slews=True), data=st.data())
def test_longest_paths_by_cells_are_those_of_the_graph(
    document: dict[str, Any], data: st.DataObject
) -> None:
    """Gains of any sign: what the kernel of cells finds is legal and the best there is."""
    problem = laid_out(problem_from(document)).problem
    if problem.receivers is None or not problem.rules:
        return
    delivery = Delivery.to_all(problem)
    sparse = SparseCells.create(delivery)
    whole = st.lists(st.integers(-9, 20), min_size=sparse.bits.size, max_size=sparse.bits.size)
    gain = np.zeros((problem.interval.size, len(problem.links)), np.int64)
    gain[sparse.cells.row, sparse.cells.column] = of_cells = np.array(data.draw(whole), np.int64)
    best = PricingProblem(Blocks.create(delivery)).at_gains(gain.astype(float)).value
    worth, served = sparse.paths.best(of_cells.astype(float))
    if np.isneginf(best):
        assert np.isneginf(worth).any()
        return
    assert worth.sum() == pytest.approx(best, abs=1e-6)
    assert worth.sum() == of_cells[served[served >= 0]].sum()
    alone = replace(problem, receivers=None)  # whose receivers are enough for any paths
    assert Schedule(sparse.service(served)).is_legal(alone)


@pytest.mark.parametrize("receivers", [None, 3], ids=["contested", "enough"])
@settings(max_examples=examples(4), deadline=None)
@given(document=with_operations())
def test_least_divergence_as_enumerated(receivers: int | None, document: dict[str, Any]) -> None:
    """With three receivers nobody has to wait for one, and the verifier computes the total."""
    if receivers is not None:
        stations = [station | {"receivers": receivers} for station in document["stations"]]
        document = document | {"stations": stations}
    legal = deliveries(document)
    most = max((sum(e) for e in legal), default=0)
    enough = [e for e in legal if sum(e) >= max(1, math.ceil(Fraction(4, 5) * most))]
    strategy = qo.LeastDivergence("0.8")
    outcome = qo.solve(problem_from(document), strategy, solver="decomposition", time_limit=60)
    if not enough:
        assert outcome.certificate is None
        assert "infeasible" in outcome.reason
        return
    shares = (Fraction(2, 3), Fraction(1, 3))
    least = min(divergence(e, shares) for e in enough)
    verdict = qo.verify(outcome.certificate)
    assert verdict.holds, verdict.findings
    assert float(outcome.value) == pytest.approx(least, abs=1e-12)
    assert verdict.optimal
