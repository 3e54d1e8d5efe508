# ruff: noqa: I001 (the names of a module together)
from qkdopt.study.aged_plans import (
    AgedPlan as AgedPlan,
    ElementsAge as ElementsAge,
    elements_age as elements_age,
)
from qkdopt.study.assumed_totals import assumptions as assumptions
from qkdopt.study.assumption_rows import AssumedTotals as AssumedTotals
from qkdopt.study.contribution import (
    Contribution as Contribution,
    check_contribution as check_contribution,
)
from qkdopt.study.evaluation import (
    Evaluation as Evaluation,
    evaluate as evaluate,
    evaluate_in as evaluate_in,
    evaluate_verdict as evaluate_verdict,
)
from qkdopt.study.external import (
    ExternalEvaluation as ExternalEvaluation,
    evaluate_schedule as evaluate_schedule,
)
from qkdopt.study.fresh import CloudEvaluation as CloudEvaluation, evaluate_fresh as evaluate_fresh
from qkdopt.study.loading import load_problem as load_problem
from qkdopt.study.operations import operations_of as operations_of, problem_of as problem_of
from qkdopt.study.orbits import (
    OrbitCase as OrbitCase,
    OrbitResult as OrbitResult,
    study_orbits as study_orbits,
)
from qkdopt.study.pair_comparison import (
    PairComparison as PairComparison,
    compare_pairs as compare_pairs,
)
from qkdopt.study.pairing import PairUse as PairUse, pair_use as pair_use
from qkdopt.study.pipeline import run_study as run_study
from qkdopt.study.results import StrategyResult as StrategyResult, StudyResult as StudyResult
from qkdopt.study.schedule_file import (
    ScheduleRows as ScheduleRows,
    read_schedule as read_schedule,
    write_schedule as write_schedule,
)
from qkdopt.study.sensitivity_result import (
    Sensitivity as Sensitivity,
    SensitivityRow as SensitivityRow,
)
from qkdopt.study.sensitivity_run import sensitivity as sensitivity
from qkdopt.study.sharing import study_sharing as study_sharing
from qkdopt.study.sharing_result import Optimum as Optimum, SharingStudy as SharingStudy
from qkdopt.study.solving import solve as solve
from qkdopt.study.tuning import Tuning as Tuning, tune as tune
from qkdopt.study.under_clouds import HonestValue as HonestValue, honest_value as honest_value
from qkdopt.study.verification import verify as verify
