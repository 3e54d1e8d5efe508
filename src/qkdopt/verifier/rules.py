"""The rules of a schedule, checked literally: what it breaks and what it delivers."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from operator import add

from qkdopt.errors import quote
from qkdopt.verifier.model import NONE, Options, Path, Problem, Satellite


def violations(problem: Problem, paths: Sequence[Path]) -> Iterator[str]:
    """Yield one sentence for each place where a schedule breaks a rule.

    A path names at most one link per interval by its very form.  What is left to check: a link
    that exists and has bits there; and enough intervals from the last service of one link to the
    first of the next.  Serving the same link again, the first service, and idling
    cost nothing.  Then the operations, if any, and what satellites share.
    """
    for s, path in enumerate(paths):
        yield from _broken_switching(problem, s, path)
        yield from _broken_operations(problem, s, path)
    yield from _crowded_stations(problem, paths)


def delivered_bits(problem: Problem, paths: Sequence[Path]) -> tuple[int, ...]:
    """Return the bits that each target receives, in each scenario: those of the cells served.

    Services over links that the satellite does not have deliver nothing.
    """
    n_targets, targets = len(problem.targets), [link.target for link in problem.links]
    delivered = [0] * n_targets * len(problem.probabilities or (1,))
    for satellite, path in zip(problem.satellites, paths, strict=True):
        for time, n, bits in path:
            if bits:
                here = satellite.scenarios.get((n, time), (bits,))
                problem.budget.spend(len(here))
                own = slice(targets[n], None, n_targets)
                delivered[own] = map(add, delivered[own], here)
    return tuple(delivered)


def _broken_switching(problem: Problem, s: int, path: Path) -> Iterator[str]:
    satellite, links = problem.satellites[s], problem.links
    last, last_time = NONE, 0
    for time, n, bits in path:
        if n == last and bits is not None:  # the service goes on
            last_time = time
            continue
        if not 0 <= n < len(links):
            yield f"interval {time} is given to link {n}; there are {len(links)}, from 0"
            continue
        if links[n].satellite != s:
            yield f"{_name(problem, n)} is no link of {quote(satellite.name)}, which serves it"
            continue
        if bits is None:
            yield f"interval {time} is given to {_name(problem, n)}, which has no key there"
        if last not in (NONE, n):
            (soonest,) = satellite.soonest(links[last].position, links[n].position, [last_time])
            if time < soonest:
                yield (
                    f"{_name(problem, n)} is served in interval {time}, {time - last_time} after "
                    f"{_name(problem, last)}; a hand-over needs at least {soonest - last_time}"
                )
        last, last_time = n, time


def _crowded_stations(problem: Problem, paths: Sequence[Path]) -> Iterator[str]:
    """Yield where stations serve more satellites than they have receivers."""
    if len(problem.satellites) == 1:
        return
    uses = sorted(
        (station, time, s)
        for s, path in enumerate(paths)
        for time, n, bits in path
        if bits is not None
        for station in problem.links[n].stations
    )
    for number, time, count in problem.crowded(uses):
        station = problem.stations[number]
        within = f"intervals {time - station.tau} to {time}" if station.tau else f"interval {time}"
        yield (
            f"station {quote(station.name)} serves {count} satellites in {within}; "
            f"it has receivers for {station.receivers}"
        )


def pass_numbers(times: Sequence[int]) -> list[int]:
    """Return the pass of each active interval: a pass is a run of consecutive indices."""
    numbers = [0] * len(times)
    for a, (earlier, later) in enumerate(pairwise(times), start=1):
        numbers[a] = numbers[a - 1] + (later > earlier + 1)
    return numbers


def _broken_operations(problem: Problem, s: int, path: Path) -> Iterator[str]:
    """Yield one sentence for each place where a satellite's path breaks an operation.

    Links that do not exist are broken rules already and count as idle here.
    """
    satellite, n_links = problem.satellites[s], len(problem.links)
    options = satellite.options
    if options == Options():
        return
    served = [(time, n) for time, n, _ in path if 0 <= n < n_links]
    yield from _places(options, dict(served))
    services = [[time for time, _ in group] for _, group in groupby(served, lambda x: x[1])]
    for service in services:
        if len(service) < options.dwell:
            yield (
                f"the service from interval {service[0]} to {service[-1]} serves "
                f"{len(service)} intervals; the minimum dwell is {options.dwell}"
            )
    yield from _caps(satellite, [time for time, _ in served], services)


def _places(options: Options, at: dict[int, int]) -> Iterator[str]:
    for time, n in at.items():
        if (n, time) in options.forbidden or (NONE, time) in options.forbidden:
            yield f"link {n} is served in interval {time}, where it is forbidden"
    for n, time in sorted(options.locked, key=lambda pair: (pair[1], pair[0])):
        if at.get(time, NONE) != n:
            yield f"interval {time} is locked to {_who(n)}, it has {_who(at.get(time, NONE))}"


def _caps(satellite: Satellite, served: list[int], services: list[list[int]]) -> Iterator[str]:
    options = satellite.options
    number = dict(zip(satellite.times, pass_numbers(satellite.times), strict=True))
    firsts = {which: time for time, which in reversed(number.items())}
    handovers = [(before[-1], after[0]) for before, after in pairwise(services)]
    if options.handovers is not None and len(handovers) > options.handovers:
        yield f"there are {len(handovers)} hand-overs; at most {options.handovers} are allowed"
    within = Counter(number[b] for b, a in handovers if number[b] == number[a])
    duty = Counter(number[time] for time in served)
    for counted, most, what in (
        (within, options.handovers_per_pass, "hand-overs"),
        (duty, options.service_per_pass, "served intervals"),
    ):
        for which, count in sorted(counted.items()):
            if most is not None and count > most:
                yield (
                    f"the pass that begins at interval {firsts[which]} has {count} {what}; "
                    f"at most {most} are allowed"
                )


def _who(n: int) -> str:
    return "nobody" if n == NONE else f"link {n}"


def _name(problem: Problem, n: int) -> str:
    return f"link {n} ({quote(problem.links[n].name)})"
