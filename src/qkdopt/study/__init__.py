"""Verdicts on schedules, evaluations, and complete runs of a scenario.

Names load their modules when they are first used.
"""

from __future__ import annotations

import importlib
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qkdopt.study.aged_plans import AgedPlan, ElementsAge, elements_age
    from qkdopt.study.assumed_totals import AssumedTotals, assumptions
    from qkdopt.study.contribution import Contribution, check_contribution
    from qkdopt.study.evaluation import Evaluation, evaluate, evaluate_in, evaluate_verdict
    from qkdopt.study.external import ExternalEvaluation, evaluate_schedule
    from qkdopt.study.fresh import CloudEvaluation, evaluate_fresh
    from qkdopt.study.loading import load_problem
    from qkdopt.study.operations import operations_of, problem_of
    from qkdopt.study.orbits import OrbitCase, OrbitResult, study_orbits
    from qkdopt.study.pair_comparison import PairComparison, compare_pairs
    from qkdopt.study.pairing import PairUse, pair_use
    from qkdopt.study.parameter_changes import BitValue, bit_values
    from qkdopt.study.pipeline import run_study
    from qkdopt.study.results import StrategyResult, StudyResult
    from qkdopt.study.schedule_file import ScheduleRows, read_schedule, write_schedule
    from qkdopt.study.sensitivity_result import Sensitivity, SensitivityRow
    from qkdopt.study.sensitivity_run import sensitivity
    from qkdopt.study.sharing import study_sharing
    from qkdopt.study.sharing_result import Optimum, SharingStudy
    from qkdopt.study.solving import solve
    from qkdopt.study.tuning import Tuning, tune
    from qkdopt.study.under_clouds import HonestValue, honest_value
    from qkdopt.study.verification import verify

_HOME = {
    "AgedPlan": "qkdopt.study.aged_plans",
    "AssumedTotals": "qkdopt.study.assumed_totals",
    "BitValue": "qkdopt.study.parameter_changes",
    "Contribution": "qkdopt.study.contribution",
    "ElementsAge": "qkdopt.study.aged_plans",
    "Evaluation": "qkdopt.study.evaluation",
    "ExternalEvaluation": "qkdopt.study.external",
    "Optimum": "qkdopt.study.sharing_result",
    "OrbitCase": "qkdopt.study.orbits",
    "OrbitResult": "qkdopt.study.orbits",
    "PairComparison": "qkdopt.study.pair_comparison",
    "PairUse": "qkdopt.study.pairing",
    "ScheduleRows": "qkdopt.study.schedule_file",
    "Sensitivity": "qkdopt.study.sensitivity_result",
    "SensitivityRow": "qkdopt.study.sensitivity_result",
    "SharingStudy": "qkdopt.study.sharing_result",
    "StrategyResult": "qkdopt.study.results",
    "StudyResult": "qkdopt.study.results",
    "assumptions": "qkdopt.study.assumed_totals",
    "bit_values": "qkdopt.study.parameter_changes",
    "check_contribution": "qkdopt.study.contribution",
    "compare_pairs": "qkdopt.study.pair_comparison",
    "elements_age": "qkdopt.study.aged_plans",
    "evaluate": "qkdopt.study.evaluation",
    "evaluate_schedule": "qkdopt.study.external",
    "evaluate_fresh": "qkdopt.study.fresh",
    "evaluate_in": "qkdopt.study.evaluation",
    "evaluate_verdict": "qkdopt.study.evaluation",
    "honest_value": "qkdopt.study.under_clouds",
    "CloudEvaluation": "qkdopt.study.fresh",
    "HonestValue": "qkdopt.study.under_clouds",
    "load_problem": "qkdopt.study.loading",
    "operations_of": "qkdopt.study.operations",
    "pair_use": "qkdopt.study.pairing",
    "problem_of": "qkdopt.study.operations",
    "read_schedule": "qkdopt.study.schedule_file",
    "run_study": "qkdopt.study.pipeline",
    "sensitivity": "qkdopt.study.sensitivity_run",
    "solve": "qkdopt.study.solving",
    "study_orbits": "qkdopt.study.orbits",
    "study_sharing": "qkdopt.study.sharing",
    "Tuning": "qkdopt.study.tuning",
    "tune": "qkdopt.study.tuning",
    "verify": "qkdopt.study.verification",
    "write_schedule": "qkdopt.study.schedule_file",
}

_OLD_NAMES = {
    "ForeignEvaluation": "ExternalEvaluation",
    "Worth": "BitValue",
    "evaluate_foreign": "evaluate_schedule",
    "worth_of": "bit_values",
}
"""Names of version 0.1 that still work, with a ``DeprecationWarning``."""

__all__ = [
    "AgedPlan",
    "AssumedTotals",
    "BitValue",
    "CloudEvaluation",
    "Contribution",
    "ElementsAge",
    "Evaluation",
    "ExternalEvaluation",
    "HonestValue",
    "Optimum",
    "OrbitCase",
    "OrbitResult",
    "PairComparison",
    "PairUse",
    "ScheduleRows",
    "Sensitivity",
    "SensitivityRow",
    "SharingStudy",
    "StrategyResult",
    "StudyResult",
    "Tuning",
    "assumptions",
    "bit_values",
    "check_contribution",
    "compare_pairs",
    "elements_age",
    "evaluate",
    "evaluate_fresh",
    "evaluate_in",
    "evaluate_schedule",
    "evaluate_verdict",
    "honest_value",
    "load_problem",
    "operations_of",
    "pair_use",
    "problem_of",
    "read_schedule",
    "run_study",
    "sensitivity",
    "solve",
    "study_orbits",
    "study_sharing",
    "tune",
    "verify",
    "write_schedule",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its module on first use."""
    if name in _OLD_NAMES:
        new = _OLD_NAMES[name]
        warnings.warn(f"{name} is now called {new}", DeprecationWarning, stacklevel=2)
        name = new
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
