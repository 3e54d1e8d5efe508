"""Samples of the links to one station: what each meets on its way, and what receives it."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.physics.link import DownlinkBudget
from qkdopt.physics.orbit import AccessSamples
from qkdopt.physics.protocols.decoy_bb84 import DecoyBB84
from qkdopt.physics.protocols.stations import CheckedProtocol, protocol_by_sample
from qkdopt.physics.scenario import PairLink, Scenario


class LinkSamples(NamedTuple):
    """Samples in which a link to one station may work, ``S`` of them.

    Attributes
    ----------
    link
        Positions in ``scenario.links``, shape ``(S,)``.
    samples
        Their geometry.
    cloud_code
        From 0 to 150, shape ``(S,)``.
    budget, protocol
        Those of the station of each sample, under its Sun.
    """

    link: Integers
    samples: AccessSamples
    cloud_code: Floats
    budget: DownlinkBudget
    protocol: DecoyBB84 | CheckedProtocol

    def transmittance(self) -> Floats:
        """Return the overall transmittance, detector included, shape ``(S,)``."""
        samples = self.samples
        return self.budget.transmittance(samples.range_m, samples.elevation_rad, self.cloud_code)


def link_sampler(scenario: Scenario) -> Callable[[AccessSamples], LinkSamples]:
    """Return what finds the samples of links to one station among those of a block."""
    budget, protocol = DownlinkBudget.of(scenario), protocol_by_sample(scenario)
    nobody = -1
    link_of = np.full(len(scenario.stations), nobody, dtype=np.int64)
    for position, link in enumerate(scenario.links):
        if not isinstance(link, PairLink):
            link_of[scenario.positions(link)[0]] = position

    def sampled(samples: AccessSamples) -> LinkSamples:
        link = link_of[samples.station]
        used = link != nobody
        if not used.all():
            samples, link = samples.where(used), link[used]
        codes = scenario.cloud_codes(samples.station, samples.second)
        return LinkSamples(link, samples, codes, budget.at(samples.station), protocol(samples))

    return sampled
