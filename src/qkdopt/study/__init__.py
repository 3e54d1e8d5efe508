"""What can be said about schedules: verdicts, evaluations, and the whole run of a scenario.

Names load their modules when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qkdopt.study.contribution import Contribution, check_contribution
    from qkdopt.study.evaluation import Evaluation, evaluate, evaluate_in
    from qkdopt.study.foreign import ForeignEvaluation, evaluate_foreign
    from qkdopt.study.loading import load_problem
    from qkdopt.study.operations import operations_of, problem_of
    from qkdopt.study.orbits import OrbitCase, OrbitResult, study_orbits
    from qkdopt.study.pair_comparison import PairComparison, compare_pairs
    from qkdopt.study.pairing import PairUse, pair_use
    from qkdopt.study.pipeline import run_study
    from qkdopt.study.results import StrategyResult, StudyResult
    from qkdopt.study.schedule_file import ScheduleRows, read_schedule, write_schedule
    from qkdopt.study.solving import solve
    from qkdopt.study.verification import verify
    from qkdopt.study.worth import Worth, worth_of

_HOME = {
    "Contribution": "qkdopt.study.contribution",
    "Evaluation": "qkdopt.study.evaluation",
    "ForeignEvaluation": "qkdopt.study.foreign",
    "OrbitCase": "qkdopt.study.orbits",
    "OrbitResult": "qkdopt.study.orbits",
    "PairComparison": "qkdopt.study.pair_comparison",
    "PairUse": "qkdopt.study.pairing",
    "ScheduleRows": "qkdopt.study.schedule_file",
    "StrategyResult": "qkdopt.study.results",
    "StudyResult": "qkdopt.study.results",
    "Worth": "qkdopt.study.worth",
    "check_contribution": "qkdopt.study.contribution",
    "compare_pairs": "qkdopt.study.pair_comparison",
    "evaluate": "qkdopt.study.evaluation",
    "evaluate_foreign": "qkdopt.study.foreign",
    "evaluate_in": "qkdopt.study.evaluation",
    "load_problem": "qkdopt.study.loading",
    "operations_of": "qkdopt.study.operations",
    "pair_use": "qkdopt.study.pairing",
    "problem_of": "qkdopt.study.operations",
    "read_schedule": "qkdopt.study.schedule_file",
    "run_study": "qkdopt.study.pipeline",
    "solve": "qkdopt.study.solving",
    "study_orbits": "qkdopt.study.orbits",
    "verify": "qkdopt.study.verification",
    "worth_of": "qkdopt.study.worth",
    "write_schedule": "qkdopt.study.schedule_file",
}

__all__ = [
    "Contribution",
    "Evaluation",
    "ForeignEvaluation",
    "OrbitCase",
    "OrbitResult",
    "PairComparison",
    "PairUse",
    "ScheduleRows",
    "StrategyResult",
    "StudyResult",
    "Worth",
    "check_contribution",
    "compare_pairs",
    "evaluate",
    "evaluate_foreign",
    "evaluate_in",
    "load_problem",
    "operations_of",
    "pair_use",
    "problem_of",
    "read_schedule",
    "run_study",
    "solve",
    "study_orbits",
    "verify",
    "worth_of",
    "write_schedule",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its module on first use."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
