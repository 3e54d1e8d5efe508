"""Light of the night sky that falls into the detectors.

Photons per gate ``H Omega A B t lambda / (h c)``: radiance, solid angle of the field of view,
area of the receiver, width of the filter, gate: the relation of any photometer. For satellite
links see C. Bonato et al., "Feasibility of satellite quantum key distribution", New J. Phys. 11,
045017 (2009), arXiv:0903.2160, of which only the abstract was available: it announces a model
of the background by night and by day.
"""

import math

from qkdopt.arrays import Floats
from qkdopt.constants import PLANCK_TIMES_LIGHT_J_M


def sky_clicks_per_gate(
    *,
    radiance_w_per_m2_sr_um: float | Floats,
    field_of_view_half_angle_rad: float | Floats,
    receiver_diameter_m: float | Floats,
    filter_bandwidth_um: float | Floats,
    gate_s: float | Floats,
    wavelength_m: float | Floats,
    efficiency: float | Floats,
) -> float | Floats:
    """Return the mean number of clicks that the sky makes in a gate.

    All detectors of the measured basis together, unpolarised light; small against 1, it is
    the probability that is added to Y0. Arrays broadcast.

    Parameters
    ----------
    radiance_w_per_m2_sr_um
        Spectral radiance of the sky [W m^-2 sr^-1 um^-1].
    field_of_view_half_angle_rad
        Half angle of the receiver's field of view [rad]; small.
    filter_bandwidth_um
        Width of the spectral filter [um].
    efficiency
        Of receiver optics and detector together, from 0 to 1.
    """
    solid_angle_sr = math.pi * field_of_view_half_angle_rad**2
    area_m2 = math.pi * (receiver_diameter_m / 2.0) ** 2
    power_w = radiance_w_per_m2_sr_um * solid_angle_sr * area_m2 * filter_bandwidth_um
    return power_w * gate_s * wavelength_m / PLANCK_TIMES_LIGHT_J_M * efficiency
