"""A model in the arrays that HiGHS takes, and in the files that it writes."""

import errno
from pathlib import Path

import highspy

from qkdopt.errors import SolverError
from qkdopt.mip.highs_factory import Highs, new_highs
from qkdopt.mip.standard_form import StandardForm

_LAST_WORDS = ("ENDATA", "end")  # of a whole .mps and .lp file


def highs_model(form: StandardForm, *, relax: bool) -> highspy.HighsLp:
    """Return the form as HiGHS takes it; ``relax`` leaves out that columns are whole."""
    lp = highspy.HighsLp()
    rows, columns = form.matrix.shape
    lp.num_row_, lp.num_col_ = rows, columns
    lp.col_cost_ = form.cost
    lp.offset_ = form.offset
    lp.col_lower_, lp.col_upper_ = form.column_lower, form.column_upper
    lp.row_lower_, lp.row_upper_ = form.row_lower, form.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.num_row_, lp.a_matrix_.num_col_ = rows, columns
    lp.a_matrix_.start_ = form.matrix.indptr
    lp.a_matrix_.index_ = form.matrix.indices
    lp.a_matrix_.value_ = form.matrix.data
    if not relax:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[whole] for whole in form.integer.tolist()]
    return lp


def write_form(form: StandardForm, path: Path, *, named: bool = True) -> None:
    """Write ``form`` to a file that ends in ``.mps`` or ``.lp``; it is always minimised.

    Columns and rows bear the names of the Pyomo model, or, unless ``named``, ``c0, c1, ...``
    and ``r0, r1, ...``.

    Raises
    ------
    OSError
        When the file could not be written whole. HiGHS itself does not notice a full disk.
    """
    solver = new_highs(output_flag=False)
    model = highs_model(form, relax=False)
    rows, columns = form.matrix.shape
    if named:
        model.col_names_ = [_label(column.name) for column in form.columns]
        model.row_names_ = list(map(_label, form.row_names))
    else:
        model.col_names_ = [f"c{number}" for number in range(columns)]
        model.row_names_ = [f"r{number}" for number in range(rows)]
    pass_model(solver, model)
    status = solver.writeModel(str(path))
    if status != highspy.HighsStatus.kOk or not path.read_text().rstrip().endswith(_LAST_WORDS):
        raise OSError(errno.EIO, f"the {path.suffix} file is not complete (disk full?)")


def _label(name: str) -> str:
    return name.translate(str.maketrans("[],", "()_"))


def pass_model(solver: Highs, model: highspy.HighsLp) -> None:
    """Hand a model over.

    Raises
    ------
    SolverError
        When HiGHS refuses it.
    """
    if solver.passModel(model) == highspy.HighsStatus.kError:
        raise SolverError("HiGHS refuses the model (numbers out of range?)")
