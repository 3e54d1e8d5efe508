"""Verification scores of the forecasts that a back-test used, by lead.

Brier score of "code >= 75" (Brier 1950), continuous ranked probability score of the code with
the fair estimator for ensembles (Hersbach 2000; Ferro 2014), and the rank histogram of the real
code among the members (Hamill 2001), ties broken at random, in ten classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.constants import SECONDS_PER_DAY
from qkdopt.study.rolling.document import LeadScore

LEADS = 10
"""Leads that are scored: the first day after the issue, the second, ..."""

_CLOUDY = 75
_CLASSES = 10


@dataclass(frozen=True, eq=False)
class ScoreSums:
    """Sums over cases, one row for each lead, shape ``(LEADS, 4 + classes)``.

    Columns: cases, cloudy cases, Brier score, ranked probability score, the rank histogram.
    """

    rows: Floats

    @classmethod
    def none(cls) -> ScoreSums:
        """Return no cases."""
        return cls(np.zeros((LEADS, 4 + _CLASSES)))

    def __add__(self, other: ScoreSums) -> ScoreSums:
        """Return both together."""
        return ScoreSums(self.rows + other.rows)

    @classmethod
    def of(
        cls, members: Integers, real: Integers, ahead_s: Integers, random: np.random.Generator
    ) -> ScoreSums:
        """Return those of one forecast.

        Parameters
        ----------
        members, real
            Codes, shapes ``(M, T, N)`` and ``(T, N)``.
        ahead_s
            Time from the issue to each instant [s], shape ``(T,)``.
        random
            Breaks ties of ranks.
        """
        lead = ahead_s // SECONDS_PER_DAY
        near = lead < LEADS
        members, real, lead = members[:, near], real[near], lead[near]
        cloudy = real >= _CLOUDY
        below = (members < real).sum(axis=0)
        same = (members == real).sum(axis=0)
        rank = below + np.floor(random.random(real.shape) * (same + 1))
        place = (rank + random.random(real.shape)) / (len(members) + 1)
        columns = np.stack(
            [
                np.ones(real.shape),
                cloudy,
                ((members >= _CLOUDY).mean(axis=0) - cloudy) ** 2,
                _ranked_probability(members, real),
                *((place * _CLASSES).astype(np.int64) == k for k in range(_CLASSES)),
            ],
            axis=-1,
        )
        rows = np.zeros((LEADS, columns.shape[-1]))
        np.add.at(rows, lead, columns.sum(axis=1))
        return cls(rows)


def _ranked_probability(members: Integers, real: Integers) -> Floats:
    """Return the fair score of each case: ``E|X - y| - E|X - X'| / 2``, ``X'`` another member."""
    count = len(members)
    score: Floats = np.abs(members - real).mean(axis=0)
    if count > 1:
        order = 2.0 * np.arange(count) - count + 1
        score -= np.tensordot(order, np.sort(members, axis=0), 1) / (count * (count - 1))
    return score


def lead_scores(sums: ScoreSums) -> list[LeadScore]:
    """Return the scores of each lead that has cases."""
    found = []
    for lead, (cases, cloudy, brier, crps, *ranks) in enumerate(sums.rows.tolist(), start=1):
        if cases:
            share = cloudy / cases
            score = LeadScore(
                lead_days=lead, cases=int(cases), brier=brier / cases,
                brier_climate=share * (1.0 - share), crps=crps / cases,
                ranks=[count / cases for count in ranks],
            )  # fmt: skip
            found.append(score)
    return found
