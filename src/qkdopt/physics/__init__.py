"""Physics: from a scenario file to whole secret bits per link and interval.

Names are imported when first used, so that loading a scenario does not load numba.
"""

from typing import TYPE_CHECKING

from qkdopt.lazy import lazy_names

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

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "qkdopt.physics.details": "key_details KeyDetails",
        "qkdopt.physics.drawn_clouds": "draw_clouds",
        "qkdopt.physics.keys": "compute_keys",
        "qkdopt.physics.orbit": "available_seconds AvailableTime pair_passes PairPass Pass passes",
        "qkdopt.physics.protocols.finite_key": "finite_key_length",
        "qkdopt.physics.scenario": "load_scenario parse_scenario Scenario ScenarioWarning",
        "qkdopt.physics.several_keys": "check_memory compute_keys_by_satellite expected_bytes",
    },
)
