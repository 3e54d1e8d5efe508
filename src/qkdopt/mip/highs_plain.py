"""HiGHS without presolve and symmetry detection.

On large problems of several satellites these take minutes before the first linear programme, whose
solution is often whole already.
"""

from __future__ import annotations

from dataclasses import replace

from qkdopt.mip import highs
from qkdopt.mip.exchange import MipOptions, MipResult, Progress
from qkdopt.mip.standard_form import StandardForm

__all__ = ["found_version", "solve_form"]

found_version = highs.found_version


def solve_form(
    form: StandardForm, options: MipOptions, *, progress: Progress | None = None
) -> MipResult:
    """Solve as :func:`qkdopt.mip.highs.solve_form`, at once."""
    return highs.solve_form(form, replace(options, presolve=False), progress=progress)
