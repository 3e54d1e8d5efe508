"""CP-SAT of OR-tools, in a separate process: its library does not share one with HiGHS.

CP-SAT knows integers only, so every column is made whole. That is exact where whole ``x`` leave
the other columns whole values at no cost: in ``paper`` (idle = 1 - sum x), ``startup`` (u = a
difference of x), ``pointing`` and ``path_flow`` (flows), with an objective of whole
coefficients. Whoever calls has to know that the model is of this kind; coefficients are checked.
"""

import json
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.certificates import Ended
from qkdopt.children import module_command
from qkdopt.errors import SolverError
from qkdopt.mip.cp_sat_process import SOLUTION
from qkdopt.mip.exchange import MipOptions, MipResult, Progress, result_of_values
from qkdopt.mip.programs import last_line, output_of
from qkdopt.mip.standard_form import StandardForm
from qkdopt.mip.watching import Watcher
from qkdopt.mip.whole_numbers import common_unit
from qkdopt.versions import package_version

_LARGEST_WHOLE = 2.0**53
_ENDED = {"OPTIMAL": Ended.FINISHED, "INFEASIBLE": Ended.FINISHED}


def found_version() -> str | None:
    """Return the version of OR-tools, whose part CP-SAT is, or ``None``."""
    return package_version("ortools")


def solve_form(
    form: StandardForm, options: MipOptions, *, progress: Progress | None = None
) -> MipResult:
    """Solve ``form`` with every column whole.

    Raises
    ------
    SolverError
        When a coefficient or a bound is not whole, or the process breaks down.
    """
    for name in ("cost", "row_lower", "row_upper", "column_lower", "column_upper"):
        _check_whole(name, getattr(form, name))
    _check_whole("matrix", form.matrix.data)
    unit = common_unit(form.cost.astype(np.int64))
    with tempfile.TemporaryDirectory(prefix="qkdopt-mip-") as folder:
        began = time.perf_counter()
        given, left = Path(folder) / "model.npz", Path(folder) / "answer.npz"
        rows = form.matrix.tocsr()
        np.savez(
            given, cost=form.cost / unit, start=rows.indptr, index=rows.indices, value=rows.data,
            row_lower=form.row_lower, row_upper=form.row_upper,
            column_lower=form.column_lower, column_upper=form.column_upper,
        )  # fmt: skip
        settings = {
            "max_time_in_seconds": options.time_limit,
            "num_workers": options.threads,
            "random_seed": options.seed,
        }
        command = [*module_command("qkdopt.mip.cp_sat_process"), str(given), str(left)]
        on_line = (
            None if progress is None else partial(_report, Watcher(form, progress, float(unit)))
        )
        log = output_of([*command, json.dumps(settings)], on_line)
        if not left.is_file():
            raise SolverError(f"CP-SAT failed: {last_line(log)}")
        with np.load(left) as answer:
            values = np.array(answer["values"], float) if answer["values"].size else None
            status, solve_s = str(answer["status"]), float(answer["solve_s"])
            least, nodes = float(answer["least"]) * unit, int(answer["branches"])
        took = time.perf_counter() - began
    stopped = Ended.TIME_LIMIT if status in ("FEASIBLE", "UNKNOWN") else Ended.FAILED
    return result_of_values(
        form,
        ended=_ENDED.get(status, stopped),
        values=values,
        least=None if status in ("INFEASIBLE", "MODEL_INVALID") else least,
        nodes=nodes,
        seconds=(took - solve_s, solve_s),
        message="Infeasible" if status == "INFEASIBLE" else status,
    )


def _report(watcher: Watcher, line: str) -> None:
    """Tell the figures of a line that the process prints at each solution."""
    words = line.split()
    if words[:1] == [SOLUTION]:
        watcher(float(words[1]), float(words[2]))


def _check_whole(name: str, numbers: Floats) -> None:
    finite = numbers[np.isfinite(numbers)]
    if (finite != np.round(finite)).any() or (np.abs(finite) > _LARGEST_WHOLE).any():
        raise SolverError(f"CP-SAT needs whole numbers below 2^53; the model's {name} has others")
