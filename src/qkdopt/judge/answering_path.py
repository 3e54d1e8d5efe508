"""The longest path over the schedules that answer some questions in a given way."""

from __future__ import annotations

from collections.abc import Sequence

from qkdopt.judge.problem import Problem

__all__ = ["longest_answering_path"]


def longest_answering_path(
    problem: Problem, worth: Sequence[int], answers: Sequence[tuple[int, int, bool]]
) -> int | None:
    """Return the maximum of the sum of c_n E_n over the schedules that give ``answers``.

    The recursion is that of ``longest_path``, over services instead of all (n, a): a service
    that is answered with no is left out, and at an interval that has to serve ``n`` nothing
    else is looked at, nor does any schedule survive that served nobody there.

    Parameters
    ----------
    worth
        What one bit is worth at each target, ``c``; of any sign.
    answers
        Triples of an active interval ``a``, a link ``n``, and whether ``a`` serves ``n``.

    Returns
    -------
    int or None
        Exact; ``None`` when no schedule gives these answers.
    """
    demanded: dict[int, set[int]] = {}
    refused: dict[int, set[int]] = {}
    for a, n, served in answers:
        (demanded if served else refused).setdefault(a, set()).add(n)
    price = [worth[target] for target in problem.link_targets]
    ending: list[int | None] = [0] * len(price)  # None: no schedule
    reached: list[int | None] = []
    most: int | None = 0
    settled: int | None = 0
    n_settled = 0
    last_demand = -1
    for a, (time, bits) in enumerate(
        zip(problem.interval, zip(*problem.K, strict=True), strict=False)
    ):
        while problem.interval[n_settled] < time - problem.tau:
            if n_settled >= last_demand:
                settled = reached[n_settled]
            n_settled += 1
        options = demanded.get(a)
        ending_here: dict[int, int] = {}
        for n, k in enumerate(bits):
            if k == 0 or n in refused.get(a, ()) or (options is not None and options != {n}):
                continue
            before = _larger(ending[n], settled)
            if before is not None:
                ending_here[n] = price[n] * k + before
        if options is not None:  # whoever served nobody here, or another link, is out
            ending = [None] * len(price)
            most, settled, last_demand = None, None, a
        for n, value in ending_here.items():
            ending[n] = _larger(ending[n], value)
            most = _larger(most, value)
        reached.append(most)
    return most


def _larger(x: int | None, y: int | None) -> int | None:
    if x is None:
        return y
    return x if y is None else max(x, y)
