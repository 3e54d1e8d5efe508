"""From the geometry of a block to whole secret bits: links to stations, links to pairs."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.physics.link_samples import link_sampler
from qkdopt.physics.orbit import AccessSamples
from qkdopt.physics.orbit.access import Block
from qkdopt.physics.pair_samples import pair_sampler
from qkdopt.physics.protocols.pairs import pair_protocol
from qkdopt.physics.scenario import Link, PairLink, Scenario


class AccumulatedBits(NamedTuple):
    """What one block holds.

    Attributes
    ----------
    interval
        Global indices of the intervals in which some link has a bit, shape ``(A,)``.
    bits
        By link and interval, shape ``(N, A)``; under an ensemble of skies ``(M, N, A)``.
    accessible_s
        Seconds in which each link may work, shape ``(N,)``.
    """

    interval: Integers
    bits: Integers
    accessible_s: Integers


class _Samples(NamedTuple):
    """Key rates: position of the link, second after the start, bits per second; ``(S,)``."""

    link: Integers
    second: Integers
    bits_per_s: Floats


_Rates = Callable[[AccessSamples, Block], _Samples]


_BlockBits = Callable[[AccessSamples, Block], tuple[Integers, Integers]]


def bit_accumulator(scenario: Scenario) -> Callable[[AccessSamples, Block], AccumulatedBits]:
    """Return what turns one block's geometry into whole bits by link and interval.

    Under an ensemble of skies each member is counted alone, from the same geometry.
    """
    skies, interval_s = scenario.ensemble, scenario.grid.interval_s
    alone = [scenario] if skies is None else map(scenario.with_clouds, skies.each())
    each = [_block_bits(one) for one in alone]

    def work(samples: AccessSamples, block: Block) -> AccumulatedBits:
        found = [bits_of(samples, block) for bits_of in each]
        bits = np.stack([bits for bits, _ in found])
        active = np.flatnonzero(bits.any(axis=(0, 1)))
        if skies is None:
            bits = bits[0]
        kept = bits[..., active]
        return AccumulatedBits(active + block[0] // interval_s, kept, found[0][1])

    return work


def _block_bits(scenario: Scenario) -> _BlockBits:
    """Return what counts one block's bits, shape ``(N, intervals)``, and accessible seconds."""
    kinds: list[_Rates] = []
    if scenario.station_links:
        kinds.append(_rates_of_stations(scenario))
    if scenario.pair_links:
        kinds.append(_rates_of_pairs(scenario))
    interval_s, count = scenario.grid.interval_s, len(scenario.links)
    expected = np.array([success_fraction(link) for link in scenario.links])[:, None]

    def bits_of(samples: AccessSamples, block: Block) -> tuple[Integers, Integers]:
        parts = [rates(samples, block) for rates in kinds]
        link, second, bits_per_s = (np.concatenate(p) for p in zip(*parts, strict=True))
        first, length = block[0] // interval_s, (block[1] - block[0]) // interval_s
        cell = link * length + second // interval_s - first
        # bincount adds in the order of its input, which is the order of time for each link.
        sums = np.bincount(cell, weights=bits_per_s, minlength=count * length)
        bits = np.floor(sums.reshape(count, length) * expected).astype(np.int64)
        return bits, np.bincount(link, minlength=count)

    return bits_of


def success_fraction(link: Link | PairLink) -> float:
    """Return the share of passes in which a link works, 1 where none is assumed."""
    fraction = link.success_fraction if isinstance(link, PairLink) else None
    return 1.0 if fraction is None else fraction


def _rates_of_stations(scenario: Scenario) -> _Rates:
    """Return the key rates of the links to one station, whose keys the satellite knows."""
    sampled = link_sampler(scenario)

    def rates(samples: AccessSamples, block: Block) -> _Samples:
        own = sampled(samples)
        bits_per_s = own.protocol.key_rate_bits_per_s(own.transmittance())
        return _Samples(own.link, own.samples.second, bits_per_s)

    return rates


def _rates_of_pairs(scenario: Scenario) -> _Rates:
    """Return the key rates of the links to two stations, both accessible in that second."""
    sampled, protocol = pair_sampler(scenario), pair_protocol(scenario)

    def rates(samples: AccessSamples, block: Block) -> _Samples:
        own = sampled(samples, block)
        bits_per_s = protocol.key_rate_bits_per_s(*own.transmittance, receivers=own.receivers)
        return _Samples(own.link, own.second, bits_per_s)

    return rates
