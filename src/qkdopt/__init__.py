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

from typing import TYPE_CHECKING

from qkdopt.lazy import lazy_names

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

_lazy, __dir__ = lazy_names(
    __name__,
    {
        "qkdopt.certificates": "Certificate Ended Outcome",
        "qkdopt.contact": "ContactProblem",
        "qkdopt.errors": "QkdoptError",
        "qkdopt.optimize.problem": "SchedulingProblem",
        "qkdopt.optimize.risk": "Risk",
        "qkdopt.optimize.schedule": "Schedule",
        "qkdopt.optimize.strategies": (
            "BalancedDelivery CappedDelivery FairDelivery GeneralDelivery LeastDivergence "
            "PairedDelivery PrioritisedDelivery TargetedDelivery"
        ),
        "qkdopt.physics": (
            "compute_keys compute_keys_by_satellite draw_clouds finite_key_length "
            "key_details load_scenario"
        ),
        "qkdopt.study": "evaluate_fresh honest_value load_problem sensitivity solve verify",
        "qkdopt.tensor": "KeyTensor",
    },
)


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("qkdopt")
    return _lazy(name)
