"""Provably optimal downlink schedules for satellite quantum key distribution.

    import qkdopt as qo

    scenario = qo.load_scenario("micius-china-2016")
    keys = qo.compute_keys(scenario)
    problem = qo.SchedulingProblem.from_keys(keys)
    outcome = qo.solve(problem, qo.GeneralDelivery())
    verdict = qo.verify(outcome.certificate)

Every name loads its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qkdopt.certificates import Certificate, Ended, Outcome
    from qkdopt.contact import ContactProblem
    from qkdopt.errors import QkdoptError
    from qkdopt.optimize.problem import SchedulingProblem
    from qkdopt.optimize.risk import Risk
    from qkdopt.optimize.schedule import Schedule
    from qkdopt.optimize.strategies import (
        BalancedDelivery,
        CappedDelivery,
        FairDelivery,
        GeneralDelivery,
        LeastDivergence,
        PairedDelivery,
        PrioritisedDelivery,
        TargetedDelivery,
    )
    from qkdopt.physics import (
        compute_keys,
        compute_keys_by_satellite,
        draw_clouds,
        finite_key_length,
        key_details,
        load_scenario,
    )
    from qkdopt.study import evaluate_fresh, honest_value, load_problem, sensitivity, solve, verify
    from qkdopt.tensor import KeyTensor

__all__ = [
    "BalancedDelivery",
    "CappedDelivery",
    "Certificate",
    "ContactProblem",
    "Ended",
    "FairDelivery",
    "GeneralDelivery",
    "KeyTensor",
    "LeastDivergence",
    "Outcome",
    "PairedDelivery",
    "PrioritisedDelivery",
    "QkdoptError",
    "Risk",
    "Schedule",
    "SchedulingProblem",
    "TargetedDelivery",
    "__version__",
    "compute_keys",
    "compute_keys_by_satellite",
    "draw_clouds",
    "evaluate_fresh",
    "finite_key_length",
    "honest_value",
    "key_details",
    "load_problem",
    "load_scenario",
    "sensitivity",
    "solve",
    "verify",
]

_STRATEGIES = "qkdopt.optimize.strategies"
_HOME = {
    "BalancedDelivery": _STRATEGIES,
    "CappedDelivery": _STRATEGIES,
    "Certificate": "qkdopt.certificates",
    "ContactProblem": "qkdopt.contact",
    "Ended": "qkdopt.certificates",
    "FairDelivery": _STRATEGIES,
    "GeneralDelivery": _STRATEGIES,
    "KeyTensor": "qkdopt.tensor",
    "LeastDivergence": _STRATEGIES,
    "Outcome": "qkdopt.certificates",
    "PairedDelivery": _STRATEGIES,
    "PrioritisedDelivery": _STRATEGIES,
    "QkdoptError": "qkdopt.errors",
    "Risk": "qkdopt.optimize.risk",
    "Schedule": "qkdopt.optimize.schedule",
    "SchedulingProblem": "qkdopt.optimize.problem",
    "TargetedDelivery": _STRATEGIES,
    "compute_keys": "qkdopt.physics",
    "compute_keys_by_satellite": "qkdopt.physics",
    "draw_clouds": "qkdopt.physics",
    "evaluate_fresh": "qkdopt.study",
    "finite_key_length": "qkdopt.physics",
    "honest_value": "qkdopt.study",
    "key_details": "qkdopt.physics",
    "load_problem": "qkdopt.study",
    "load_scenario": "qkdopt.physics",
    "sensitivity": "qkdopt.study",
    "solve": "qkdopt.study",
    "verify": "qkdopt.study",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("qkdopt")
    if name not in _HOME:
        raise AttributeError(f"module 'qkdopt' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
