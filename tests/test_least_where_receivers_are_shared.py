"""Least divergence where satellites contend for receivers: its certificate claims the most bits."""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import examples
from qkdopt import verifier
from qkdopt.errors import InputError
from qkdopt.optimize.decomposition import enough_bits
from qkdopt.optimize.domain.state_space import StateSpace
from qkdopt.optimize.exchange.result import SolverResult
from qkdopt.optimize.problem_file import problem_from_document
from test_several_satellites import deliveries
from verifier_version_2 import constellations

WEIGHTS = (2, 1)


def divergence(e: tuple[int, ...], weights: tuple[int, ...] = WEIGHTS) -> float:
    """Return the divergence of the shares; infinity with bits for weight 0."""
    total, whole = sum(e), sum(weights)
    if any(x and not w for x, w in zip(e, weights, strict=True)):
        return math.inf
    return sum(x / total * math.log(x * whole / (total * w)) for x, w in zip(e, weights) if x)  # noqa: B905


def least_of(
    document: dict[str, Any], fraction: str, least_bits: tuple[int, ...], most: int | None = None
) -> float | None:
    """Return the least divergence by enumeration, ``None`` where no schedule delivers enough."""
    every, weights = deliveries(document), weights_of(document)
    most = max(map(sum, every)) if most is None else most
    wanted = max(1, math.ceil(Fraction(fraction) * most))
    found = [
        divergence(e, weights)
        for e in every
        if sum(e) >= wanted and all(x >= y for x, y in zip(e, least_bits, strict=True))
    ]
    allowed = [x for x in found if x < math.inf]
    return min(allowed) if allowed else None


def weights_of(document: dict[str, Any]) -> tuple[int, ...]:
    return tuple(target["weight"] for target in document["targets"])


@pytest.mark.parametrize("solver", ["decomposition", "outer_approximation"])
@settings(max_examples=examples(15), deadline=None)
@given(
    document=constellations(),
    fraction=st.sampled_from(["0", "0.5", "0.8", "1"]),
    least_bits=st.sampled_from([(0, 0), (0, 0), (1, 0), (0, 3)]),
    some=st.booleans(),
)
def test_proved_and_verified_as_enumerated(
    solver: str, document: dict[str, Any], fraction: str, least_bits: tuple[int, int], some: bool
) -> None:
    document = deepcopy(document)
    if not some and not least_bits[1]:
        document["targets"][1]["weight"] = 0
    bounds = {f"T{n}": bits for n, bits in enumerate(least_bits) if bits}
    strategy = qo.LeastDivergence(fraction, lower_bounds=bounds)
    outcome = qo.solve(problem_of(document), strategy, solver=solver, time_limit=60)
    least = least_of(document, fraction, least_bits)
    if least is None:
        assert outcome.certificate is None
        assert "infeasible" in outcome.reason
        return
    verdict = qo.verify(outcome.certificate)
    assert verdict.holds, verdict.findings
    assert float(outcome.value) == pytest.approx(least, abs=1e-9)
    if solver == "decomposition":
        assert verdict.optimal


def problem_of(document: dict[str, Any]) -> Any:
    return problem_from_document(document, "problem")


