"""Samples of the links to two stations at once: transmittance and receiver of each arm."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.physics.link.pair_arm import PairArmBudget
from qkdopt.physics.orbit import AccessSamples, pair_access, station_pairs
from qkdopt.physics.orbit.access import Block
from qkdopt.physics.protocols.bbm92 import PairReceivers
from qkdopt.physics.protocols.pairs import receivers_by_sample
from qkdopt.physics.scenario import PairLink, Scenario


class PairSamples(NamedTuple):
    """Seconds in which both stations of a link are accessible, ``S`` of them.

    Attributes
    ----------
    link
        Positions in ``scenario.links``, shape ``(S,)``.
    second
        Seconds after the start, shape ``(S,)``.
    transmittance
        Of each arm, without its receiver, shape ``(S,)`` each.
    receivers
        Those at the two stations of each sample, under its Sun.
    """

    link: Integers
    second: Integers
    transmittance: tuple[Floats, Floats]
    receivers: list[PairReceivers]


def pair_sampler(scenario: Scenario) -> Callable[[AccessSamples, Block], PairSamples]:
    """Return what finds the samples of links to pairs among those of a block."""
    arm, receivers = PairArmBudget.of(scenario), receivers_by_sample(scenario)
    count = len(scenario.stations)
    pairs = station_pairs([scenario.positions(link) for link in scenario.links])
    numbered = enumerate(scenario.links)
    link_of = np.array([n for n, link in numbered if isinstance(link, PairLink)], dtype=np.int64)

    def sampled(samples: AccessSamples, block: Block) -> PairSamples:
        both = pair_access(samples, block, pairs, count)
        used, place = np.unique(np.concatenate([both.first, both.second]), return_inverse=True)
        station = samples.station[used]
        codes = scenario.cloud_codes(station, samples.second[used])
        path = arm.at(station)
        eta = path.transmittance(samples.range_m[used], samples.elevation_rad[used], codes)
        one, two = np.split(eta[place], 2)
        ends = [receivers(samples.where(end)) for end in (both.first, both.second)]
        return PairSamples(link_of[both.pair], samples.second[both.first], (one, two), ends)

    return sampled
