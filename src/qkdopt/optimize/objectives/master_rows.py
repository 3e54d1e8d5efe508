"""Objectives as linear programmes: what the restricted master takes from them and gives back."""

from dataclasses import dataclass

from scipy.sparse import csc_array

from qkdopt.arrays import Floats


@dataclass(frozen=True, eq=False)
class MasterRows:
    """The objective as a linear programme over delivered bits ``E`` and columns ``z`` of its own.

        maximise    bit_reward . E + reward . z
        subject to  row_lower <= matrix (E, z) <= row_upper,    lower <= z <= upper

    Bits and whatever is counted in bits are divided by a unit, so that figures are near one.
    Further rows, cuts, follow with :meth:`ConcaveObjective.cuts`.

    Attributes
    ----------
    bit_reward, reward, lower, upper
        Shapes ``(T,)``, ``(Z,)``, ``(Z,)``, ``(Z,)``; ``inf`` where there is no limit.
    matrix, row_lower, row_upper
        Shapes ``(R, T + Z)``, ``(R,)``, ``(R,)``.
    scale, offset
        The value of the objective is ``offset + scale`` times that of the programme.
    shrinking
        The own column that says how much of a whole mixture there is, at most 1; else ``None``.
    """

    bit_reward: Floats
    reward: Floats
    lower: Floats
    upper: Floats
    matrix: Floats | csc_array
    row_lower: Floats
    row_upper: Floats
    scale: float
    offset: float = 0.0
    shrinking: int | None = None


@dataclass(frozen=True, eq=False)
class MasterDuals:
    """Duals of a restricted master, as value per bit, and its cuts.

    Attributes
    ----------
    bits
        Value of one more bit of each target, shape ``(T,)``.
    rows, cuts
        Duals of the objective's rows ``(R,)`` and of its cuts ``(C,)``.
    cut_rows
        Coefficients of the cuts over ``(E, z)``, shape ``(C, T + Z)``.
    """

    bits: Floats
    rows: Floats
    cuts: Floats
    cut_rows: Floats
