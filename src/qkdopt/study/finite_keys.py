"""Key lengths of a schedule's finite blocks, beside its asymptotic bits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.constants import SECONDS_PER_DAY
from qkdopt.errors import InputError
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.study.evaluation import Evaluation, evaluate_in
from qkdopt.tensor import Sessions

if TYPE_CHECKING:
    from qkdopt.optimize.schedule import Schedule
    from qkdopt.physics import Scenario
    from qkdopt.physics.finite_counts import LinkCounts
    from qkdopt.physics.scenario.finite_key import FiniteKey

_DEGREES_PER_DAY = 360.0


@dataclass(frozen=True)
class FiniteBlock:
    """One block of key.

    Attributes
    ----------
    link
        Name.
    first, last
        Global indices of the first and the last interval that is served.
    intervals
        How many intervals are served.
    asymptotic_bits, bits
        Those of its intervals in blocks without end, and the length of the block's secret key.
    """

    link: str
    first: int
    last: int
    intervals: int
    asymptotic_bits: int
    bits: int

    def document(self) -> dict[str, object]:
        """Return the block for a JSON file."""
        return asdict(self)


@dataclass(frozen=True)
class FiniteEvaluation:
    """What a schedule delivers when keys are made of finite blocks.

    Attributes
    ----------
    proof, block
        As in the scenario's table ``[finite_key]``; of links to stations, then to pairs.
    blocks
        By link, then time.
    evaluation
        Secret bits by target, with shares and divergence from the weights.
    asymptotic
        The same for the bits of served intervals, also where the problem counts sessions.
    """

    proof: str
    block: str
    blocks: tuple[FiniteBlock, ...]
    evaluation: Evaluation
    asymptotic: Evaluation

    def document(self) -> dict[str, object]:
        """Return everything for a JSON file."""
        return {
            "proof": self.proof,
            "block": self.block,
            **self.evaluation.document(),
            "asymptotic_total": self.asymptotic.total,
            "blocks": [block.document() for block in self.blocks],
        }


def evaluate_finite_keys(
    scenario: Scenario, problem: SchedulingProblem, schedule: Schedule
) -> FiniteEvaluation:
    """Return the key lengths of a schedule's blocks.

    Each block is rounded down to whole bits. An interval that is served while its link has no
    contact in the scenario adds nothing.

    Parameters
    ----------
    scenario
        Of one satellite, with a table ``[finite_key]``; its links have the problem's names.
    problem
        What the schedule is of.
    schedule
        Any, from whatever solver.

    Raises
    ------
    InputError
        For links that the scenario does not have, and as
        :func:`~qkdopt.physics.finite_counts.finite_counts`.
    """
    from qkdopt.physics.finite_counts import finite_counts

    counts, settings = finite_counts(scenario), scenario.finite_key
    assert settings is not None  # finite_counts refuses a scenario without it
    blocks: list[FiniteBlock] = []
    finite, asymptotic = ([0] * len(problem.targets) for _ in range(2))
    for n, link in enumerate(problem.links):
        own = _counts_of(counts, link.name, scenario.origin)
        served = np.flatnonzero(schedule.service == n)
        if served.size:
            of_link = _OfLink(scenario, settings, link.name, own)
            found = of_link.blocks(problem.interval[served], problem.bits[n, served])
            blocks += found
            finite[link.target] += sum(block.bits for block in found)
            asymptotic[link.target] += sum(block.asymptotic_bits for block in found)
    return FiniteEvaluation(
        scenario.finite_key_proofs,
        settings.block,
        tuple(blocks),
        evaluate_in(problem, finite),
        evaluate_in(problem, asymptotic),
    )


def asymptotic(problem: SchedulingProblem) -> SchedulingProblem:
    """Return the problem whose bits are those of blocks without end, interval by interval."""
    satellites = tuple(replace(item, sessions=None) for item in problem.satellites)
    return replace(problem, satellites=satellites)


def in_sessions(problem: SchedulingProblem, scenario: Scenario) -> SchedulingProblem:
    """Return a problem, of version 2, that counts the key lengths of a scenario's sessions.

    Parameters
    ----------
    problem
        Of one satellite, whose links the scenario has.
    scenario
        As for :func:`evaluate_finite_keys`.

    Raises
    ------
    InputError
        As :func:`evaluate_finite_keys`.
    LimitError
        For too many sessions.
    """
    from qkdopt.physics.finite_counts import finite_counts
    from qkdopt.physics.session_lengths import session_lengths

    known, where = finite_counts(scenario), scenario.origin
    counts = [_counts_of(known, link.name, where) for link in problem.links]
    bits, interval = problem.bits, problem.interval
    sessions = Sessions.create(
        bits, interval, session_lengths(bits > 0, interval, counts, where), where
    )
    return problem.with_satellite(sessions=sessions).as_version(2)


def _counts_of(counts: Mapping[str, LinkCounts], link: str, where: str) -> LinkCounts:
    if link not in counts:
        expected = f"a link of the scenario: {', '.join(counts)}"
        raise InputError(f"{where}: finite_key", link, expected)
    return counts[link]


@dataclass(frozen=True)
class _OfLink:
    """One link, and what it counts when it is served."""

    scenario: Scenario
    settings: FiniteKey
    name: str
    counts: LinkCounts

    def blocks(self, index: Integers, known: Integers) -> list[FiniteBlock]:
        """Return the blocks of served intervals, increasing, with their bits in the problem."""
        place, bits = self._bits(self.settings.block, index)
        first = np.flatnonzero(np.diff(place, prepend=-1))
        last = np.append(first[1:], index.size) - 1
        asymptotic = np.add.reduceat(known, first)
        return [
            FiniteBlock(
                link=self.name,
                first=int(index[first[b]]),
                last=int(index[last[b]]),
                intervals=int(last[b] - first[b]) + 1,
                asymptotic_bits=int(asymptotic[b]),
                bits=int(bits[b]),
            )
            for b in range(bits.size)
        ]

    def _bits(self, block: str, index: Integers) -> tuple[Integers, Integers]:
        """Return the block of each served interval, shape ``(S,)``, and bits, ``(blocks,)``.

        With a success fraction, several passes of one error rate have on average at least the sum
        of their keys, for lengths are superadditive, and at least the key of expected counts, for
        they are convex: the larger of both counts.
        """
        place = _numbered(self._labels(block, index))
        sums = self._summed(index, place)
        if block in ("session", "pass") or self.counts.success_fraction == 1.0:
            return place, self.counts.bits(sums)
        part = _numbered(place, self._labels("pass", index))
        of_block = place[np.flatnonzero(np.diff(part, prepend=-1))]
        by_pass = np.bincount(of_block, weights=self.counts.bits(self._summed(index, part)))
        together = self.counts.bits(sums, several_passes=True)
        return place, np.maximum(by_pass.astype(np.int64), together)

    def _labels(self, block: str, index: Integers) -> Integers:
        """Return the block of each served interval, never decreasing, shape ``(S,)``."""
        interval = self.counts.interval
        if block == "session":
            return np.cumsum(np.diff(index, prepend=index[0]) > 1)
        if block == "pass":
            begins = interval[np.diff(interval, prepend=-2) > 1]
            return np.searchsorted(begins, index, side="right")
        if block == "night":
            since_noon_s = index * float(self.scenario.grid.interval_s) + self._noon_s()
            return np.floor(since_noon_s / SECONDS_PER_DAY).astype(np.int64)
        return np.zeros(index.size, dtype=np.int64)  # the horizon

    def _noon_s(self) -> float:
        """Return the time from mean solar noon at the (first) station to interval 0 [s]."""
        start = self.scenario.grid.start_utc
        since_midnight_s = 3600.0 * start.hour + 60.0 * start.minute + start.second
        link = next(item for item in self.scenario.links if item.name == self.name)
        station = self.scenario.stations[self.scenario.positions(link)[0]]
        return since_midnight_s + SECONDS_PER_DAY * (station.lon_deg / _DEGREES_PER_DAY - 0.5)

    def _summed(self, index: Integers, place: Integers) -> Floats:
        """Return the sums of counts over each block, shape ``(2k, blocks)``."""
        at = np.searchsorted(self.counts.interval, index)
        at[at == self.counts.interval.size] = 0
        seen = np.isin(index, self.counts.interval)
        at, place, count = at[seen], place[seen], int(place[-1]) + 1
        rows = self.counts.rows[:, at]
        return np.stack([np.bincount(place, weights=row, minlength=count) for row in rows])


def _numbered(*labels: Integers) -> Integers:
    """Return the number, from 0, of each run in which no label changes, shape ``(S,)``."""
    changes = [np.diff(label, prepend=label[0]) != 0 for label in labels]
    return np.cumsum(np.any(changes, axis=0))
