# ruff: noqa: I001 (the names of a module together)
from qkdopt.physics.details import KeyDetails as KeyDetails, key_details as key_details
from qkdopt.physics.drawn_clouds import draw_clouds as draw_clouds
from qkdopt.physics.keys import compute_keys as compute_keys
from qkdopt.physics.orbit import (
    AvailableTime as AvailableTime,
    PairPass as PairPass,
    Pass as Pass,
    available_seconds as available_seconds,
    pair_passes as pair_passes,
    passes as passes,
)
from qkdopt.physics.protocols.finite_key import finite_key_length as finite_key_length
from qkdopt.physics.scenario import (
    Scenario as Scenario,
    ScenarioWarning as ScenarioWarning,
    load_scenario as load_scenario,
    parse_scenario as parse_scenario,
)
from qkdopt.physics.several_keys import (
    check_memory as check_memory,
    compute_keys_by_satellite as compute_keys_by_satellite,
    expected_bytes as expected_bytes,
)
