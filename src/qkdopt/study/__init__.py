"""Verdicts on schedules, evaluations, and complete runs of a scenario.

Names load their modules when they are first used.
"""

from qkdopt.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    __file__,
    old={"ForeignEvaluation": "ExternalEvaluation", "evaluate_foreign": "evaluate_schedule"},
)
