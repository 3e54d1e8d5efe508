"""A truncated Gaussian beam with pointing jitter: capture probability, best waist, table."""

from qkdopt.physics.link.diffraction.capture import mean_capture_probability, optimum_waist_m
from qkdopt.physics.link.diffraction.closed_forms import (
    matched_gaussian_capture_probability,
    untruncated_capture_probability,
)
from qkdopt.physics.link.diffraction.table import BeamTable

__all__ = [
    "BeamTable",
    "matched_gaussian_capture_probability",
    "mean_capture_probability",
    "optimum_waist_m",
    "untruncated_capture_probability",
]
