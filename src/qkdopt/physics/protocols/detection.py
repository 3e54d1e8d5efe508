"""How detectors and the sky of a station enter decoy-state BB84."""

from __future__ import annotations

from qkdopt.physics.link import sky_clicks_per_gate
from qkdopt.physics.scenario import Detector, Source, StationSettings

__all__ = ["background_yield", "blinding_share"]

_EVEN_BASES = 0.5


def blinding_share(source: Source, detector: Detector) -> float:
    """Return the share of all clicks that blind a detector: those of the busiest, or all.

    Each basis has detectors of its own, which share its clicks evenly.
    """
    if detector.dead_time_blinds == "station":
        return 1.0
    return (source.basis_bias or _EVEN_BASES) / detector.detectors_per_basis


def background_yield(here: StationSettings) -> float:
    """Return Y0 at a station: dark counts, and the light of the sky on its telescope."""
    losses, optics, detector = here.losses, here.optics, here.detector
    if losses is None or losses.sky_radiance_w_per_m2_sr_um is None:
        return min(detector.vacuum_yield, 1.0)
    open_share = 1.0 - optics.receiver_obscuration_ratio**2
    sky_yield = sky_clicks_per_gate(
        radiance_w_per_m2_sr_um=losses.sky_radiance_w_per_m2_sr_um,
        field_of_view_half_angle_rad=losses.field_of_view_half_angle_rad,
        receiver_diameter_m=optics.receiver_diameter_m,
        filter_bandwidth_um=losses.filter_bandwidth_um,
        gate_s=detector.gate_s,
        wavelength_m=optics.wavelength_m,
        efficiency=optics.receiver_optics_transmittance * detector.efficiency * open_share,
    )
    return min(detector.vacuum_yield + sky_yield, 1.0)
