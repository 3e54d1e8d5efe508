"""Expected detections and errors by link and interval, of which finite blocks are made."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, Self

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.errors import Described, InputError
from qkdopt.physics.key_accumulation import success_fraction
from qkdopt.physics.link_samples import link_sampler
from qkdopt.physics.orbit import Access, AccessSamples
from qkdopt.physics.orbit.access import Block
from qkdopt.physics.pair_samples import pair_sampler
from qkdopt.physics.protocols.decoy_bb84 import DecoyBB84, error_rate, gain
from qkdopt.physics.protocols.finite_key import finite_key_length
from qkdopt.physics.protocols.pairs import pair_protocol
from qkdopt.physics.scenario import PairLink, Scenario
from qkdopt.physics.scenario.finite_key import FiniteKey

_CHECK_SHARES = np.geomspace(0.5, 2e-3, 48)

KeyLengths = Callable[[Floats, Floats], Integers]
"""Whole bits of blocks, shape ``(...)``, by their detections and errors, ``(k, ...)`` each."""


@dataclass(frozen=True, eq=False)
class LinkCounts:
    """Expected detections of one link in the intervals in which it may work, ``C`` of them.

    Of a link to one station both sides may have chosen either basis: of the detections, the share
    ``p^2`` is in the key basis on both sides and ``(1 - p)^2`` in the check basis. Of a link to a
    pair they are sifted bits, of which a share is disclosed.

    Attributes
    ----------
    interval
        Global indices, increasing, shape ``(C,)``.
    detections, errors
        By intensity, as ``[finite_key]`` lists them, shape ``(k, C)``; of pairs ``k = 1``.
    lengths
        Whole bits of blocks by the proof of the link.
    success_fraction
        Share of passes in which the link works; 1 but for pairs with one that is assumed.
    """

    interval: Integers
    detections: Floats
    errors: Floats
    lengths: KeyLengths
    success_fraction: float = 1.0

    @property
    def rows(self) -> Floats:
        """Detections, then errors: all that adds up to a block, shape ``(2k, C)``."""
        return np.concatenate([self.detections, self.errors])

    def bits(self, sums: Floats, *, several_passes: bool = False) -> Integers:
        """Return the whole expected bits of blocks, shape ``(...)``.

        With a success fraction ``phi`` a block within one pass has its key with that probability;
        of one of several passes the key of ``phi`` times its counts is returned.

        Parameters
        ----------
        sums
            Sums of :attr:`rows` over each block, shape ``(2k, ...)``.
        """
        share = self.success_fraction
        if several_passes:
            return self.lengths(*np.split(share * sums, 2))
        whole = self.lengths(*np.split(sums, 2))
        return whole if share == 1.0 else np.floor(share * whole).astype(np.int64)


def finite_counts(scenario: Scenario, *, workers: int | None = None) -> dict[str, LinkCounts]:
    """Return the counts of each link by its name, for the settings of ``[finite_key]``.

    Every second is sampled as for the key tensor. To one station, detections of intensity ``mu_k``
    are ``rate p_k (Y0 + 1 - exp(-eta mu_k))``, errors
    ``rate p_k [Y0/2 + e_d (1 - exp(-eta mu_k))]`` (Ma et al., Phys. Rev. A 72, 012326, equations 9
    and 11), both times the share of time in which the station is live. To a pair, they are sifted
    bits and the wrong ones among them, as :class:`~qkdopt.physics.protocols.bbm92.BBM92` has them.

    Parameters
    ----------
    scenario
        Of one satellite, with a table ``[finite_key]``.
    workers
        Threads; all cores by default.

    Raises
    ------
    InputError
        Without the table, for a protocol of another package, whose blocks have no proof here, and
        for pairs whose rate is already that of a finite block.
    """
    settings = _settings(scenario)
    kinds: list[_Kind] = []
    if scenario.station_links:
        kinds.append(_stations(scenario, settings))
    if scenario.pair_links:
        kinds.append(_pairs(scenario, settings))
    interval_s = scenario.grid.interval_s

    def work(samples: AccessSamples, block: Block) -> list[_Cells]:
        return [_cells(kind.sampled(samples, block), block, interval_s) for kind in kinds]

    found = list(Access(scenario).over_blocks(work, workers=workers))
    counts: dict[str, LinkCounts] = {}
    for n, kind in enumerate(kinds):
        parts = [_Cells.empty(2 * kind.size), *(block[n] for block in found)]
        link, interval, sums = (np.concatenate(part, axis=-1) for part in zip(*parts, strict=True))
        for position, item in enumerate(scenario.links):
            if isinstance(item, PairLink) == kind.pairs:
                own = np.flatnonzero(link == position)
                detections, errors = np.split(sums[:, own], 2)
                counts[item.name] = LinkCounts(
                    interval[own], detections, errors, kind.lengths, success_fraction(item)
                )
    return {item.name: counts[item.name] for item in scenario.links}


def _settings(scenario: Scenario) -> FiniteKey:
    where = f"{scenario.origin}: finite_key"
    if scenario.finite_key is None:
        raise InputError(where, "nothing", "a table [finite_key]")
    plugin = None if scenario.plugins is None else scenario.plugins.protocol
    if plugin is not None and scenario.station_links:
        raise InputError(where, Described(f"the protocol {plugin}"), "decoy-state BB84")
    if scenario.pair_links and scenario.entanglement is not None:
        already = scenario.entanglement.source.finite_block
        if already != "none":
            place = f"{scenario.origin}: entanglement.source.finite_block"
            raise InputError(place, already, "none where [finite_key] makes blocks")
    return scenario.finite_key


class _Sampled(NamedTuple):
    """Links, seconds, and counts per second of samples: ``(S,)``, ``(S,)``, ``(2k, S)``."""

    link: Integers
    second: Integers
    rates: list[Floats]


class _Cells(NamedTuple):
    """Links, intervals and counts of cells: ``(C,)``, ``(C,)``, ``(2k, C)``."""

    link: Integers
    interval: Integers
    sums: Floats

    @classmethod
    def empty(cls, rows: int) -> Self:
        nothing = np.zeros(0, dtype=np.int64)
        return cls(nothing, nothing, np.zeros((rows, 0)))


class _Kind(NamedTuple):
    """The links to one station, or those to pairs.

    ``sampled`` turns one block's geometry into detections, then errors, of ``size`` intensities.
    """

    pairs: bool
    size: int
    sampled: Callable[[AccessSamples, Block], _Sampled]
    lengths: KeyLengths


def _cells(found: _Sampled, block: Block, interval_s: int) -> _Cells:
    """Return the sums over the seconds of each link and interval."""
    first, length = block[0] // interval_s, (block[1] - block[0]) // interval_s
    number = found.link * length + found.second // interval_s - first
    cell, place = np.unique(number, return_inverse=True)
    sums = [np.bincount(place, weights=row, minlength=cell.size) for row in found.rates]
    link, interval = np.divmod(cell, max(length, 1))
    return _Cells(link, interval + first, np.asarray(sums, dtype=np.float64))


def _stations(scenario: Scenario, settings: FiniteKey) -> _Kind:
    located = link_sampler(scenario)

    def sampled(samples: AccessSamples, block: Block) -> _Sampled:
        own = located(samples)
        assert isinstance(own.protocol, DecoyBB84)  # see _settings
        rates = _rates(own.protocol, settings, own.transmittance())
        return _Sampled(own.link, own.samples.second, rates)

    efficiency = scenario.source.error_correction_efficiency
    lengths = partial(key_lengths, settings, error_correction=efficiency)
    return _Kind(False, len(settings.intensities), sampled, lengths)


def _pairs(scenario: Scenario, settings: FiniteKey) -> _Kind:
    located, protocol = pair_sampler(scenario), pair_protocol(scenario)

    def sampled(samples: AccessSamples, block: Block) -> _Sampled:
        own = located(samples, block)
        found = protocol.observables(*own.transmittance, receivers=own.receivers)
        # No brightness makes key there, or nothing coincides: nothing is counted.
        rates = [found.sifted_rate_hz, found.sifted_rate_hz * found.qber]
        return _Sampled(own.link, own.second, [np.nan_to_num(rate, nan=0.0) for rate in rates])

    overhead = protocol.error_correction_overhead
    lengths = partial(pair_key_lengths, settings, error_correction=overhead)
    return _Kind(True, 1, sampled, lengths)


def _rates(protocol: DecoyBB84, settings: FiniteKey, eta: Floats) -> list[Floats]:
    """Return detections, then errors, per second of each intensity, ``2 k`` of shape ``(S,)``."""
    background = protocol.background_yield
    clicks, errors = [], []
    for intensity, share in zip(settings.intensities, settings.shares, strict=True):
        per_s = protocol.pulse_rate_hz * share * gain(eta, intensity, background)
        clicks.append(per_s)
        wrong = error_rate(eta, intensity, background, protocol.misalignment_error)
        errors.append(per_s * wrong)
    live = protocol.live_share(np.sum(clicks, axis=0))
    return [rate * live for rate in (*clicks, *errors)]


def key_lengths(
    settings: FiniteKey, detections: Floats, errors: Floats, error_correction: float
) -> Integers:
    """Return the whole secret bits of blocks of links to one station, shape ``(...)``.

    Parameters
    ----------
    detections, errors
        Sums over each block as in :class:`LinkCounts`, shape ``(k, ...)``.
    error_correction
        Bits spent on error correction over the Shannon limit.
    """
    key, check = settings.key_basis_share**2, (1.0 - settings.key_basis_share) ** 2
    lengths = finite_key_length(
        proof=settings.proof,
        bound=settings.bound,
        intensities=settings.intensities,
        shares=settings.shares,
        key_basis_counts=key * detections,
        check_basis_counts=check * detections,
        key_basis_errors=key * errors,
        check_basis_errors=check * errors,
        error_correction=error_correction,
        eps_secrecy=settings.eps_secrecy,
        eps_correctness=settings.eps_correctness,
    )
    return np.floor(lengths).astype(np.int64)


def pair_key_lengths(
    settings: FiniteKey, sifted: Floats, errors: Floats, error_correction: float
) -> Integers:
    """Return the whole secret bits of blocks of links to pairs, shape ``(...)``.

    Parameters
    ----------
    sifted, errors
        Sums over each block as in :class:`LinkCounts`, shape ``(1, ...)``.
    error_correction
        As for :func:`key_lengths`.
    """
    (bits,), (wrong,) = sifted, errors
    share = settings.pair_check_share
    best = np.zeros(np.shape(bits))
    for check in _CHECK_SHARES if share == "optimised" else (share,):
        lengths = finite_key_length(
            proof=settings.pair_proof,
            key_basis_counts=(1.0 - check) * bits,
            check_basis_counts=check * bits,
            key_basis_errors=(1.0 - check) * wrong,
            check_basis_errors=check * wrong,
            error_correction=error_correction,
            eps_secrecy=settings.eps_secrecy,
            eps_correctness=settings.eps_correctness,
        )
        best = np.maximum(best, lengths)
    return np.floor(best).astype(np.int64)
