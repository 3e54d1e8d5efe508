"""The one place that makes HiGHS objects."""

from __future__ import annotations

from typing import Any

import highspy

from qkdopt.mip.native_output import native_output_hidden

__all__ = ["new_highs"]


def new_highs() -> Any:
    """Return a new ``highspy.Highs`` object that has printed nothing.

    HiGHS 1.16 prints two lines on standard output while it is made, before any option can be
    set. Options are at their defaults: say what it may print while it runs.
    """
    with native_output_hidden():
        return highspy.Highs()  # noqa: TID251 (here it is made)
