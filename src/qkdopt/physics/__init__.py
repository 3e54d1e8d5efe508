"""Physics: from a scenario file to whole secret bits per link and interval.

Names are imported when first used, so that loading a scenario does not load numba.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qkdopt.physics.details import KeyDetails, key_details
    from qkdopt.physics.drawn_clouds import draw_clouds
    from qkdopt.physics.keys import compute_keys
    from qkdopt.physics.orbit import (
        AvailableTime,
        PairPass,
        Pass,
        available_seconds,
        pair_passes,
        passes,
    )
    from qkdopt.physics.protocols.finite_key import finite_key_length
    from qkdopt.physics.scenario import Scenario, ScenarioWarning, load_scenario, parse_scenario
    from qkdopt.physics.several_keys import check_memory, compute_keys_by_satellite, expected_bytes

__all__ = [
    "AvailableTime",
    "KeyDetails",
    "PairPass",
    "Pass",
    "Scenario",
    "ScenarioWarning",
    "available_seconds",
    "check_memory",
    "compute_keys",
    "compute_keys_by_satellite",
    "draw_clouds",
    "expected_bytes",
    "finite_key_length",
    "key_details",
    "load_scenario",
    "pair_passes",
    "parse_scenario",
    "passes",
]

_HOME = {
    "AvailableTime": "qkdopt.physics.orbit",
    "KeyDetails": "qkdopt.physics.details",
    "PairPass": "qkdopt.physics.orbit",
    "Pass": "qkdopt.physics.orbit",
    "Scenario": "qkdopt.physics.scenario",
    "ScenarioWarning": "qkdopt.physics.scenario",
    "available_seconds": "qkdopt.physics.orbit",
    "compute_keys": "qkdopt.physics.keys",
    "check_memory": "qkdopt.physics.several_keys",
    "compute_keys_by_satellite": "qkdopt.physics.several_keys",
    "draw_clouds": "qkdopt.physics.drawn_clouds",
    "expected_bytes": "qkdopt.physics.several_keys",
    "finite_key_length": "qkdopt.physics.protocols.finite_key",
    "key_details": "qkdopt.physics.details",
    "load_scenario": "qkdopt.physics.scenario",
    "pair_passes": "qkdopt.physics.orbit",
    "parse_scenario": "qkdopt.physics.scenario",
    "passes": "qkdopt.physics.orbit",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its module on first use."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
