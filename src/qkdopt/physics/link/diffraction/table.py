"""The capture probability tabulated over the distance, with a stated error."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from qkdopt.arrays import Floats
from qkdopt.errors import InputError
from qkdopt.physics.link.diffraction import _interpolation_kernels as _kernels
from qkdopt.physics.link.diffraction.capture import mean_capture_probability, optimum_waist_m

_FIRST_STEPS, _MOST_STEPS = 16, 4096
_OPTIMISED = "optimised"
_MARGIN = 2.0


@dataclass(frozen=True, kw_only=True)
class BeamTable:
    """The capture probability of one beam over the distance, for millions of look-ups.

    Logarithm against logarithm on an even grid, through six points at a time. The grid is
    refined until the largest error half-way between its points is at most half of
    ``relative_error`` (in the outermost steps it is a little larger elsewhere).

    Attributes
    ----------
    waist_m
        Of a fixed beam [m], or ``"optimised"``: the best one at every distance.
    wavelength_m, transmitter_radius_m, receiver_radius_m, jitter_rad, focus_m
        As :func:`mean_capture_probability` has them; numbers.
    obscuration_ratio
        Diameter of the receiver's central obstruction over its own: what falls on it is lost, from
        the beam that is best without it.
    nearest_m, farthest_m
        The distances [m] that the table covers, ends included.
    relative_error
        Requested relative error of the interpolation; the kernel's own 1e-7 comes on top.
    measured_error
        Largest relative error half-way between the points of the grid.

    Raises
    ------
    InputError
        For values out of range, and where 4,096 steps do not reach the error.
    """

    waist_m: float | str
    wavelength_m: float
    transmitter_radius_m: float
    receiver_radius_m: float
    jitter_rad: float
    nearest_m: float
    farthest_m: float
    focus_m: float = np.inf
    obscuration_ratio: float = 0.0
    relative_error: float = 1e-8
    measured_error: float = field(init=False)
    _values: Floats = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the limits and fill the table."""
        if not 0.0 < self.nearest_m < self.farthest_m < np.inf:
            came = (self.nearest_m, self.farthest_m)
            raise InputError("nearest_m, farthest_m", came, "0 < nearest_m < farthest_m")
        if not self.relative_error > 0.0:
            raise InputError("relative_error", self.relative_error, "relative_error > 0")
        if isinstance(self.waist_m, str) and self.waist_m != _OPTIMISED:
            raise InputError("waist_m", self.waist_m, f"metres or {_OPTIMISED!r}")
        steps = _FIRST_STEPS
        values = self._logarithms(steps)
        while True:
            finer = self._logarithms(2 * steps)
            found = np.empty(steps)
            _kernels.interpolate(values, np.arange(0.5, steps), found)
            error = float(np.abs(np.expm1(found - finer[1::2])).max())
            if _MARGIN * error <= self.relative_error:
                break
            if np.isnan(error):
                came = (self.nearest_m, self.jitter_rad)
                expected = "a beam that can be resolved: farther away, with less jitter"
                raise InputError("nearest_m, jitter_rad", came, expected)
            steps, values = 2 * steps, finer
            if steps > _MOST_STEPS:
                expected = "an error that 4,096 steps reach"
                raise InputError("relative_error", self.relative_error, expected)
        object.__setattr__(self, "measured_error", error)
        object.__setattr__(self, "_values", values)

    def capture_probability(self, range_m: ArrayLike) -> Floats:
        """Return the mean capture probability at distances [m], same shape; ``nan`` for ``nan``.

        Raises
        ------
        InputError
            For a distance that the table does not cover.
        """
        distance = np.asarray(range_m, dtype=np.float64)
        beyond = (distance < self.nearest_m) | (distance > self.farthest_m)
        if beyond.any():
            expected = f"{self.nearest_m:g} <= range_m <= {self.farthest_m:g}, as tabulated"
            raise InputError("range_m", float(distance[beyond].flat[0]), expected)
        out = np.empty(distance.size)
        _kernels.look_up(self._values, self.nearest_m, self.farthest_m, distance.ravel(), out)
        return out.reshape(distance.shape)

    def _logarithms(self, steps: int) -> Floats:
        """Return ln(eta) at ``steps + 1`` distances, evenly spaced in their logarithm."""
        ratio = self.farthest_m / self.nearest_m
        distance = self.nearest_m * ratio ** (np.arange(steps + 1) / steps)
        beam = (
            self.wavelength_m,
            self.transmitter_radius_m,
            self.receiver_radius_m,
            self.jitter_rad,
        )
        waist: ArrayLike = self.waist_m if not isinstance(self.waist_m, str) else 0.0
        if isinstance(self.waist_m, str):
            waist = optimum_waist_m(distance, *beam, focus_m=self.focus_m)
        share = mean_capture_probability(waist, distance, *beam, focus_m=self.focus_m)
        if self.obscuration_ratio:
            hidden = (*beam[:2], self.obscuration_ratio * beam[2], beam[3])
            share -= mean_capture_probability(waist, distance, *hidden, focus_m=self.focus_m)
        return np.log(share)
