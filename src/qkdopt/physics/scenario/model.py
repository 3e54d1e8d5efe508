"""The whole scenario: validated parts on one clock, with a digest of everything that counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.errors import Described, InputError
from qkdopt.notebook import as_table
from qkdopt.physics.clouds import CloudEnsemble, CloudSeries, Place
from qkdopt.physics.scenario import parts
from qkdopt.physics.scenario.devices import Detector, Optics, Source
from qkdopt.physics.scenario.digest import digest_of
from qkdopt.physics.scenario.entanglement import Entanglement
from qkdopt.physics.scenario.finite_key import FiniteKey
from qkdopt.physics.scenario.link_parts import Link, PairLink
from qkdopt.physics.scenario.loss_terms import Losses
from qkdopt.physics.scenario.own_operations import operations_on
from qkdopt.physics.scenario.plugin_table import PluginTable
from qkdopt.physics.scenario.satellite import Satellite
from qkdopt.physics.scenario.settings import Loaded
from qkdopt.physics.scenario.station import Station
from qkdopt.physics.scenario.station_settings import StationSettings, station_settings
from qkdopt.timegrid import TimeGrid, plain_decimal


class ScenarioWarning(UserWarning):
    """A scenario that can be computed, but perhaps not as its author thinks."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Scenario:
    """Everything that decides the key tensor.

    Attributes
    ----------
    grid
        The horizon, cut into intervals.
    switch_s
        Duration of a hand-over [s], an exact decimal; at most, with a slew rate (``slew``).
    ut1_minus_utc_s
        Earth-rotation time minus UTC [s]; constant over the horizon.
    operations
        The table ``[operations]`` unchanged: rules for the scheduling problem, checked
        where that is made; not part of the digest, because no key depends on it.
    clouds
        Cloud codes over time, or an ensemble of them; ``None`` where each station's constant holds.
    losses
        Loss terms beyond aperture, atmosphere and devices; ``None`` for none.
    source, detector, optics, losses
        Of the links to one station.
    entanglement
        Source, optics and detectors of the links to pairs of stations; ``None`` without any.
    finite_key
        Proof and blocks of keys of finite length; ``None`` where keys are asymptotic only.
    plugins
        A protocol and loss terms from other packages; ``None`` without any.
    origin
        Where the scenario came from, for messages; not part of the digest.
    loaded
        The tables that it was parsed from; not part of the digest. ``None``: made in Python.
    """

    name: str
    description: str
    grid: TimeGrid
    switch_s: Decimal
    ut1_minus_utc_s: float
    satellites: tuple[Satellite, ...]
    stations: tuple[Station, ...]
    links: tuple[Link | PairLink, ...]
    source: Source
    detector: Detector
    optics: Optics
    atmosphere: parts.Atmosphere
    visibility: parts.Visibility
    operations: dict[str, object] = field(default_factory=dict, compare=False)
    clouds: CloudSeries | None = None
    losses: Losses | None = None
    entanglement: Entanglement | None = None
    plugins: PluginTable | None = None
    finite_key: FiniteKey | None = None
    slew: parts.Slew | None = None
    origin: str = field(default="scenario", compare=False)
    loaded: Loaded | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        """Return name, size and horizon."""
        many = len(self.satellites)
        satellites = f"{many:,} satellites, " if many > 1 else ""
        return (
            f"Scenario({self.title!r}, {satellites}{len(self.stations)} stations, "
            f"{len(self.links)} links, "
            f"from {self.grid.start_utc:%Y-%m-%d %H:%M:%S} UTC, {self.grid.count:,} intervals of "
            f"{self.grid.interval_s} s)"
        )

    def _repr_html_(self) -> str:
        rows = [
            ("satellite", ", ".join(item.name for item in self.satellites)),
            ("stations", ", ".join(item.name for item in self.stations)),
            ("links", len(self.links)),
            ("begins", self.grid.start_utc.isoformat()),
            ("intervals", f"{self.grid.count:,} of {self.grid.interval_s} s"),
            ("hand-over [s]", plain_decimal(self.switch_s)),
            ("weights", "yes" if self.weights else "none"),
            ("sha256", self.digest),
        ]
        return as_table(self.title, rows)

    def with_settings(self, settings: Mapping[str, object]) -> Scenario:
        """Return the scenario with some of its keys set, checked as when it was loaded.

        Parameters
        ----------
        settings
            Values by dotted path, as TOML would give them: ``{"switch_s": 30,
            "station.Graz.receiver_diameter_m": 0.4}``; see `qkdopt.physics.scenario.settings`.
            ``None`` removes a key, or the whole table of that name.

        Raises
        ------
        InputError
            For an unknown path, with the nearest name; for what a scenario file may not hold; for
            a scenario that differs from what was loaded, as that of one satellite of several.
        """
        from qkdopt.physics.scenario.loader import reparsed

        return reparsed(self, settings)

    @property
    def weights(self) -> dict[str, Decimal] | None:
        """Traffic weight by link name, a station's or a pair's; ``None`` when there are none."""
        found = {link.name: self._weight(link) for link in self.links}
        known = {name: weight for name, weight in found.items() if weight is not None}
        return known if len(known) == len(found) else None

    @property
    def target_weights(self) -> dict[str, Decimal] | None:
        """Traffic weight by target, that of its links; ``None`` when there are none."""
        weights = self.weights
        return weights and {link.target_name: weights[link.name] for link in self.links}

    def _weight(self, link: Link | PairLink) -> Decimal | None:
        return link.weight if isinstance(link, PairLink) else self.station_of(link).weight

    @property
    def satellite(self) -> Satellite:
        """The one satellite that there is.

        Raises
        ------
        InputError
            When there are several: each has an orbit and keys of its own.
        """
        if len(self.satellites) > 1:
            came = Described(f"{len(self.satellites)} satellites")
            raise InputError(self.origin, came, "one satellite, for what was asked")
        return self.satellites[0]

    def each_satellite(self) -> Iterator[Scenario]:
        """Yield the scenario of each satellite alone, with its own links and devices."""
        for satellite in self.satellites:
            yield self.of_satellite(satellite)

    def of_satellite(self, satellite: Satellite) -> Scenario:
        """Return the scenario of one of the satellites, whose own devices are the scenario's."""
        links = tuple(
            link if link.satellites is None else link.model_copy(update={"satellites": None})
            for link in self.links_of(satellite.name)
        )
        own = satellite.own.copy()
        if len(links) < len(self.links):
            operations = own.get("operations", self.operations)
            own["operations"] = operations_on(links, self.links, operations)
        alone = Satellite(satellite.name, satellite.elements)
        return replace(self, satellites=(alone,), links=links, **own)

    def links_of(self, satellite: str) -> tuple[Link | PairLink, ...]:
        """Return the links of the satellite of that name."""
        return tuple(
            link for link in self.links if link.satellites is None or satellite in link.satellites
        )

    @property
    def station_links(self) -> tuple[Link, ...]:
        """The links to one station, whose keys the satellite knows."""
        return tuple(link for link in self.links if isinstance(link, Link))

    @property
    def pair_links(self) -> tuple[PairLink, ...]:
        """The links to two stations, whose keys the satellite does not know."""
        return tuple(link for link in self.links if isinstance(link, PairLink))

    @property
    def finite_key_proofs(self) -> str:
        """Names of the proofs of ``[finite_key]``, of links to stations, to pairs, or to both."""
        if self.finite_key is None:
            return ""
        stations, pairs = self.finite_key.proof, self.finite_key.pair_proof
        found = [stations] * bool(self.station_links) + [pairs] * bool(self.pair_links)
        return ", ".join(found)

    def station_of(self, link: Link) -> Station:
        """Return the station that ``link`` ends at."""
        return next(station for station in self.stations if station.name == link.station)

    def at(self, station: Station | str) -> StationSettings:
        """Return all settings at a station, or that of the name, with those of its own.

        Of one satellite, its own source and optics are the scenario's: ``of_satellite``.

        Raises
        ------
        InputError
            For an unknown name; with the nearest one.
        """
        return station_settings(self, station)

    @property
    def places(self) -> tuple[Place, ...]:
        """The stations' names and coordinates, as readers of clouds take them."""
        return tuple(Place(item.name, item.lat_deg, item.lon_deg) for item in self.stations)

    @property
    def ensemble(self) -> CloudEnsemble | None:
        """The clouds, where they are an ensemble of skies."""
        return self.clouds if isinstance(self.clouds, CloudEnsemble) else None

    def with_clouds(self, clouds: CloudSeries) -> Scenario:
        """Return the scenario under another sky, or under each of an ensemble of skies.

        Its own clouds and the stations' codes count no longer.

        Raises
        ------
        InputError
            For clouds of another number of stations.
        """
        if clouds.code.shape[-1] != len(self.stations):
            came = Described(f"clouds of {clouds.code.shape[-1]} stations")
            raise InputError(self.origin, came, f"clouds of its {len(self.stations)} stations")
        return replace(self, clouds=clouds)

    def positions(self, link: Link | PairLink) -> tuple[int, ...]:
        """Return the positions in ``stations`` of the ends of ``link``: one or two."""
        names = [station.name for station in self.stations]
        return tuple(names.index(name) for name in link.stations)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Invented or assumed inputs that replace a measurement, a short phrase each."""
        found = []
        if self.clouds is not None and self.clouds.synthetic:
            found.append("synthetic clouds")
        if any(link.success_fraction is not None for link in self.pair_links):
            found.append("assumed success fractions")
        return tuple(found)

    @property
    def title(self) -> str:
        """The name, with a warning where the clouds or the successes are invented."""
        return f"{self.name} ({', '.join(self.assumptions)})" if self.assumptions else self.name

    def cloud_codes(self, station: Integers, second: Integers) -> Floats:
        """Return the cloud code of each (station, second), shape ``(S,)``.

        Parameters
        ----------
        station
            Positions in ``stations``, shape ``(S,)``.
        second
            Seconds after the start of the horizon, shape ``(S,)``.

        Raises
        ------
        InputError
            Under an ensemble of skies, for what knows one sky only.
        """
        if self.ensemble is not None:
            came = Described(f"clouds of {len(self.ensemble)} members")
            raise InputError(self.origin, came, "one sky, for what was asked")
        if self.clouds is not None:
            return self.clouds.codes_at(self.grid.start_utc, second, station)
        codes = np.array([item.cloud_code for item in self.stations], dtype=np.float64)
        return np.asarray(codes[station])

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical content without the description, in hexadecimal."""
        return digest_of({item.name: getattr(self, item.name) for item in fields(self)})
