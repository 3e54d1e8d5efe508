from qkdopt.physics.details import KeyDetails as KeyDetails
from qkdopt.physics.details import key_details as key_details
from qkdopt.physics.drawn_clouds import draw_clouds as draw_clouds
from qkdopt.physics.keys import compute_keys as compute_keys
from qkdopt.physics.orbit import (
    AvailableTime as AvailableTime,
)
from qkdopt.physics.orbit import (
    PairPass as PairPass,
)
from qkdopt.physics.orbit import (
    Pass as Pass,
)
from qkdopt.physics.orbit import (
    available_seconds as available_seconds,
)
from qkdopt.physics.orbit import (
    pair_passes as pair_passes,
)
from qkdopt.physics.orbit import (
    passes as passes,
)
from qkdopt.physics.protocols.finite_key import finite_key_length as finite_key_length
from qkdopt.physics.scenario import (
    Scenario as Scenario,
)
from qkdopt.physics.scenario import (
    ScenarioWarning as ScenarioWarning,
)
from qkdopt.physics.scenario import (
    load_scenario as load_scenario,
)
from qkdopt.physics.scenario import (
    parse_scenario as parse_scenario,
)
from qkdopt.physics.several_keys import (
    check_memory as check_memory,
)
from qkdopt.physics.several_keys import (
    compute_keys_by_satellite as compute_keys_by_satellite,
)
from qkdopt.physics.several_keys import (
    expected_bytes as expected_bytes,
)
