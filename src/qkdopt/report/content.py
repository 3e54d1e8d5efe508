"""Contents of a report as one JSON document: numbers and sentences, no layout."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from qkdopt.arrays import Integers
from qkdopt.certificates import Certificate
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.regrets import regrets
from qkdopt.optimize.strategy_names import strategy_in_words
from qkdopt.physics import Scenario
from qkdopt.report.geometry import detail_columns, stations_and_tracks
from qkdopt.report.network import network_document, services_document, stations_document
from qkdopt.report.rows import Rows
from qkdopt.report.words import certificate_words, scenario_words
from qkdopt.study.evaluation import evaluate_verdict
from qkdopt.study.mean_clouds import in_mean_clouds
from qkdopt.study.usual import linear_strategies
from qkdopt.study.verification import verify

if TYPE_CHECKING:
    from qkdopt.study.assumption_rows import AssumedTotals

FORMAT, VERSION = "qkdopt-report", 1


@dataclass(frozen=True, kw_only=True)
class ReportParts:
    """What a report is made of; only a problem is needed.

    Attributes
    ----------
    certificates
        By file name, all about ``problem``.
    start_utc
        Instant at which interval 0 begins, or ``None``.
    scenario
        Gives the map, elevations and losses; ``None`` for a problem without scenario.
    provenance
        Facts by name: versions, elements, digests.
    front
        A document of :meth:`qkdopt.study.front.Front.document`, or ``None``.
    convergence
        Runs of a heuristic, each ``{"label", "strategy", "evaluations": [...], "best": [...]}``.
    assumed
        What the totals assume; ``None`` where that is not known.
    """

    title: str
    problem: SchedulingProblem
    certificates: dict[str, Certificate] = field(default_factory=dict)
    start_utc: datetime | None = None
    scenario: Scenario | None = None
    provenance: dict[str, str] = field(default_factory=dict)
    front: dict[str, object] | None = None
    convergence: list[dict[str, object]] = field(default_factory=list)
    assumed: AssumedTotals | None = None


def report_document(parts: ReportParts) -> dict[str, object]:
    """Return everything the page shows.

    Every certificate is verified here; a false one is shown as false. Passes beyond the first
    :data:`~qkdopt.report.rows.MOST_CELLS` cells are counted in all totals and left out of the
    detailed timeline, with a note.

    Raises
    ------
    InputError
        When a certificate is malformed or about another problem.
    """
    problem, scenario = parts.problem, _in_one_sky(parts.scenario)
    rows, several = Rows.of(in_mean_clouds(problem)), len(problem.satellites) > 1
    document: dict[str, object] = {
        "format": FORMAT,
        "version": VERSION,
        "title": parts.title,
        "words": scenario_words(problem, parts.scenario),
        "start_utc": None if parts.start_utc is None else parts.start_utc.isoformat(),
        "problem": {
            "sha256": problem.sha256,
            "links": [link.name for link in problem.links],
            "targets": list(problem.targets),
            "interval_s": float(problem.interval_s),
            "switch_s": None if several else float(problem.switch_s),
            "active_intervals": sum(item.interval.size for item in problem.satellites),
            "weights": None if problem.weights is None else list(problem.weights),
        },
        "axis": rows.document(),
        "cells": _cells(problem, scenario, rows),
        "strategies": [
            verified_strategy(problem, name, certificate, rows)
            for name, certificate in parts.certificates.items()
        ],
        "provenance": dict(parts.provenance),
        "front": parts.front,
        "convergence": list(parts.convergence),
    }
    if parts.assumed is not None:
        document["assumptions"] = parts.assumed.document()
    if several:
        document["network"] = network_document(problem)
    if scenario is not None:
        document |= stations_and_tracks(scenario, rows)
    return document


def _in_one_sky(scenario: Scenario | None) -> Scenario | None:
    """Return a scenario whose details can be shown: of several skies under their mean codes."""
    if scenario is None or scenario.ensemble is None:
        return scenario
    return scenario.with_clouds(scenario.ensemble.mean())


def _cells(problem: SchedulingProblem, scenario: Scenario | None, rows: Rows) -> dict[str, object]:
    """Return the cells with key in columns: link, row, bits, details, regrets."""
    a, n, bits = rows.cells()
    columns: dict[str, object] = {"a": a.tolist(), "link": n.tolist(), "bits": bits.tolist()}
    if scenario is not None:
        columns |= detail_columns(scenario, rows, n, a)
    columns["costs"] = _costs(problem, n, a)
    return columns


def _costs(problem: SchedulingProblem, n: Integers, a: Integers) -> dict[str, list[int]]:
    """Return by linear strategy what serving each cell would cost against the optimum.

    Empty for several satellites, where it also depends on what the others do, and under several
    skies.
    """
    costs: dict[str, list[int]] = {}
    if len(problem.satellites) > 1 or problem.in_scenarios:
        return costs
    for strategy in linear_strategies(problem):
        found = regrets(problem, strategy)
        if found is not None:
            costs[strategy.name] = found.serving[n, a].tolist()
    return costs


def verified_strategy(
    problem: SchedulingProblem, name: str, certificate: Certificate, rows: Rows | None = None
) -> dict[str, object]:
    """Verify a certificate; return its entry on the page."""
    rows = rows or Rows.of(in_mean_clouds(problem))
    verdict = verify(certificate, problem)
    idle: list[list[list[int]]] = [[] for _ in problem.satellites]
    paths = certificate.paths if verdict.holds else idle  # one that breaks rules fits no picture
    found = evaluate_verdict(problem, verdict, paths)
    network = {} if len(problem.satellites) == 1 else stations_document(problem, paths)
    if network or problem.in_sessions:
        network["services"] = services_document(problem, paths)
    return {
        "file": name,
        "title": strategy_in_words(certificate.document["strategy"])[0],
        "service": rows.service(paths),
        "holds": verdict.holds,
        "bound": certificate.bound if verdict.holds else None,
        "optimal": verdict.optimal,
        "statement": verdict.statement,
        "words": certificate_words(certificate, verdict),
        "values": found.values,
        "shares": None if found.shares is None else list(found.shares),
        "weight_shares": None if found.weight_shares is None else list(found.weight_shares),
        **found.document(),
        **network,
    }
