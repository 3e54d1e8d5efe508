"""The links of a scenario: to one station each, or to a pair of stations."""

import warnings
from collections.abc import Mapping, Sequence

from qkdopt.errors import Described, InputError
from qkdopt.names import first_repeated, link_name
from qkdopt.physics.scenario.link_parts import Link, PairLink
from qkdopt.physics.scenario.model import Scenario, ScenarioWarning
from qkdopt.physics.scenario.station import Station
from qkdopt.physics.scenario.validation import checked_name, plain, tables_of, validated

_PAIR = 2
_OF_ONE_STATION = ("source", "detector", "optics", "losses", "plugin")


def links(
    tables: Mapping[str, object], ends: tuple[Station, ...], where: str
) -> tuple[Link | PairLink, ...]:
    """Return the links: one to each station ``ends``, unless the file lists them.

    Raises
    ------
    InputError
        For an unknown station, a station paired with itself, a station or a pair that comes
        twice (in either order) for one satellite, names that are not all different, weights of
        some only, and different weights of one target.
    """
    if "link" not in tables:
        own = [Link(name=end.name, station=end.name, target=end.target) for end in ends]
        _check_targets(own, ends, f"{where}: station")
        return tuple(own)
    found: list[Link | PairLink] = []
    names = [item.name for item in ends]
    for position, table in enumerate(tables_of(tables, "link", where)):
        key = f"{where}: link[{position}]"
        item = _pair(table, key) if "stations" in table else _single(table, key)
        checked_name(item.name, (other.name for other in found), f"{key}.name")
        _check_ends(item, found, names, key)
        found.append(_counted(item, ends))
    if not found:
        raise InputError(f"{where}: link", "none", "at least one table [[link]], or no such key")
    _check_weights(found, ends, where)
    _check_targets(found, ends, f"{where}: link")
    _check_served(found, ends, where)
    return tuple(found)


def check_links(scenario: Scenario, where: str) -> None:
    """Refuse links of unknown satellites, and names that are not all different when joined.

    Raises
    ------
    InputError
        Naming the link or the satellite.

    Warns
    -----
    ScenarioWarning
        Naming satellites without any link.
    """
    known = [satellite.name for satellite in scenario.satellites]
    for position, link in enumerate(scenario.links):
        key = f"{where}: link[{position}].satellites"
        for name in link.satellites or ():
            if name not in known:
                raise InputError(key, name, f"one of {', '.join(known)}")
        if link.satellites and (twice := first_repeated(link.satellites)) is not None:
            raise InputError(key, Described(f"{twice} twice"), "each satellite once")
    every = any(link.satellites is None for link in scenario.links)
    used = {name for link in scenario.links for name in link.satellites or ()}
    if without := [] if every else [name for name in known if name not in used]:
        message = f"{where}: without any link: {', '.join(without)}"
        warnings.warn(message, ScenarioWarning, stacklevel=4)
    if len(known) > 1:
        _check_joined_names(scenario, where)


def _check_joined_names(scenario: Scenario, where: str) -> None:
    """Refuse two links that a problem of several satellites would call the same."""
    names = {satellite.name for satellite in scenario.satellites}
    for satellite in scenario.satellites:
        words = satellite.name.split("-")
        for end in range(1, len(words)):
            if (shorter := "-".join(words[:end])) in names:
                _check_joined(scenario, shorter, satellite.name, where)


def _check_joined(scenario: Scenario, shorter: str, longer: str, where: str) -> None:
    """Refuse links of two satellites that are called alike; one name begins the other."""
    own, others = (
        {link_name(name, link.name) for link in scenario.links_of(name)}
        for name in (longer, shorter)
    )
    if twice := sorted(own & others):
        came = Described(f"the link name {twice[0]} also of satellite {shorter}")
        expected = "names of satellites and links that differ when joined"
        raise InputError(f"{where}: satellite {longer}", came, expected)


def check_tables(tables: Mapping[str, object], scenario: Scenario, where: str) -> None:
    """Refuse pairs without a source of them, and tables that nothing would read.

    Raises
    ------
    InputError
        Naming the link or the table.
    """
    _check_sources(scenario, where)
    _check_own(scenario, where)
    if scenario.entanglement is not None and not scenario.pair_links:
        expected = 'a [[link]] with stations = ["A", "B"] that uses it'
        raise InputError(f"{where}: entanglement", "a table", expected)
    for key in () if scenario.station_links else _OF_ONE_STATION:
        if key in tables:
            expected = "no such table where every link is a pair (theirs is [entanglement])"
            raise InputError(f"{where}: {key}", "a table", expected)
    if scenario.finite_key is not None:
        kinds = {"stations": bool(scenario.station_links), "pairs": bool(scenario.pair_links)}
        scenario.finite_key.check_used(f"{where}: finite_key", **kinds)


def _check_sources(scenario: Scenario, where: str) -> None:
    """Refuse pairs without a source of them."""
    for satellite in scenario.satellites if scenario.entanglement is None else ():
        own_links = scenario.links_of(satellite.name)
        pair = next((link for link in own_links if isinstance(link, PairLink)), None)
        if pair is not None and "entanglement" not in satellite.own:
            came = f"the pair {' and '.join(pair.stations)}"
            expected = "a table [entanglement.source] for pairs of stations"
            place = f"{where}: link[{scenario.links.index(pair)}].stations"
            raise InputError(place, came, expected)


