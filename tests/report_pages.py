"""Reports that several tests read."""

from __future__ import annotations

import tomllib
from dataclasses import replace

import qkdopt as qo
from physics_scenarios import START, scenario
from qkdopt.physics import parse_scenario
from qkdopt.report import ReportParts
from qkdopt.study import problem_of
from satellite_scenarios import THREE_SATELLITES

__all__ = ["HOSTILE", "network_parts", "page_parts"]

HOSTILE = "<script>alert(1)</script>"
"""The name of a station that would like to be more than text."""


def page_parts(*, city: str = "Beijing", **changes: object) -> ReportParts:
    """Return the parts of a report on two days of two cities, the first under another name."""
    given = scenario(
        horizon={"start_utc": START, "duration_days": 2},
        station=[
            {"name": city, "lat_deg": 39.9075, "lon_deg": 116.39723, "weight": 52},
            {"name": "Shanghai", "lat_deg": 31.22222, "lon_deg": 121.45806, "weight": 2420},
        ],
    )
    keys = qo.compute_keys(given)
    problem = qo.SchedulingProblem.from_keys(keys)
    strategies = (qo.GeneralDelivery(), qo.PrioritisedDelivery())
    certificates = {f"{s.name}.json": qo.solve(problem, s).certificate for s in strategies}
    parts = ReportParts(
        title=f"two cities, {city}",
        problem=problem,
        certificates=certificates,
        start_utc=keys.start_utc,
        scenario=given,
        provenance=dict(keys.provenance),
    )
    return replace(parts, **changes)


def network_parts(*, city: str = "Chengdu") -> ReportParts:
    """Return the parts of a report on three satellites, one city under another name."""
    tables = tomllib.loads(THREE_SATELLITES)
    tables["station"][1]["name"] = city
    given = parse_scenario(tables)
    problem = problem_of(given)
    strategies = (qo.GeneralDelivery(), qo.PrioritisedDelivery())
    certificates = {f"{s.name}.json": qo.solve(problem, s).certificate for s in strategies}
    start_utc = given.grid.start_utc
    return ReportParts(
        title=f"three satellites, {city}",
        problem=problem,
        certificates=certificates,
        start_utc=start_utc,
        scenario=given,
    )
