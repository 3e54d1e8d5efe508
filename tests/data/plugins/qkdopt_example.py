"""A solver, a protocol and a loss term for qkdopt, as another package would add them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def longest_contact(problem, strategy, options):
    """Serve in each run of active intervals only the link with the most key in it."""
    schedule = [-1] * problem.interval.size
    last_link, last_service = -1, None
    breaks = np.flatnonzero(np.diff(problem.interval) != 1) + 1
    for run in np.split(np.arange(problem.interval.size), breaks):
        if not run.size:
            continue
        link = int(problem.bits[:, run].sum(axis=1).argmax())
        for a in run.tolist():
            time = int(problem.interval[a])
            turning = link != last_link and last_service is not None
            if turning and time - last_service <= problem.tau:
                continue
            if problem.bits[link, a] > 0:
                schedule[a], last_link, last_service = link, link, time
    return schedule


def illegal(problem, strategy, options):
    """Serve the best link of each interval and forget that hand-overs take time."""
    return problem.bits.argmax(axis=0)


@dataclass(frozen=True)
class SinglePhotonBB84:
    """BB84 with an ideal source of single photons (Shor and Preskill, 2000)."""

    pulse_rate_hz: float = 1e8
    qber: float = 0.02

    def __post_init__(self):
        if not 0 <= self.qber <= 0.5:
            raise ValueError(f"qber: got {self.qber}, expected 0 <= qber <= 0.5")

    def key_rate_bits_per_s(self, transmittance):
        """Return ``rate * eta / 2 * (1 - 2 h2(qber))``, at least 0 [bits/s]."""
        e = self.qber
        entropy = 0.0 if e == 0 else -(e * np.log2(e) + (1 - e) * np.log2(1 - e))
        return self.pulse_rate_hz * transmittance / 2 * max(0.0, 1 - 2 * entropy)


class NegativeProtocol:
    """A protocol with a defect."""

    def key_rate_bits_per_s(self, transmittance):
        """Return what no key rate can be."""
        return -np.ones_like(transmittance)


@dataclass(frozen=True)
class FixedLoss:
    """The same loss in all directions, for instance of a window or a fibre behind the telescope."""

    loss_db: float

    def __post_init__(self):
        if not self.loss_db >= 0:
            raise ValueError(f"loss_db: got {self.loss_db}, expected loss_db >= 0")

    def transmittance(self, range_m, elevation_rad):
        """Return the share of photons that pass, from 0 to 1."""
        return np.full_like(range_m, 10 ** (-self.loss_db / 10))


class WrongShape:
    """A loss with a defect."""

    def transmittance(self, range_m, elevation_rad):
        """Return one number too few."""
        return np.ones(max(0, range_m.size - 1))
