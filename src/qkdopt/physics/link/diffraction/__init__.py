"""A truncated Gaussian beam with pointing jitter: capture probability, best waist, table."""

from qkdopt.physics.link.diffraction.capture import mean_capture_probability, optimum_waist_m
from qkdopt.physics.link.diffraction.table import BeamTable

__all__ = ["BeamTable", "mean_capture_probability", "optimum_waist_m"]
