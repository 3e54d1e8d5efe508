"""Hand-over by a file: the model as MPS in a separate folder, columns ``c0, c1, ...``."""

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.certificates import Ended
from qkdopt.mip.exchange import MipOptions, MipResult, Progress, result_of_values, scaled
from qkdopt.mip.highs_model import write_form
from qkdopt.mip.standard_form import StandardForm
from qkdopt.mip.watching import Watcher


@dataclass(frozen=True, eq=False)
class FileAnswer:
    """What a solver left of the minimised model of a file.

    Attributes
    ----------
    values
        Shape ``(C,)``, or ``None``.
    least
        Lower bound as the file's objective counts, or ``None``.
    loaded
        ``time.perf_counter()`` when the model had been read; ``None`` when that is part of the
        search.
    """

    ended: Ended
    values: Floats | None
    least: float | None
    nodes: int | None
    message: str
    loaded: float | None = None


def through_mps(
    form: StandardForm,
    options: MipOptions,
    run: Callable[[Path, int, MipOptions, Watcher | None], FileAnswer],
    progress: Progress | None = None,
) -> MipResult:
    """Write the (scaled) form, let ``run(path, columns, options, watcher)`` solve it.

    The offset is left out of the file: MPS readers do not agree on its sign.

    Raises
    ------
    OSError
        When the file could not be written.
    SolverError
        When the solver breaks down.
    """
    moderate = scaled(form)
    small = replace(moderate.form, offset=0.0)
    with tempfile.TemporaryDirectory(prefix="qkdopt-mip-") as folder:
        began = time.perf_counter()
        path = Path(folder) / "model.mps"
        write_form(small, path, named=False)
        written = time.perf_counter()
        watcher = None if progress is None else Watcher(form, progress, 2.0**moderate.exponent)
        answer = run(path, len(form.columns), options, watcher)
        ended = time.perf_counter()
    loaded = written if answer.loaded is None else answer.loaded
    return result_of_values(
        form,
        ended=answer.ended,
        values=None if answer.values is None else answer.values * moderate.columns,
        least=None if answer.least is None else answer.least * 2.0**moderate.exponent,
        nodes=answer.nodes,
        seconds=(loaded - began, ended - loaded),
        message=answer.message,
    )


def column_values(by_name: Mapping[str, float], columns: int) -> Floats:
    """Return the values of ``c0, c1, ...``, shape ``(columns,)``; those not named are 0."""
    values = np.zeros(columns)
    for name, value in by_name.items():
        values[int(name.removeprefix("c"))] = value
    return values