def _check_own(scenario: Scenario, where: str) -> None:
    """Refuse devices that no link of their satellite, or constellation, uses."""
    used: dict[int, set[str]] = {}  # by the table that satellites of a constellation share
    for satellite in scenario.satellites:
        of_table = used.setdefault(id(satellite.own), set())
        for link in scenario.links_of(satellite.name) if satellite.own else ():
            of_table |= {"entanglement"} if isinstance(link, PairLink) else {"source", "optics"}
    for satellite in scenario.satellites:
        of_table = used.get(id(satellite.own), set())
        unused = satellite.own.keys() & {"source", "optics", "entanglement"} - of_table
        if unused and of_table:
            expected = "no such table for a satellite whose links do not use it"
            place = f"{where}: satellite {satellite.name}: {min(unused)}"
            raise InputError(place, "a table", expected)


def _single(table: Mapping[str, object], key: str) -> Link:
    if isinstance(table.get("station"), list):
        expected = 'a name; a pair is written stations = ["A", "B"]'
        raise InputError(f"{key}.station", plain(table["station"]), expected)
    for other in ("weight", "success_fraction"):
        if other in table:
            expected = "only in links of a pair (a station's weight belongs to [[station]])"
            raise InputError(f"{key}.{other}", plain(table[other]), expected)
    return validated(Link, table, key)


def _pair(table: Mapping[str, object], key: str) -> PairLink:
    pair = table["stations"]
    if not isinstance(pair, list) or len(pair) != _PAIR or not all(map(_is_text, pair)):
        raise InputError(f"{key}.stations", plain(pair), "the names of two stations")
    if "station" in table:
        raise InputError(key, "station and stations", "one of them")
    named = table if "name" in table else {"name": "-".join(pair), **table}
    return validated(PairLink, named, key)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _check_ends(
    item: Link | PairLink, earlier: Sequence[Link | PairLink], names: Sequence[str], key: str
) -> None:
    for position, name in enumerate(item.stations):
        if name not in names:
            place = f"stations[{position}]" if isinstance(item, PairLink) else "station"
            raise InputError(f"{key}.{place}", name, f"one of {', '.join(names)}")
    if isinstance(item, Link):
        singles = (other for other in earlier if isinstance(other, Link))
        taken = (other.station for other in singles if _share_a_satellite(item, other))
        checked_name(item.station, taken, f"{key}.station")
        return
    first, second = item.stations
    if first == second:
        raise InputError(f"{key}.stations", f"{first} twice", "two different stations")
    for position, other in enumerate(earlier):
        alike = isinstance(other, PairLink) and set(other.stations) == {first, second}
        if alike and _share_a_satellite(item, other):
            came = f"{first} and {second}, as in link[{position}]"
            raise InputError(f"{key}.stations", came, "each pair at most once")


def _share_a_satellite(one: Link | PairLink, other: Link | PairLink) -> bool:
    if one.satellites is None or other.satellites is None:
        return True
    return not set(one.satellites).isdisjoint(other.satellites)


def _counted(item: Link | PairLink, ends: tuple[Station, ...]) -> Link | PairLink:
    """Return a link that counts for the target of its station, unless it names one."""
    if isinstance(item, PairLink) or item.target is not None:
        return item
    target = next(end.target for end in ends if end.name == item.station)
    return item if target is None else item.model_copy(update={"target": target})


def _check_served(found: Sequence[Link | PairLink], ends: tuple[Station, ...], where: str) -> None:
    """Refuse a target of a station from which no bit would count for it."""
    for position, end in enumerate(ends):
        own = [link for link in found if isinstance(link, Link) and link.station == end.name]
        if end.target is not None and end.target not in [link.target_name for link in own]:
            expected = f"a [[link]] to {end.name} that counts for it, or no target"
            raise InputError(f"{where}: station[{position}].target", end.target, expected)


def _check_targets(found: Sequence[Link | PairLink], ends: tuple[Station, ...], where: str) -> None:
    """Refuse links of one target that give it different weights."""
    by_name = {item.name: item.weight for item in ends}
    known: dict[str, object] = {}
    for position, item in enumerate(found):
        weight = by_name[item.station] if isinstance(item, Link) else item.weight
        if known.setdefault(item.target_name, weight) != weight:
            came = Described(f"weight {plain(weight)}")
            expected = f"{plain(known[item.target_name])}, as other links of {item.target_name}"
            raise InputError(f"{where}[{position}].target", came, expected)


def _check_weights(found: Sequence[Link | PairLink], ends: tuple[Station, ...], where: str) -> None:
    """Refuse weights of some links only, and weights of stations that no link would use."""
    by_name = {item.name: item.weight for item in ends}
    singles = [item for item in found if isinstance(item, Link)]
    if not singles and ends[0].weight is not None:
        expected = "none where every link is a pair (weights belong to [[link]])"
        raise InputError(f"{where}: station[0].weight", plain(ends[0].weight), expected)
    weights = [by_name[i.station] if isinstance(i, Link) else i.weight for i in found]
    if None in weights and any(weight is not None for weight in weights):
        pairs = [p for p, item in enumerate(found) if isinstance(item, PairLink)]
        worst = min(pairs, key=lambda p: weights[p] is not None)
        came = "nothing" if weights[worst] is None else plain(weights[worst])
        expected = "a weight for all links or for none (a station's belongs to [[station]])"
        raise InputError(f"{where}: link[{worst}].weight", came, expected)
