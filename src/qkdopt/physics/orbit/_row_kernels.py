"""Compiled loops over instants of the geometry on bare numbers; outputs are arguments."""

from qkdopt.arrays import Floats
from qkdopt.compiled import kernel
from qkdopt.physics.orbit._kernels import look, sun


@kernel
def looks(position: Floats, station: Floats, axes: Floats, out: Floats) -> None:
    """Write elevation, azimuth and range of each position, ``(T, 3)``, to ``out``, ``(3, T)``."""
    for t in range(position.shape[0]):
        out[0, t], out[1, t], out[2, t] = look(
            position[t, 0], position[t, 1], position[t, 2], station, axes
        )


@kernel
def suns(day: float, fractions: Floats, out: Floats) -> None:
    """Write the Sun's direction and distance at each instant to ``out``, ``(4, T)``."""
    for t in range(fractions.size):
        out[0, t], out[1, t], out[2, t], out[3, t] = sun(day, fractions[t])
