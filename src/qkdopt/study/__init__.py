"""Verdicts on schedules, evaluations, and complete runs of a scenario.

Names load their modules when they are first used.
"""

from typing import TYPE_CHECKING

from qkdopt.lazy import lazy_names

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


__all__ = [
    "AgedPlan",
    "AssumedTotals",
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

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "qkdopt.study.aged_plans": "AgedPlan elements_age ElementsAge",
        "qkdopt.study.assumed_totals": "AssumedTotals assumptions",
        "qkdopt.study.contribution": "check_contribution Contribution",
        "qkdopt.study.evaluation": "evaluate evaluate_in evaluate_verdict Evaluation",
        "qkdopt.study.external": "evaluate_schedule ExternalEvaluation",
        "qkdopt.study.fresh": "CloudEvaluation evaluate_fresh",
        "qkdopt.study.loading": "load_problem",
        "qkdopt.study.operations": "operations_of problem_of",
        "qkdopt.study.orbits": "OrbitCase OrbitResult study_orbits",
        "qkdopt.study.pair_comparison": "compare_pairs PairComparison",
        "qkdopt.study.pairing": "pair_use PairUse",
        "qkdopt.study.pipeline": "run_study",
        "qkdopt.study.results": "StrategyResult StudyResult",
        "qkdopt.study.schedule_file": "read_schedule ScheduleRows write_schedule",
        "qkdopt.study.sensitivity_result": "Sensitivity SensitivityRow",
        "qkdopt.study.sensitivity_run": "sensitivity",
        "qkdopt.study.sharing": "study_sharing",
        "qkdopt.study.sharing_result": "Optimum SharingStudy",
        "qkdopt.study.solving": "solve",
        "qkdopt.study.tuning": "tune Tuning",
        "qkdopt.study.under_clouds": "honest_value HonestValue",
        "qkdopt.study.verification": "verify",
    },
    old={"ForeignEvaluation": "ExternalEvaluation", "evaluate_foreign": "evaluate_schedule"},
)
