"""The parts of a problem from the key tensors of its satellites."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Self, TypedDict

from qkdopt.errors import Described, InputError
from qkdopt.names import first_repeated, link_name
from qkdopt.optimize.operations import NO_OPERATIONS, Operations
from qkdopt.optimize.problem import fields
from qkdopt.optimize.problem.parts import Link, Network, Satellite, Station
from qkdopt.tensor import KeyTensor, exact_weights
from qkdopt.timegrid import decimal_seconds

_MOST_ENDS = 2


class Parts(TypedDict):
    """What a problem is made of."""

    satellites: tuple[Satellite, ...]
    stations: tuple[Station, ...]
    links: tuple[Link, ...]
    targets: tuple[str, ...]
    weights: tuple[int, ...] | None
    interval_s: Decimal
    version: int


def joined(
    keys: Mapping[str, KeyTensor],
    network: Network | None = None,
    operations: Mapping[str, Operations] | None = None,
    weights: Mapping[str, object] | None = None,
    *,
    version: int = 2,
) -> Parts:
    """Return satellites, stations, links, targets, weights and interval length, by name.

    Intervals in which no link of a satellite has key are left out of its own. In version 2, links
    are called ``satellite-link``.

    Raises
    ------
    InputError
        For no satellite, lengths of an interval that differ, stations, targets or weights that do
        not fit, names that come twice when joined, and rules for what is not there.
    """
    network, operations = network or Network(), operations or {}
    interval_s = _interval_s(keys)
    _check_alike(keys)
    for name in operations:
        if name not in keys:
            raise InputError("operations", name, f"one of {', '.join(keys)}")
    ground = _Ground.of(keys, network)
    satellites, links = [], []
    for s, (name, tensor) in enumerate(keys.items()):
        rules = operations.get(name, NO_OPERATIONS).slewing(tensor.slew)
        rules.check_links(len(tensor.links), f"operations of {name}")
        satellites.append(Satellite.with_keys(tensor.without_empty_intervals(), name, rules))
        for link in tensor.links:
            called = link if version == 1 else link_name(name, link)
            links.append(Link(called, ground.target(link), s, ground.ends(link)))
    if (twice := first_repeated(link.name for link in links)) is not None:
        raise InputError("several satellites", Described(f"link {twice} twice"), "once")
    return {
        "satellites": tuple(satellites),
        "stations": ground.stations,
        "links": tuple(links),
        "targets": tuple(ground.targets),
        "weights": _weights(keys, ground)
        if weights is None
        else tuple(exact_weights(weights, tuple(ground.targets), "weights")),
        "interval_s": interval_s,
        "version": version,
    }


def _check_alike(keys: Mapping[str, KeyTensor]) -> None:
    """Refuse tensors of which some are in sessions, or in scenarios, and others are not."""
    without = [name for name, tensor in keys.items() if tensor.sessions is None]
    if 0 < len(without) < len(keys):
        came = Described(f"{without[0]} without sessions")
        raise InputError("several satellites", came, "all in sessions, or none")
    if len({tensor.scenarios and tensor.scenarios.probability for tensor in keys.values()}) > 1:
        came = Described("different scenarios, or some without")
        raise InputError("several satellites", came, "the same scenarios, or none")


def _interval_s(keys: Mapping[str, KeyTensor]) -> Decimal:
    lengths = {tensor.interval_s: name for name, tensor in keys.items()}
    if not lengths:
        raise InputError("several satellites", "none", "the key tensor of each, by its name")
    if len(lengths) > 1:
        came = Described(f"intervals of {' and '.join(f'{length} s' for length in lengths)}")
        raise InputError("several satellites", came, "intervals of one length")
    return next(iter(lengths))


@dataclass(frozen=True)
class _Ground:
    """Stations and targets with their places in the lists."""

    network: Network
    stations: tuple[Station, ...]
    place: Mapping[str, int]
    targets: Mapping[str, int]

    @classmethod
    def of(cls, keys: Mapping[str, KeyTensor], network: Network) -> Self:
        names = list(dict.fromkeys(link for tensor in keys.values() for link in tensor.links))
        if not names:
            raise InputError("several satellites", "no link", "at least one link")
        stations = {station.name: _checked(station) for station in network.stations}
        if len(stations) < len(network.stations):
            raise InputError("stations", Described("a name twice"), "names that are all different")
        for link in (*network.ends, *names):
            for end in network.ends.get(link, (link,)):
                stations.setdefault(end, Station(end))
        place = {name: n for n, name in enumerate(stations)}
        called = (network.targets.get(link, link) for link in (*network.targets, *names))
        targets = {name: n for n, name in enumerate(dict.fromkeys(called))}
        return cls(network, tuple(stations.values()), place, targets)

    def target(self, link: str) -> int:
        """Return the place of a link's target."""
        return self.targets[self.network.targets.get(link, link)]

    def ends(self, link: str) -> tuple[int, ...]:
        """Return the places of a link's stations, in order."""
        ends = self.network.ends.get(link, (link,))
        if not 1 <= len(ends) <= _MOST_ENDS or len(set(ends)) < len(ends):
            raise InputError(f"ends of {link}", list(ends), "one station, or two different ones")
        return tuple(sorted(self.place[end] for end in ends))


def _checked(station: Station) -> Station:
    name, where = station.name, f"station {station.name}"
    receivers = fields.receivers(station.receivers, f"{where}: receivers")
    return Station(name, receivers, decimal_seconds(station.switch_s, f"{where}: switch_s"))


def _weights(keys: Mapping[str, KeyTensor], ground: _Ground) -> tuple[int, ...] | None:
    """Return the weight of each target, as the tensors have them; ``None`` where some has none."""
    found: dict[int, int] = {}
    for tensor in keys.values():
        if tensor.links and tensor.weights is None:
            return None
        for link, weight in zip(tensor.links, tensor.weights or (), strict=True):
            target = ground.target(link)
            if found.setdefault(target, weight) != weight:
                name = list(ground.targets)[target]
                came = Described(f"{found[target]:,} and {weight:,}")
                raise InputError(f"weights: {name}", came, "the same for all links of a target")
    if len(found) < len(ground.targets):
        return None
    return tuple(found[target] for target in sorted(found))
