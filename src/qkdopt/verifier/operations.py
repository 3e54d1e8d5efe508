"""The operations of a schedule, checked literally: one walk per rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from qkdopt.verifier.model import NONE, Options, Path, Problem, Satellite


def pass_numbers(times: Sequence[int]) -> list[int]:
    """Return the pass of each active interval: a pass is a run of consecutive indices."""
    numbers = [0] * len(times)
    for a, (earlier, later) in enumerate(pairwise(times), start=1):
        numbers[a] = numbers[a - 1] + (later > earlier + 1)
    return numbers


def broken_operations(problem: Problem, s: int, path: Path) -> Iterator[str]:
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
