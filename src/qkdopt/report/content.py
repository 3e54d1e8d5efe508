"""Contents of a report as one JSON document: numbers and sentences, no layout."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from qkdopt.optimize.regrets import regrets
from qkdopt.optimize.schedule import IDLE
from qkdopt.plots.compressed_time import CompressedTime, compressed_time
from qkdopt.report.geometry import geometry_columns, stations_and_tracks
from qkdopt.report.words import certificate_words, scenario_words, strategy_title
from qkdopt.study.evaluation import evaluate
from qkdopt.study.external import strategies_of
from qkdopt.study.verification import verify

if TYPE_CHECKING:
    from qkdopt.arrays import Integers
    from qkdopt.certificates import Certificate
    from qkdopt.optimize.problem import SchedulingProblem
    from qkdopt.physics import Scenario

__all__ = ["FORMAT", "MOST_CELLS", "VERSION", "ReportParts", "judged_strategy", "report_document"]

FORMAT, VERSION = "qkdopt-report", 1
MOST_CELLS = 40_000
"""Interval-link cells that the page can show in detail; a week of eleven cities has 5,000."""


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
    """

    title: str
    problem: SchedulingProblem
    certificates: dict[str, Certificate] = field(default_factory=dict)
    start_utc: datetime | None = None
    scenario: Scenario | None = None
    provenance: dict[str, str] = field(default_factory=dict)
    front: dict[str, object] | None = None
    convergence: list[dict[str, object]] = field(default_factory=list)


def report_document(parts: ReportParts) -> dict[str, object]:
    """Return everything the page shows.

    Every certificate is verified here; a false one is shown as false. Passes beyond the first
    :data:`MOST_CELLS` cells are counted in all totals and left out of the detailed timeline,
    with a note.

    Raises
    ------
    InputError
        When a certificate is malformed or about another problem.
    """
    problem = parts.problem
    axis = compressed_time(problem.interval, float(problem.interval_s))
    shown = _shown(problem, axis)
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
            "switch_s": float(problem.switch_s),
            "active_intervals": int(problem.interval.size),
            "weights": None if problem.weights is None else list(problem.weights),
        },
        "axis": _axis(problem, axis, shown),
        "cells": _cells(parts, shown),
        "strategies": [
            judged_strategy(problem, name, certificate)
            for name, certificate in parts.certificates.items()
        ],
        "provenance": dict(parts.provenance),
        "front": parts.front,
        "convergence": list(parts.convergence),
    }
    if parts.scenario is not None:
        document |= stations_and_tracks(parts.scenario, problem.interval, axis)
    return document


def _shown(problem: SchedulingProblem, axis: CompressedTime) -> int:
    """Return how many passes are shown in detail."""
    cells = np.cumsum((problem.bits > 0).sum(axis=0))
    ends = [int(cells[last]) for _, last in axis.passes]
    return max(1, sum(end <= MOST_CELLS for end in ends)) if ends else 0


def _axis(problem: SchedulingProblem, axis: CompressedTime, shown: int) -> dict[str, object]:
    last = axis.passes[shown - 1][1] + 1 if shown else 0
    return {
        "interval": problem.interval[:last].tolist(),
        "left": axis.left[:last].tolist(),
        "passes": [list(ends) for ends in axis.passes[:shown]],
        "all_passes": len(axis.passes),
        "length": axis.length if shown == len(axis.passes) else float(axis.left[last - 1]) + 1.0,
    }


def _cells(parts: ReportParts, shown: int) -> dict[str, object]:
    """Return the cells with key in columns: link, interval, bits, geometry, regrets."""
    problem = parts.problem
    axis = compressed_time(problem.interval, float(problem.interval_s))
    last = axis.passes[shown - 1][1] + 1 if shown else 0
    a, n = np.nonzero(problem.bits[:, :last].T)
    columns: dict[str, object] = {
        "a": a.tolist(),
        "link": n.tolist(),
        "bits": problem.bits[n, a].tolist(),
    }
    if parts.scenario is not None:
        columns |= geometry_columns(parts.scenario, problem, n, a)
    columns["costs"] = _costs(problem, n, a)
    return columns


def _costs(problem: SchedulingProblem, n: Integers, a: Integers) -> dict[str, list[int]]:
    """Return by linear strategy what serving each cell would cost against the optimum."""
    costs = {}
    for strategy in strategies_of(problem):
        found = regrets(problem, strategy)
        if found is not None:
            costs[strategy.name] = found.serving[n, a].tolist()
    return costs


def judged_strategy(
    problem: SchedulingProblem, name: str, certificate: Certificate
) -> dict[str, object]:
    """Verify a certificate; return its entry on the page."""
    verdict = verify(certificate, problem)
    found = evaluate(problem.targets, problem.weights, verdict.delivered)
    idle = (IDLE,) * problem.interval.size  # a schedule that breaks rules may fit no picture
    return {
        "file": name,
        "title": strategy_title(certificate.document["strategy"]),
        "service": list(certificate.schedule if verdict.holds else idle),
        "holds": verdict.holds,
        "bound": certificate.bound if verdict.holds else None,
        "optimal": verdict.optimal,
        "statement": verdict.statement,
        "words": certificate_words(certificate, verdict),
        "values": found.values,
        "shares": None if found.shares is None else list(found.shares),
        "weight_shares": None if found.weight_shares is None else list(found.weight_shares),
        **found.document(),
    }