@settings(
    max_examples=examples(15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(document=constellations(), fraction=st.sampled_from(["0.5", "0.9", "1"]))
def test_holds_where_the_most_bits_are_only_enclosed(
    monkeypatch: pytest.MonkeyPatch, document: dict[str, Any], fraction: str
) -> None:
    """Only what holds for every largest total from value to bound may be claimed."""
    found = enough_bits._largest_total

    def enclosed(*arguments: Any) -> SolverResult:
        most = found(*arguments)
        alone = sum(map(longest, range(len(document["satellites"]))))
        return replace(most, bound=alone, proof={"kind": "path"})

    def longest(s: int) -> int:
        return int(qo.solve(problem_of(document).of_satellite(s), qo.GeneralDelivery()).value)

    with monkeypatch.context() as patched:
        patched.setattr(enough_bits, "_largest_total", enclosed)
        outcome = qo.solve(problem_of(document), qo.LeastDivergence(fraction), time_limit=60)
    if outcome.certificate is None:
        assert "optimal" not in outcome.reason
        return
    verdict = qo.verify(outcome.certificate)
    assert verdict.holds, verdict.findings
    stated = outcome.certificate.to_dict()
    least = least_of(document, fraction, (0, 0))
    assert least is not None
    assert float(outcome.bound) <= least + 1e-12
    assert least <= float(outcome.value) + 1e-12
    if "most" in stated:
        enough = math.ceil(Fraction(fraction) * stated["most"]["bound"])
        assert sum(verdict.delivered) >= enough


def test_trees_ask_about_single_intervals_where_hand_overs_take_no_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """To the verifier neighbouring intervals are two blocks then, and no question spans both."""
    monkeypatch.setattr(StateSpace, "of", lambda *_: None)  # as where there is too much to list
    document = contested()
    for station in document["stations"]:
        station["receivers"] = 2
    document["contacts"] = [
        {"link": 0, "first": 1, "bits": [2]},
        {"link": 3, "first": 0, "bits": [2, 2]},
    ]
    document["targets"][0]["weight"] = 2
    outcome = qo.solve(problem_of(document), qo.LeastDivergence("0.5"))
    assert outcome.certificate.to_dict()["proof"]["kind"] == "tree"
    assert qo.verify(outcome.certificate).optimal


# ------------------------------------------------------------------------- spoiled claims


def contested() -> dict[str, Any]:
    """Return two satellites over Graz and Wien: 9 of 9 and 4 bits, one receiver in each."""
    return {
        "format": "qkdopt-problem",
        "version": 2,
        "interval_s": "10",
        "satellites": [{"name": name, "switch_s": "0"} for name in "AB"],
        "stations": [{"name": x, "receivers": 1, "switch_s": "0"} for x in ("Graz", "Wien")],
        "targets": [{"name": "Graz", "weight": 1}, {"name": "Wien", "weight": 1}],
        "links": [
            {"name": f"{s}-{n}", "satellite": s, "stations": [n], "target": n}
            for s in range(2)
            for n in range(2)
        ],
        "contacts": [
            {"link": 0, "first": 0, "bits": [9, 9, 9]},
            {"link": 1, "first": 0, "bits": [2, 4, 2]},
            {"link": 2, "first": 0, "bits": [9, 8, 3]},
            {"link": 3, "first": 0, "bits": [4, 4, 4]},
        ],
    }


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Return a certificate of 9 tenths: the most is 39, of A in Graz and B in Wien."""
    outcome = qo.solve(problem_of(contested()), qo.LeastDivergence("0.9"))
    stated: dict[str, Any] = outcome.certificate.to_dict()
    assert qo.verify(outcome.certificate).optimal
    return stated


def test_the_claim_about_the_most_bits_is_that_of_gd(document: dict[str, Any]) -> None:
    assert document["most"]["value"] == document["most"]["bound"] == 39
    gd = {key: x for key, x in document.items() if key != "most"}
    gd |= document["most"] | {"strategy": {"name": "gd"}}
    assert verifier.verify(gd).optimal


def changed(document: dict[str, Any], change: Callable[[dict[str, Any]], Any]) -> tuple[str, ...]:
    spoiled = deepcopy(document)
    change(spoiled["most"])
    verdict = verifier.verify(spoiled)
    assert not verdict.optimal
    return verdict.findings


def test_false_claims_about_the_most_bits(document: dict[str, Any]) -> None:
    of = "of the most bits: "
    findings = changed(document, lambda most: most.update(bound=38, value=38))
    assert f"{of}the claimed value is 38, the schedule reaches 39" in findings
    assert f"{of}the claimed bound is 38, the proof shows only 39" in findings
    findings = changed(document, lambda most: most.update(bound=38))
    assert f"{of}the claimed value 39 is above the claimed bound 38" in findings
    findings = changed(document, lambda most: most.update(value=40, bound=40))
    assert f"{of}the claimed value is 40, the schedule reaches 39" in findings
    (finding,) = changed(document, lambda most: most.update(proof={"kind": "path"}))
    assert finding.startswith(f"{of}the claimed bound is 39, the proof shows only ")
    crowd = [[[0, 0, 2]], [[2, 0, 2]]]
    findings = changed(document, lambda most: most.update(paths=crowd, value=47, bound=47))
    assert any("serves 2 satellites" in finding for finding in findings)


def test_an_open_claim_asks_for_what_its_bound_asks(document: dict[str, Any]) -> None:
    """With the bound 50 the schedule has to deliver 45, which none does."""
    findings = changed(document, lambda most: most.update(bound=60, proof={"kind": "path"}))
    bits = sum(verifier.verify(document).delivered)
    assert findings == (f"the schedule delivers {bits} bits, the fraction asks for 54",)


def test_a_low_value_of_the_claim_weakens_the_bound(document: dict[str, Any]) -> None:
    """A schedule of 9 bits shows only that some total of 9 to 39 is wanted."""
    findings = changed(document, lambda most: most.update(value=9, paths=[[[0, 0, 0]], []]))
    assert findings == (f"the proof does not show the bound {float(document['bound']):.12g}",)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x.pop("most"), r"most: got nothing, expected a claim about the most bits"),
        (lambda x: x["most"].pop("proof"), r"most.proof: got nothing"),
        (lambda x: x["most"].update(more=1), r"most: got more, expected no members but"),
        (lambda x: x["most"].update(value="39"), r"most.value: got"),
        (lambda x: x["most"].update(paths=[[]]), r"most.paths: got"),
        (lambda x: x["most"].update(proof={"kind": "odd"}), r"most.proof.kind: got odd"),
        (lambda x: x.update(most=[]), r"most: got"),
        (
            lambda x: x["strategy"].clear() or x["strategy"].update(name="gd"),
            r"got",
        ),
    ],
)
def test_malformed_claims_are_refused(
    document: dict[str, Any], change: Callable[[dict[str, Any]], Any], message: str
) -> None:
    spoiled = deepcopy(document)
    change(spoiled)
    with pytest.raises(InputError, match=message):
        verifier.verify(spoiled)


def test_no_claim_where_the_verifier_computes_the_most_bits(document: dict[str, Any]) -> None:
    free = contested()
    for station in free["stations"]:
        station["receivers"] = 2
    outcome = qo.solve(problem_of(free), qo.LeastDivergence("0.9"))
    stated = outcome.certificate.to_dict()
    assert "most" not in stated
    with pytest.raises(InputError, match=r"most: got something, expected nothing"):
        verifier.verify(stated | {"most": document["most"]})
