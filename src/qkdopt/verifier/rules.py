"""The rules of a schedule, read aloud: what it breaks and what it delivers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qkdopt.errors import quote
from qkdopt.verifier.operations import broken_operations
from qkdopt.verifier.options import NOBODY
from qkdopt.verifier.problem import Problem

__all__ = ["NOBODY", "delivered_bits", "violations"]


def violations(problem: Problem, schedule: Sequence[int]) -> Iterator[str]:
    """Yield one sentence for each place where ``schedule`` breaks a rule.

    A schedule names at most one link per interval by its very form.  What is left to check:
    one entry per active interval; a link that exists and has key there; and more than ``tau``
    intervals from the last service of one link to the first of the next.  Serving the same
    link again, the first service, and idling cost nothing.  Then the operations, if any.
    """
    if len(schedule) != len(problem.interval):
        yield (
            f"the schedule has {len(schedule):,} entries, "
            f"the problem {len(problem.interval):,} active intervals"
        )
    last_link, last_time = NOBODY, 0
    for a, (time, n) in enumerate(zip(problem.interval, schedule, strict=False)):
        if n == NOBODY:
            continue
        if not 0 <= n < len(problem.K):
            yield f"interval {time} is given to link {n}; there are {len(problem.K)}, from 0"
            continue
        if problem.K[n][a] == 0:
            yield f"interval {time} is given to {_name(problem, n)}, which has no key there"
        if last_link not in (NOBODY, n) and time - last_time <= _tau(problem, last_link, n):
            yield (
                f"{_name(problem, n)} is served in interval {time}, {time - last_time} after "
                f"{_name(problem, last_link)}; a hand-over needs at least "
                f"{_tau(problem, last_link, n) + 1}"
            )
        last_link, last_time = n, time
    if problem.options is not None:
        yield from broken_operations(problem, problem.options, schedule)


def delivered_bits(problem: Problem, schedule: Sequence[int]) -> tuple[int, ...]:
    """Return the bits that each target receives: K summed over the intervals that serve it.

    Entries that name no link of the problem deliver nothing, nor do entries past its end.
    """
    delivered = [0] * len(problem.targets)
    for a, n in enumerate(schedule[: len(problem.interval)]):
        if 0 <= n < len(problem.K):
            delivered[problem.link_targets[n]] += problem.K[n][a]
    return tuple(delivered)


def _tau(problem: Problem, n: int, other: int) -> int:
    options = problem.options
    return problem.tau if options is None or options.tau is None else options.tau[n][other]


def _name(problem: Problem, n: int) -> str:
    return f"link {n} ({quote(problem.link_names[n])})"
