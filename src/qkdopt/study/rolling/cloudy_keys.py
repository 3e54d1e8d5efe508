"""Keys under any sky of whole codes, from the keys under skies of one code everywhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.physics import Scenario, compute_keys
from qkdopt.physics.clouds import CloudEnsemble
from qkdopt.tensor import KeyTensor

_SKY_STEP_S = 600
_CODES = 151


@dataclass(frozen=True, eq=False)
class CloudyKeys:
    """Whole bits of each link and interval as a function of the whole cloud code there.

    Attributes
    ----------
    clear
        The tensor under a clear sky, ``N`` links and ``A`` intervals.
    table
        Bits by code from 0 to 150, shape ``(151, A, N)``.
    step
        Which instant of the sky holds in each interval, shape ``(A,)``.
    time_s
        These instants, seconds after the start of the horizon, shape ``(T,)``.
    """

    clear: KeyTensor
    table: Integers
    step: Integers
    time_s: Integers

    def bits(self, code: Integers) -> Integers:
        """Return the bits under a sky, shape ``(N, A)``; ``code`` has shape ``(T, N)``."""
        _, intervals, links = self.table.shape
        cell = np.arange(intervals)[:, None], np.arange(links)
        return self.table[code[self.step], *cell].T

    def expected(self, share: Floats) -> Floats:
        """Return mean bits ``(N, A)`` where codes have these shares, shape ``(151, T, N)``."""
        begin = np.searchsorted(self.step, np.arange(self.time_s.size + 1))
        parts = [
            np.einsum("cn,can->na", share[:, t], self.table[:, first:last])
            for t, (first, last) in enumerate(pairwise(begin))
        ]
        return np.concatenate(parts, axis=1)

    def after(self, first: int) -> CloudyKeys:
        """Return the keys of the intervals from the instant ``first`` of the sky on."""
        begin = int(np.searchsorted(self.step, first))
        clear = replace(
            self.clear, bits=self.clear.bits[:, begin:], interval=self.clear.interval[begin:]
        )
        step = self.step[begin:] - first
        return CloudyKeys(clear, self.table[:, begin:], step, self.time_s[first:])


def code_shares(code: Integers) -> Floats:
    """Return the share of ``M`` skies with each code, shape ``(151, T, N)``."""
    members, *shape = code.shape
    cells = int(np.prod(shape))
    place = code.reshape(members, cells) * cells + np.arange(cells)
    counts = np.bincount(place.ravel(), minlength=_CODES * cells)
    shares: Floats = counts.reshape(_CODES, *shape) / members
    return shares


def cloudy_keys(scenario: Scenario) -> CloudyKeys:
    """Return the keys of a scenario's one satellite under any sky of whole codes, exactly.

    A code holds for 10 minutes; an interval has that of its middle.
    """
    grid = scenario.grid
    codes = np.empty((_CODES, 1, len(scenario.stations)))
    codes[:] = np.arange(_CODES)[:, None, None]
    skies = CloudEnsemble(grid.start_utc, grid.duration_s, codes, "one code everywhere")
    keys = compute_keys(scenario.with_clouds(skies))
    clear, every = keys.scenario(0), keys.scenarios
    table = clear.bits[None] if every is None else every.bits
    middle_s = clear.interval * grid.interval_s + grid.interval_s // 2
    time_s, step = np.unique(middle_s // _SKY_STEP_S * _SKY_STEP_S, return_inverse=True)
    return CloudyKeys(clear, np.ascontiguousarray(table.swapaxes(1, 2)), step, time_s)
