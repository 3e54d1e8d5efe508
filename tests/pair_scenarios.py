"""Scenarios with links of two stations: three Chinese cities that Micius sees together."""

from __future__ import annotations

from typing import Any

from physics_scenarios import scenario
from qkdopt.physics import Scenario

CITIES = [
    {"name": "Shanghai", "lat_deg": 31.22222, "lon_deg": 121.45806, "alt_m": 10},
    {"name": "Wuhan", "lat_deg": 30.58333, "lon_deg": 114.26667, "alt_m": 25},
    {"name": "Hefei", "lat_deg": 31.86389, "lon_deg": 117.28083, "alt_m": 35},
]
PAIRS = [
    {"stations": ["Shanghai", "Wuhan"]},
    {"stations": ["Hefei", "Shanghai"]},
    {"name": "west", "stations": ["Wuhan", "Hefei"]},
]
SINGLES = [{"name": city["name"], "station": city["name"]} for city in CITIES]


def pairs(**changes: Any) -> Scenario:
    """Return a day with pair links only."""
    return scenario(**{"station": CITIES, "link": PAIRS, "entanglement": {}, **changes})


def mixed(**changes: Any) -> Scenario:
    """Return a day with two links to stations around three to pairs."""
    links = [SINGLES[2], *PAIRS, SINGLES[0]]
    return scenario(**{"station": CITIES, "link": links, "entanglement": {}, **changes})


def weighted(links: list[dict[str, Any]], *weights: float) -> list[dict[str, Any]]:
    return [{**link, "weight": weight} for link, weight in zip(links, weights, strict=True)]
