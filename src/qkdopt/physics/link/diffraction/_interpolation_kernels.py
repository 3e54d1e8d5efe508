"""Compiled interpolation on an even grid, through six points at a time."""

import math

from qkdopt.arrays import Floats
from qkdopt.compiled import kernel


@kernel
def _at(values: Floats, position: float) -> float:
    """Interpolate values at whole positions by the polynomial through the nearest six."""
    begin = min(max(int(position) - 2, 0), values.shape[0] - 6)
    p = position - begin
    a, b, c, d, e, f = p, p - 1.0, p - 2.0, p - 3.0, p - 4.0, p - 5.0
    ab, ef = a * b, e * f
    value: float = (
        -b * c * d * ef * values[begin] / 120.0
        + a * c * d * ef * values[begin + 1] / 24.0
        - ab * d * ef * values[begin + 2] / 12.0
        + ab * c * ef * values[begin + 3] / 12.0
        - ab * c * d * f * values[begin + 4] / 24.0
        + ab * c * d * e * values[begin + 5] / 120.0
    )
    return value


@kernel
def interpolate(values: Floats, position: Floats, out: Floats) -> None:
    """Write the interpolated values at fractional positions, shape ``(C,)``."""
    for i in range(position.shape[0]):
        out[i] = _at(values, position[i])


@kernel
def look_up(
    values: Floats, nearest_m: float, farthest_m: float, range_m: Floats, out: Floats
) -> None:
    """Write the exponential of the interpolated value at distances [m], shape ``(C,)``."""
    scale = (values.shape[0] - 1) / math.log(farthest_m / nearest_m)
    for i in range(range_m.shape[0]):
        if math.isnan(range_m[i]):
            out[i] = math.nan
        else:
            out[i] = math.exp(_at(values, scale * math.log(range_m[i] / nearest_m)))
