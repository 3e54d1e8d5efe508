# ruff: noqa: I001 (the names of a module together)
from qkdopt.certificates import Certificate as Certificate, Ended as Ended, Outcome as Outcome
from qkdopt.contact import ContactProblem as ContactProblem
from qkdopt.errors import QkdoptError as QkdoptError
from qkdopt.optimize.problem import SchedulingProblem as SchedulingProblem
from qkdopt.optimize.risk import Risk as Risk
from qkdopt.optimize.schedule import Schedule as Schedule
from qkdopt.optimize.strategies import (
    BalancedDelivery as BalancedDelivery,
    CappedDelivery as CappedDelivery,
    FairDelivery as FairDelivery,
    GeneralDelivery as GeneralDelivery,
    LeastDivergence as LeastDivergence,
    PairedDelivery as PairedDelivery,
    PrioritisedDelivery as PrioritisedDelivery,
    TargetedDelivery as TargetedDelivery,
)
from qkdopt.physics import (
    compute_keys as compute_keys,
    compute_keys_by_satellite as compute_keys_by_satellite,
    draw_clouds as draw_clouds,
    finite_key_length as finite_key_length,
    key_details as key_details,
    load_scenario as load_scenario,
)
from qkdopt.study import (
    evaluate_fresh as evaluate_fresh,
    honest_value as honest_value,
    load_problem as load_problem,
    sensitivity as sensitivity,
    solve as solve,
    verify as verify,
)
from qkdopt.tensor import KeyTensor as KeyTensor

__version__: str
