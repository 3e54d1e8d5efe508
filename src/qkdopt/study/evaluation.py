"""Measures of delivered bits: shares, KL mismatch with the weights, utilisation, values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, cast

from qkdopt.optimize.divergence import divergence_of
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.problem.served_runs import served_runs
from qkdopt.study.pairing import PairUse, pair_use
from qkdopt.study.usual import linear_values

if TYPE_CHECKING:
    from qkdopt.verifier import Verdict

_ByScenario: TypeAlias = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Spread:
    """Between which numbers bits lie over all cloud scenarios.

    Attributes
    ----------
    fewest, most
        Bits by target.
    fewest_total, most_total
        Bits of all targets together.
    scenarios
        How many there are.
    """

    fewest: tuple[int, ...]
    most: tuple[int, ...]
    fewest_total: int
    most_total: int
    scenarios: int

    @classmethod
    def of(cls, delivered: _ByScenario) -> Spread:
        """Return the spread of bits by scenario and target."""
        by_target, totals = list(zip(*delivered, strict=True)), [sum(row) for row in delivered]
        fewest, most = (tuple(map(end, by_target)) for end in (min, max))
        return cls(fewest, most, min(totals), max(totals), len(totals))


@dataclass(frozen=True)
class Evaluation:
    """The figures of merit of one schedule.

    In cloud scenarios they are those of the mean bits, rounded to whole ones.

    Attributes
    ----------
    targets
        Names, in the order of every other tuple here.
    delivered
        Bits by target.
    total
        Bits of all targets together.
    shares
        Each target's part of the total, in [0, 1]; ``None`` when nothing is delivered.
    weight_shares
        Each target's part of the weights, in [0, 1]; ``None`` without weights.
    divergence
        Kullback-Leibler divergence of the shares from the weights' [nats]; infinite when a
        target of weight 0 got bits; ``None`` without weights or when nothing is delivered.
    utilisation
        Part of the total that can be consumed in proportion to the weights, in [0, 1];
        ``None`` like the divergence. A target that is a pair of stations consumes the bits
        that both share, one for one; nothing is halved as in a relay.
    values
        Value of the schedule by strategy: ``gd``, and ``pd`` where there are weights.
    pairing
        What the bits pair up to; ``None`` without traffic. Each shared bit consumes two.
    asymptotic
        Bits by target as in blocks without end, where those delivered are of finite sessions;
        else ``None``.
    sessions
        Bits of each session there, one satellite after another, in order of time; else ``None``.
    spread
        Over cloud scenarios; ``None`` where the sky is known.
    """

    targets: tuple[str, ...]
    delivered: tuple[int, ...]
    total: int
    shares: tuple[float, ...] | None
    weight_shares: tuple[float, ...] | None
    divergence: float | None
    utilisation: float | None
    values: dict[str, int]
    pairing: PairUse | None = None
    asymptotic: tuple[int, ...] | None = None
    sessions: tuple[int, ...] | None = None
    spread: Spread | None = None

    def document(self) -> dict[str, object]:
        """Return bits, divergence, utilisation and pairing for a JSON file.

        Of finite sessions also their number, how many have no key, and what their bits would be in
        blocks without end; of cloud scenarios their number, and the fewest and most bits. Without
        weights divergence and utilisation are absent, without traffic pairing is. With weights and
        no bits they are ``null``. JSON has no infinity: an infinite divergence is text, ``"inf"``.
        """
        document: dict[str, object] = {
            "delivered": dict(zip(self.targets, self.delivered, strict=True)),
            "total": self.total,
        }
        if self.asymptotic is not None:
            document["asymptotic"] = dict(zip(self.targets, self.asymptotic, strict=True))
            document["asymptotic_total"] = sum(self.asymptotic)
        if self.sessions is not None:
            document["sessions"] = len(self.sessions)
            document["sessions_without_key"] = self.sessions.count(0)
        if (spread := self.spread) is not None:
            document["scenarios"] = spread.scenarios
            document["fewest"] = dict(zip(self.targets, spread.fewest, strict=True))
            document["most"] = dict(zip(self.targets, spread.most, strict=True))
            document["fewest_total"], document["most_total"] = (
                spread.fewest_total,
                spread.most_total,
            )
        if self.weight_shares is not None:
            finite = self.divergence is None or math.isfinite(self.divergence)
            document["divergence"] = self.divergence if finite else "inf"
            document["utilisation"] = self.utilisation
        if self.pairing is not None:
            document["pairing"] = self.pairing.document()
        return document


def evaluate(
    targets: Sequence[str], weights: Sequence[int] | None, delivered: Sequence[int]
) -> Evaluation:
    """Return the figures of merit of bits delivered to targets.

    Parameters
    ----------
    targets
        Names of the targets.
    weights
        Integer weights >= 0, not all 0, one for each target; ``None`` when there are none.
    delivered
        Bits >= 0, one number for each target.
    """
    total = sum(delivered)
    return Evaluation(
        targets=tuple(targets),
        delivered=tuple(delivered),
        total=total,
        shares=tuple(bits / total for bits in delivered) if total else None,
        weight_shares=None if weights is None else tuple(w / sum(weights) for w in weights),
        divergence=None if weights is None else kl_divergence(delivered, weights),
        utilisation=None if weights is None else utilisation(delivered, weights),
        values=linear_values(weights, delivered),
    )


def evaluate_in(
    problem: SchedulingProblem,
    delivered: Sequence[int] | _ByScenario,
    paths: Sequence[Sequence[Sequence[int]]] | None = None,
) -> Evaluation:
    """Return the figures of merit of bits delivered to a problem's targets.

    With traffic that is what they pair up to, too, together with the stock. With the ``paths`` of
    the schedule, as ``Certificate.paths`` has them, also asymptotic bits where sessions count.
    In cloud scenarios ``delivered`` has one list of bits for each.
    """
    if problem.probabilities is not None:
        return _over_scenarios(problem, cast("_ByScenario", delivered), problem.probabilities)
    delivered = cast("Sequence[int]", delivered)
    found = evaluate(problem.targets, problem.weights, delivered)
    if problem.in_sessions and paths is not None:
        runs, asymptotic = list(served_runs(problem, paths)), [0] * len(problem.targets)
        for run in runs:
            asymptotic[problem.link_target[run.link]] += run.asymptotic_bits
        bits = tuple(run.bits for run in runs)
        found = replace(found, asymptotic=tuple(asymptotic), sessions=bits)
    if problem.traffic is None:
        return found
    stock = problem.stock or (0,) * len(delivered)
    available = [b + e for b, e in zip(stock, delivered, strict=True)]
    return replace(found, pairing=pair_use(problem.targets, available, problem.traffic))


def evaluate_verdict(
    problem: SchedulingProblem,
    verdict: Verdict,
    paths: Sequence[Sequence[Sequence[int]]] | None = None,
) -> Evaluation:
    """Return the figures of merit of what the verifier counted, as :func:`evaluate_in` does."""
    if problem.in_scenarios:
        none = [[0] * len(problem.targets)] * len(problem.probabilities or ())
        return evaluate_in(problem, verdict.delivered_by_scenario or none, paths)
    return evaluate_in(problem, verdict.delivered, paths)


def _over_scenarios(
    problem: SchedulingProblem, delivered: _ByScenario, probability: Sequence[Fraction]
) -> Evaluation:
    shares, zero = list(zip(probability, delivered, strict=True)), Fraction(0)
    targets = range(len(problem.targets))
    mean = [round(sum((share * row[n] for share, row in shares), zero)) for n in targets]
    spread = Spread.of(delivered)
    return replace(evaluate_in(problem.scenario(0), mean), spread=spread)


def kl_divergence(delivered: Sequence[int], weights: Sequence[int]) -> float | None:
    """Return ``sum p ln(p / q)`` [nats] of the shares ``p = E / S``, ``q = w / W``.

    ``0 ln 0 = 0``; infinite when a target of weight 0 got bits; ``None`` when ``S = 0``.
    Exact before it is rounded; never negative.
    """
    if not sum(delivered):
        return None
    if any(bits and not weight for bits, weight in zip(delivered, weights, strict=True)):
        return math.inf
    return float(divergence_of(delivered, weights))


def utilisation(delivered: Sequence[int], weights: Sequence[int]) -> float | None:
    """Return ``t / S`` with ``t = min E_n W / w_n`` over the targets of weight > 0.

    ``t`` is the largest total that can be consumed in exact proportion to the weights
    without stock (paper 1); in [0, 1], ``None`` when ``S = 0``.
    """
    total, all_weights = sum(delivered), sum(weights)
    if not total:
        return None
    pairs = zip(delivered, weights, strict=True)
    consumed = min(Fraction(bits * all_weights, weight) for bits, weight in pairs if weight)
    return float(consumed / total)
