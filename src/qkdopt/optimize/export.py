"""Models as MPS and LP files for solvers from elsewhere."""

from os import PathLike
from pathlib import Path

from qkdopt.errors import InputError
from qkdopt.files import output_path
from qkdopt.mip.highs_model import write_form
from qkdopt.mip.standard_form import compile_model
from qkdopt.optimize.formulations import chosen_formulation, formulation_named
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategies import Strategy
from qkdopt.optimize.strategy_names import check_risk


def write_model(
    problem: SchedulingProblem,
    strategy: Strategy,
    path: str | PathLike[str],
    formulation: str | None = None,
) -> None:
    """Write a formulation of ``problem`` as ``.mps`` or ``.lp``.

    The *negated* objective is to be minimised: MPS readers do not agree on how to say
    "maximise". Names are those of the formulation's sheet, ``x(n_a)`` for ``x[n, a]``.

    Raises
    ------
    InputError
        For another ending, a strategy that does not know the problem's cloud scenarios, and a risk
        where there are none.
    SolverError
        When the formulation is unknown or cannot carry the problem.
    OutputError
        When the file cannot be written.
    """
    check_risk(problem, strategy)
    suffix = Path(path).suffix
    if suffix not in (".mps", ".lp"):
        raise InputError(str(path), suffix or "no ending", "a file that ends in .mps or .lp")
    model = formulation_named(chosen_formulation(problem, formulation)).build(problem, strategy)
    with output_path(path) as temporary:
        write_form(compile_model(model), temporary)
