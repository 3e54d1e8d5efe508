"""How detectors and the sky of a station enter decoy-state BB84."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.physics.link import sky_clicks_per_gate
from qkdopt.physics.link.by_station import ByStation, by_station
from qkdopt.physics.link.twilight import SunCurves
from qkdopt.physics.scenario import Detector, Losses, Source, StationSettings

_EVEN_BASES = 0.5
_NO_LOSSES = Losses()


def blinding_share(source: Source, detector: Detector) -> float:
    """Return the share of all clicks that blind a detector: those of the busiest, or all.

    Each basis has detectors of its own, which share its clicks evenly.
    """
    if detector.dead_time_blinds == "station":
        return 1.0
    return (source.basis_bias or _EVEN_BASES) / detector.detectors_per_basis


@dataclass(frozen=True, kw_only=True)
class SkyReceiver(ByStation):
    """What decides how much light of the sky clicks: see :func:`sky_clicks_per_gate`.

    Of one station, of all, or of a station for each sample.
    """

    field_of_view_half_angle_rad: float | Floats
    receiver_diameter_m: float | Floats
    filter_bandwidth_um: float | Floats
    gate_s: float | Floats
    wavelength_m: float | Floats
    efficiency: float | Floats

    @classmethod
    def of(cls, here: list[StationSettings]) -> Self:
        """Take the parameters of stations."""
        losses = [item.losses or _NO_LOSSES for item in here]
        return cls(
            field_of_view_half_angle_rad=by_station(
                [item.field_of_view_half_angle_rad for item in losses]
            ),
            receiver_diameter_m=by_station([item.optics.receiver_diameter_m for item in here]),
            filter_bandwidth_um=by_station([item.filter_bandwidth_um for item in losses]),
            gate_s=by_station([item.detector.gate_s for item in here]),
            wavelength_m=by_station([item.optics.wavelength_m for item in here]),
            efficiency=by_station([_efficiency(item) for item in here]),
        )


@dataclass(frozen=True, kw_only=True)
class Background(ByStation):
    """``Y0`` of one station, of all, or of a station for each sample, under any Sun.

    Attributes
    ----------
    dark_yield
        Probability of a click without any light, per pulse.
    sky
        Radiance of the sky [W m^-2 sr^-1 um^-1].
    """

    dark_yield: float | Floats
    receiver: SkyReceiver
    sky: SunCurves

    @classmethod
    def of(cls, here: list[StationSettings]) -> Self:
        """Take the parameters of stations."""
        losses = [item.losses or _NO_LOSSES for item in here]
        return cls(
            dark_yield=by_station([item.detector.vacuum_yield for item in here]),
            receiver=SkyReceiver.of(here),
            sky=SunCurves.of([item.sky_radiance_w_per_m2_sr_um for item in losses]),
        )

    def under(self, sun_elevation_rad: Floats) -> Floats:
        """Return ``Y0`` where the Sun has these elevations [rad], shape ``(S,)``; at most 1."""
        return self._with(self.sky.under(sun_elevation_rad))

    def at_night(self, stations: int) -> list[float]:
        """Return ``Y0`` of each of so many stations under the lowest Sun."""
        found: list[float] = self._with(np.array(self.sky.at_night(stations))).tolist()
        return found

    def _with(self, radiance: Floats) -> Floats:
        own = {item.name: getattr(self.receiver, item.name) for item in fields(self.receiver)}
        sky_yield = sky_clicks_per_gate(radiance_w_per_m2_sr_um=radiance, **own)
        return np.minimum(self.dark_yield + sky_yield, 1.0)


def _efficiency(here: StationSettings) -> float:
    """Return the share of the light on the whole aperture that clicks."""
    optics = here.optics
    open_share = 1.0 - optics.receiver_obscuration_ratio**2
    return optics.receiver_optics_transmittance * here.detector.efficiency * open_share
