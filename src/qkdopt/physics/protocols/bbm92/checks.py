"""One-line errors for settings and probabilities out of range."""

from numbers import Real

import numpy as np
from numpy.typing import ArrayLike

from qkdopt.arrays import Floats
from qkdopt.errors import InputError


def one_of(name: str, value: object, known: tuple[object, ...]) -> None:
    """Refuse a value that is not among the known ones."""
    if value not in known:
        raise InputError(name, value, "one of " + ", ".join(map(repr, known)))


def within(name: str, value: float, least: float, most: float, closed: bool = False) -> None:
    """Refuse a number (or ``nan``) outside an interval, open unless ``closed``."""
    number = isinstance(value, Real)
    inside = number and (least <= value <= most if closed else least < value < most)
    if not inside:
        sign = "<=" if closed else "<"
        raise InputError(name, value, f"{least:g} {sign} {name} {sign} {most:g}")


def probabilities(name: str, value: ArrayLike) -> Floats:
    """Return an array of numbers from 0 to 1 or ``nan``; refuse others."""
    array = np.asarray(value, dtype=np.float64)
    wrong = (array < 0.0) | (array > 1.0)
    if wrong.any():
        raise InputError(name, float(array[wrong].flat[0]), f"0 <= {name} <= 1")
    return array
