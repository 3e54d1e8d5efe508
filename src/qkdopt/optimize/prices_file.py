"""Prices of targets and receivers from outside, as JSON: where a bound begins.

Row duals of any solver of linear programmes serve, however inexact: prices below 0 count as 0,
the rest is moved to the nearest admissible ones, and what they prove is computed anew. Its primal
values, rounded, are a first schedule.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from os import PathLike

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.documents import read_json
from qkdopt.errors import Described, InputError
from qkdopt.numerals import NumeralError, read_fraction
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.problem.receivers import SharedReceivers

_LARGEST = 2.0**60
_SHORT, _LONG = 4, 5  # members of a range of prices, without and with a satellite
_EXPECTED = 'prices as JSON: {"target": [...], "capacity": [[station, first, last, price], ...]}'
_MEMBERS = ("target", "capacity", "primal")


@dataclass(frozen=True)
class ReceiverCharge:
    """What a receiver of a station costs in intervals ``first`` to ``last``.

    ``satellite`` is -1 where it costs all satellites the same.
    """

    station: int
    satellite: int
    first: int
    last: int
    price: float


@dataclass(frozen=True)
class PrimalRun:
    """How far a relaxation serves a link in intervals ``first`` to ``last``: from 0 to 1."""

    link: int
    first: int
    last: int
    share: float


@dataclass(frozen=True)
class StartingPrices:
    """Prices that a bound begins with, at least 0; none of a kind where it is empty.

    Attributes
    ----------
    target
        Of a bit of each target of the problem.
    capacity
        Of receivers; where ranges overlap, the prices add up.
    primal
        What a relaxation serves; rounded, it is a first schedule. Elsewhere it serves nothing.
    """

    target: tuple[float, ...] = ()
    capacity: tuple[ReceiverCharge, ...] = ()
    primal: tuple[PrimalRun, ...] = ()

    def of_receivers(self, shared: SharedReceivers | None) -> Floats | None:
        """Return the price of each slot, shape ``(S,)``; ``None`` without ranges or receivers."""
        if shared is None or not self.capacity:
            return None
        price = np.zeros(shared.station.size)
        for charge in self.capacity:
            low, high = np.searchsorted(shared.station, [charge.station, charge.station + 1])
            times = shared.interval[low:high]
            first, end = low + np.searchsorted(times, [charge.first, charge.last + 1])
            pays = np.isin(shared.satellite[first:end], (-1, charge.satellite))
            price[first:end] += charge.price * (pays | (charge.satellite < 0))
        return price


def read_prices(path: str | PathLike[str], problem: SchedulingProblem) -> StartingPrices:
    """Read prices as proofs of version 2 state them.

    A certificate gives those that its proof has, and in version 2 its paths as what is served.

    Parameters
    ----------
    path
        ``{"target": [...], "capacity": [[station, first, last, price], ...], "primal": [[link,
        first, last, share], ...]}``, all optional: the price of a bit of each target; that of a
        receiver of a station in the global intervals ``first`` to ``last``
        (``[station, satellite, first, last, price]`` is for one satellite); how far a relaxation
        serves a link, from 0 to 1. Numbers may be text such as ``"7/3"``.
    problem
        Whose targets, stations and satellites they are.

    Raises
    ------
    InputError
        For a file that cannot be read or is not of this form: an unknown key, a list of another
        length, a station or satellite that does not exist, a range that ends before it begins, and
        what is no finite number.
    """
    where, document = str(path), read_json(path, _EXPECTED)
    served: list[object] = []
    if isinstance(document, dict) and document.get("format") == "qkdopt-certificate":
        served = _served(document.get("paths"))
        where, document = f"{where}: proof", document.get("proof")
        if isinstance(document, dict):  # other members, as of trees, are no prices
            document = {key: document[key] for key in _MEMBERS if key in document}
    if not isinstance(document, dict):
        raise InputError(where, document, _EXPECTED)
    for key, value in document.items():
        if key not in _MEMBERS:
            expected = ", ".join(_MEMBERS)
            raise InputError(f"{where}: {key}", Described("an unknown key"), expected)
        if not isinstance(value, list):
            raise InputError(f"{where}: {key}", value, "a list")
    target, capacity, primal = (document.get(key, []) for key in _MEMBERS)
    if target and len(target) != len(problem.targets):
        expected = f"{len(problem.targets)}, one for each target"
        raise InputError(f"{where}: target", Described(f"{len(target)} prices"), expected)
    return StartingPrices(
        tuple(_price(value, f"{where}: target[{n}]") for n, value in enumerate(target)),
        tuple(_charge(item, problem, f"{where}: capacity[{n}]") for n, item in enumerate(capacity)),
        tuple(
            _primal(item, problem, f"{where}: primal[{n}]")
            for n, item in enumerate(served or primal)
        ),
    )


def _served(paths: object) -> list[object]:
    """Return the runs of a certificate's paths as served in full."""
    if not isinstance(paths, list):
        return []
    runs = (run for path in paths if isinstance(path, list) for run in path)
    return [[*run, 1] if isinstance(run, list) else run for run in runs]


def _primal(item: object, problem: SchedulingProblem, where: str) -> PrimalRun:
    if not isinstance(item, list) or [type(x) for x in item[:-1]] != [int] * 3:
        raise InputError(where, item, "[link, first, last, share], whole numbers but the share")
    link, first, last, share = item
    if not 0 <= link < len(problem.links):
        raise InputError(f"{where}: link", link, f"0 to {len(problem.links) - 1}")
    if not 0 <= first <= last < _LARGEST:
        raise InputError(where, Described(f"intervals {first} to {last}"), "0 <= first <= last")
    return PrimalRun(link, first, last, min(1.0, _price(share, where)))


def _charge(item: object, problem: SchedulingProblem, where: str) -> ReceiverCharge:
    expected = "[station, first, last, price] or [station, satellite, first, last, price]"
    if not isinstance(item, list) or len(item) not in (_SHORT, _LONG):
        raise InputError(where, item, expected)
    *places, price = item
    if not all(type(place) is int for place in places):
        raise InputError(where, item, f"{expected}, whole numbers but the price")
    station, first, last = places[0], places[-2], places[-1]
    satellite = places[1] if len(item) == _LONG else -1
    if not 0 <= station < len(problem.stations):
        raise InputError(f"{where}: station", station, f"0 to {len(problem.stations) - 1}")
    if len(item) == _LONG and not 0 <= satellite < len(problem.satellites):
        raise InputError(f"{where}: satellite", satellite, f"0 to {len(problem.satellites) - 1}")
    if not 0 <= first <= last < _LARGEST:
        raise InputError(where, Described(f"intervals {first} to {last}"), "0 <= first <= last")
    return ReceiverCharge(station, satellite, first, last, _price(price, where))


def _price(value: object, where: str) -> float:
    """Return a price of at least 0."""
    number: Fraction | None = None
    try:
        if isinstance(value, str):
            number = read_fraction(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            number = Fraction(value) if math.isfinite(value) else None
    except NumeralError:
        number = None
    if number is None or abs(number) > _LARGEST:
        raise InputError(where, value, 'a price: a finite number, or text such as "7/3"')
    return max(0.0, float(number))
