"""From the geometry of a block to what each link sees in each interval: losses, clicks, errors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.physics.detail_columns import SECOND, loss_name
from qkdopt.physics.key_accumulation import bit_accumulator
from qkdopt.physics.link.pair_arm import PairArmBudget
from qkdopt.physics.link_samples import link_sampler
from qkdopt.physics.orbit import AccessSamples, pair_access, station_pairs
from qkdopt.physics.orbit.access import Block
from qkdopt.physics.protocols import Observables
from qkdopt.physics.protocols.pairs import pair_protocol, receivers_by_sample
from qkdopt.physics.scenario import PairLink, Scenario


@dataclass(frozen=True)
class BlockDetails:
    """Cells of one block in which a link may work, by link and then interval; ``C`` of them.

    Attributes
    ----------
    link
        Position in ``scenario.links``, shape ``(C,)``.
    interval
        Global index, shape ``(C,)``.
    columns
        By name, each of shape ``(C,)``; ``nan`` where a link has no such number.
    """

    link: Integers
    interval: Integers
    columns: dict[str, Floats]


class _Seen(NamedTuple):
    """Samples of one kind of links; each array has shape ``(S,)``.

    ``losses_db`` by column.
    """

    link: Integers
    second: Integers
    losses_db: dict[str, Floats]
    rates: Observables


_Kind = Callable[[AccessSamples, Block], _Seen]


def detail_accumulator(scenario: Scenario) -> Callable[[AccessSamples, Block], BlockDetails]:
    """Return what turns one block's geometry into details by link and interval.

    Losses are means of decibels over the seconds of contact, so that terms add up to the total.
    """
    kinds: list[_Kind] = []
    if scenario.station_links:
        kinds.append(_of_stations(scenario))
    if scenario.pair_links:
        kinds.append(_of_pairs(scenario))
    accumulate = bit_accumulator(scenario)
    interval_s, count = scenario.grid.interval_s, len(scenario.links)

    def work(samples: AccessSamples, block: Block) -> BlockDetails:
        first, length = block[0] // interval_s, (block[1] - block[0]) // interval_s
        cells, parts = [np.zeros(0, dtype=np.int64)], []
        for kind in kinds:
            seen = kind(samples, block)
            cell, place = np.unique(
                seen.link * length + seen.second // interval_s - first, return_inverse=True
            )
            cells.append(cell)
            parts.append(_columns(seen, place, cell.size))
        found = accumulate(samples, block)
        bits = np.zeros((count, length), dtype=np.int64)
        bits[:, found.interval - first] = found.bits
        cell = np.concatenate(cells)
        columns = _joined(parts) | {"secret_bits": bits.ravel()[cell].astype(np.float64)}
        order = np.argsort(cell)
        link, interval = np.divmod(cell[order], max(length, 1))
        return BlockDetails(
            link, interval + first, {name: values[order] for name, values in columns.items()}
        )

    return work


def _columns(seen: _Seen, place: Integers, count: int) -> dict[str, Floats]:
    """Return sums and means by cell, shape ``(count,)``."""

    def summed(values: Floats | None = None) -> Floats:
        return np.bincount(place, weights=values, minlength=count).astype(np.float64)

    seconds = summed()
    rates = seen.rates
    sifted = summed(rates.sifted_rate_hz)
    wrong = summed(np.where(rates.sifted_rate_hz == 0.0, 0.0, rates.sifted_rate_hz * rates.qber))
    with np.errstate(divide="ignore", invalid="ignore"):
        qber = np.where(sifted == 0.0, np.nan, wrong / sifted)
    return {
        "contact_s": seconds,
        **{name: summed(values) / seconds for name, values in seen.losses_db.items()},
        "click_rate_hz": summed(rates.click_rate_hz) / seconds,
        "sifted_bits": sifted,
        "qber": qber,
    }


def _joined(parts: list[dict[str, Floats]]) -> dict[str, Floats]:
    """Return the columns of several kinds one below the other, ``nan`` where one has none."""
    names = dict.fromkeys(name for part in parts for name in part)
    sizes = [len(part["contact_s"]) for part in parts]
    return {
        name: np.concatenate(
            [part.get(name, np.full(size, np.nan)) for part, size in zip(parts, sizes, strict=True)]
        )
        for name in names
    }


def _decibels(factors: dict[str, Floats], prefix: str = "") -> dict[str, Floats]:
    """Return the losses of factors and their total [dB] by column."""
    with np.errstate(divide="ignore"):
        found = {
            prefix + loss_name(term): -10.0 * np.log10(share) + 0.0
            for term, share in factors.items()
        }
    return {f"{prefix}loss_total_db": np.sum(list(found.values()), axis=0), **found}


def _of_stations(scenario: Scenario) -> _Kind:
    sampled = link_sampler(scenario)

    def seen(samples: AccessSamples, block: Block) -> _Seen:
        found = sampled(samples)
        own = found.samples
        factors = found.budget.factors(own.range_m, own.elevation_rad, found.cloud_code)
        rates = found.protocol.observables(found.transmittance())
        return _Seen(found.link, own.second, _decibels(factors), rates)

    return seen


def _of_pairs(scenario: Scenario) -> _Kind:
    arm, protocol = PairArmBudget.of(scenario), pair_protocol(scenario)
    receivers = receivers_by_sample(scenario)
    pairs = station_pairs([scenario.positions(link) for link in scenario.links])
    numbered = enumerate(scenario.links)
    link_of = np.array([n for n, link in numbered if isinstance(link, PairLink)], dtype=np.int64)

    def seen(samples: AccessSamples, block: Block) -> _Seen:
        both = pair_access(samples, block, pairs, len(scenario.stations))
        losses_db: dict[str, Floats] = {}
        etas, ends = [], []
        for prefix, positions in (("", both.first), (SECOND, both.second)):
            end = samples.where(positions)
            codes = scenario.cloud_codes(end.station, end.second)
            path, receiver = arm.at(end.station), receivers(end)
            factors = path.factors(end.range_m, end.elevation_rad, codes)
            factors["receiver_optics"] = np.full(positions.size, receiver.coupling)
            factors["detector"] = np.full(positions.size, receiver.detector_efficiency)
            losses_db |= _decibels(factors, prefix)
            etas.append(path.transmittance(end.range_m, end.elevation_rad, codes))
            ends.append(receiver)
        rates = protocol.observables(*etas, receivers=ends)
        return _Seen(link_of[both.pair], samples.second[both.first], losses_db, rates)

    return seen
