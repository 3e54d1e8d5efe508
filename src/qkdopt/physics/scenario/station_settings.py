"""What holds at one station: the scenario's tables with the station's own keys in their place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qkdopt.errors import Described, InputError
from qkdopt.nearest import one_of
from qkdopt.physics.scenario.devices import Detector, Optics, Source
from qkdopt.physics.scenario.entanglement import Entanglement
from qkdopt.physics.scenario.loss_terms import Losses
from qkdopt.physics.scenario.parts import Atmosphere, Visibility
from qkdopt.physics.scenario.station import Station

if TYPE_CHECKING:
    from qkdopt.physics.scenario.model import Scenario

_ZENITH_DEG = 90.0
_OF_BOTH = ("atmosphere", "visibility")


@dataclass(frozen=True, kw_only=True)
class StationSettings:
    """Everything that decides a link of one satellite to one station.

    Attributes
    ----------
    source
        The satellite's, with the station's ``misalignment_error`` where it has one.
    detector, optics, atmosphere, visibility, losses
        The scenario's (or the satellite's) with the station's own keys.
    entanglement
        Likewise, for links of pairs; ``None`` where the scenario has none.
    """

    station: Station
    source: Source
    detector: Detector
    optics: Optics
    atmosphere: Atmosphere
    visibility: Visibility
    losses: Losses | None
    entanglement: Entanglement | None

    def check(self, where: str) -> None:
        """Refuse keys that are each in range and do not fit together."""
        self.detector.check(f"{where}.detector")
        self.atmosphere.check(f"{where}.atmosphere")
        self.visibility.check(f"{where}.visibility")
        if self.losses is not None:
            self.losses.check(f"{where}.losses")
        if self.entanglement is not None:
            self.entanglement.detector.check(f"{where}.entanglement.detector")

    def check_elevations(self, where: str) -> None:
        """Refuse a table of transmittance without some elevation at which a link may work."""
        table = self.atmosphere.transmittance_table
        if table is None:
            return
        covered = [elevation_deg for elevation_deg, _ in table]
        least_deg = self.visibility.least_elevation_deg
        if min(covered) > least_deg or max(covered) < _ZENITH_DEG:
            came = Described(f"elevations of {min(covered):g} to {max(covered):g} deg")
            expected = f"{least_deg:g} (the least at {self.station.name}) to {_ZENITH_DEG:g} deg"
            raise InputError(f"{where}.transmittance_table", came, expected)

    def check_sky(self, common: str, own: str) -> None:
        """Refuse a curve of the sky without some elevation of the Sun under which a link works.

        ``common`` and ``own`` are prefixed to the keys of the scenario's and the station's tables.
        """
        if self.losses is not None:
            key = "losses.sky_radiance_w_per_m2_sr_um"
            place = own if self.station.losses else common
            self._check_sun(self.losses.highest_sun_deg, place + key)
        if self.entanglement is not None:
            key = "entanglement.detector.stray_probability_per_window"
            place = own if self.station.entanglement else common
            self._check_sun(self.entanglement.detector.highest_sun_deg, place + key)

    def _check_sun(self, known_deg: float, key: str) -> None:
        night = "station-night" in self.visibility.darkness
        highest_deg = self.visibility.station_sun_below_deg if night else _ZENITH_DEG
        if known_deg < highest_deg:
            came = Described(f"the sky under a Sun of at most {known_deg:g} deg")
            rule = f"station_sun_below_deg at {self.station.name}" if night else "no station-night"
            raise InputError(key, came, f"it up to {highest_deg:g} deg ({rule})")


def station_settings(scenario: Scenario, station: Station | str) -> StationSettings:
    """Return what holds at a station; see :meth:`qkdopt.Scenario.at`."""
    own = _named(scenario, station) if isinstance(station, str) else station
    source, pair = scenario.source, scenario.entanglement
    if own.misalignment_error is not None:
        source = source.model_copy(update={"misalignment_error": own.misalignment_error})
    if pair is not None and own.entanglement is not None:
        pair = replace(
            pair,
            optics=pair.optics.with_keys_of(own.entanglement.optics),
            detector=pair.detector.with_keys_of(own.entanglement.detector),
        )
    losses = scenario.losses
    if own.losses is not None:
        losses = (losses or Losses()).with_keys_of(own.losses)
    return StationSettings(
        station=own,
        source=source,
        detector=scenario.detector.with_keys_of(own.detector),
        optics=scenario.optics.with_keys_of(own.optics),
        atmosphere=scenario.atmosphere.with_keys_of(own.atmosphere),
        visibility=scenario.visibility.with_keys_of(own.visibility),
        losses=losses,
        entanglement=pair,
    )


def check_stations(scenario: Scenario, where: str) -> None:
    """Refuse what stations have of their own where it does not fit, or no link would read it.

    Raises
    ------
    InputError
        Naming the station's table.
    """
    single = {link.station for link in scenario.station_links}
    paired = {name for link in scenario.pair_links for name in link.stations}
    for position, station in enumerate(scenario.stations):
        key = f"{where}: station[{position}]"
        in_links, in_pairs = station.name in single, station.name in paired
        for name in station.own_tables if in_links or in_pairs else ():
            if not (in_pairs if name == "entanglement" else in_links or name in _OF_BOTH):
                kind = "pairs" if in_pairs else "links of its own"
                expected = f"no such setting of a station that has {kind} only"
                raise InputError(f"{key}.{name}", Described("a setting"), expected)
        here = scenario.at(station)
        if station.own_tables:
            here.check(key)
        own = station.atmosphere is not None and station.atmosphere.transmittance_table is not None
        here.check_elevations(f"{key}.atmosphere" if own else f"{where}: atmosphere")
        here.check_sky(f"{where}: ", f"{key}.")


def _named(scenario: Scenario, name: str) -> Station:
    names = [station.name for station in scenario.stations]
    if name in names:
        return scenario.stations[names.index(name)]
    raise InputError(f"{scenario.origin}: station", name, one_of(names, name))
