from qkdopt.certificates import Certificate as Certificate
from qkdopt.certificates import Ended as Ended
from qkdopt.certificates import Outcome as Outcome
from qkdopt.contact import ContactProblem as ContactProblem
from qkdopt.errors import QkdoptError as QkdoptError
from qkdopt.optimize.problem import SchedulingProblem as SchedulingProblem
from qkdopt.optimize.risk import Risk as Risk
from qkdopt.optimize.schedule import Schedule as Schedule
from qkdopt.optimize.strategies import (
    BalancedDelivery as BalancedDelivery,
)
from qkdopt.optimize.strategies import (
    CappedDelivery as CappedDelivery,
)
from qkdopt.optimize.strategies import (
    FairDelivery as FairDelivery,
)
from qkdopt.optimize.strategies import (
    GeneralDelivery as GeneralDelivery,
)
from qkdopt.optimize.strategies import (
    LeastDivergence as LeastDivergence,
)
from qkdopt.optimize.strategies import (
    PairedDelivery as PairedDelivery,
)
from qkdopt.optimize.strategies import (
    PrioritisedDelivery as PrioritisedDelivery,
)
from qkdopt.optimize.strategies import (
    TargetedDelivery as TargetedDelivery,
)
from qkdopt.physics import (
    compute_keys as compute_keys,
)
from qkdopt.physics import (
    compute_keys_by_satellite as compute_keys_by_satellite,
)
from qkdopt.physics import (
    draw_clouds as draw_clouds,
)
from qkdopt.physics import (
    finite_key_length as finite_key_length,
)
from qkdopt.physics import (
    key_details as key_details,
)
from qkdopt.physics import (
    load_scenario as load_scenario,
)
from qkdopt.study import (
    evaluate_fresh as evaluate_fresh,
)
from qkdopt.study import (
    honest_value as honest_value,
)
from qkdopt.study import (
    load_problem as load_problem,
)
from qkdopt.study import (
    sensitivity as sensitivity,
)
from qkdopt.study import (
    solve as solve,
)
from qkdopt.study import (
    verify as verify,
)
from qkdopt.tensor import KeyTensor as KeyTensor

__version__: str
