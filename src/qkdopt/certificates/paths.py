"""Schedules as paths: the runs of intervals that a satellite serves, one after another."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

from qkdopt.errors import Described, InputError

_IDLE = -1
_MOST_INTERVALS = 32_000_000


def path_of(service: Sequence[int], interval: Sequence[int]) -> list[list[int]]:
    """Return the maximal runs ``[link, first, last]`` of services; global, both ends included.

    Parameters
    ----------
    service
        Link or -1 for each active interval.
    interval
        Their global indices, increasing.
    """
    path: list[list[int]] = []
    for link, t in zip(service, interval, strict=True):
        if path and path[-1][0] == link and path[-1][2] == t - 1:
            path[-1][2] = t
        elif link != _IDLE:
            path.append([link, t, t])
    return path


def service_of(path: Sequence[Sequence[int]], interval: Sequence[int]) -> list[int]:
    """Return the link or -1 of each active interval, the inverse of :func:`path_of`.

    Raises
    ------
    InputError
        For a path that is not a list of runs in active intervals.
    """
    service = [_IDLE] * len(interval)
    for run in path:
        if not isinstance(run, Sequence) or [type(part) for part in run] != [int] * 3:
            raise InputError("paths", run, "[link, first, last]")
        link, first, last = run
        begin = bisect_left(interval, first)
        end = begin + last - first + 1
        if (
            not begin < end <= len(interval)
            or interval[begin] != first
            or interval[end - 1] != last
        ):
            raise InputError("paths", run, "a run of active intervals")
        service[begin:end] = [link] * (last - first + 1)
    return service


def active_intervals(problem: Mapping[str, Any]) -> list[int]:
    """Return the active intervals of a problem's document with one satellite, increasing.

    Raises
    ------
    InputError
        For several satellites, and a document that does not say its intervals.
    """
    try:
        if problem["version"] == 1:
            return list(problem["interval"])
        if len(problem["satellites"]) > 1:
            came = Described(f"{len(problem['satellites'])} satellites")
            raise InputError("certificate", came, "one satellite, or its paths")
        runs = problem["satellites"][0].get("active")
        if runs is None:
            return sorted({t for contact in problem["contacts"] for t in _times(contact)})
        if sum(last - first + 1 for first, last in runs) <= _MOST_INTERVALS:
            return [t for first, last in runs for t in range(first, last + 1)]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise InputError("certificate: problem", problem, "a problem") from error
    raise InputError("certificate: problem", Described("too many intervals"), "fewer")


def _times(contact: Mapping[str, Any]) -> range:
    bits = contact["bits"]
    by_interval = bits[0] if isinstance(bits[0], list) else bits  # of each scenario, or of one sky
    return range(contact["first"], contact["first"] + len(by_interval))
