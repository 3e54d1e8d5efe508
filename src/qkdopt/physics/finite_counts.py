"""Expected detections and errors by link, interval and intensity, of which blocks are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.errors import Described, InputError
from qkdopt.physics.link_samples import link_sampler
from qkdopt.physics.orbit import Access, AccessSamples
from qkdopt.physics.orbit.access import Block
from qkdopt.physics.protocols.decoy_bb84 import DecoyBB84, error_rate, gain
from qkdopt.physics.protocols.finite_key import finite_key_length
from qkdopt.physics.scenario import Scenario
from qkdopt.physics.scenario.finite_key import FiniteKey

__all__ = ["LinkCounts", "finite_counts", "key_lengths"]


@dataclass(frozen=True, eq=False)
class LinkCounts:
    """Expected detections of one link in the intervals in which it may work, ``C`` of them.

    Both sides may have chosen either basis: of the detections, the share ``p^2`` is in the key
    basis on both sides and ``(1 - p)^2`` in the check basis.

    Attributes
    ----------
    interval
        Global indices, increasing, shape ``(C,)``.
    detections, errors
        By intensity, as ``[finite_key]`` lists them, shape ``(k, C)``.
    """

    interval: Integers
    detections: Floats
    errors: Floats


def finite_counts(scenario: Scenario, *, workers: int | None = None) -> dict[str, LinkCounts]:
    """Return the counts of each link by its name, for the settings of ``[finite_key]``.

    Every second is sampled as for the key tensor: detections of intensity ``mu_k`` are
    ``rate p_k (Y0 + 1 - exp(-eta mu_k))``, errors ``rate p_k [Y0/2 + e_d (1 - exp(-eta mu_k))]``
    (Ma et al., Phys. Rev. A 72, 012326, equations 9 and 11), both times the share of time in
    which the station is live.

    Parameters
    ----------
    scenario
        Of one satellite, with a table ``[finite_key]``.
    workers
        Threads; all cores by default.

    Raises
    ------
    InputError
        Without the table, with links to pairs of stations, and for a protocol of another package:
        there is no proof for their blocks here.
    """
    settings = _settings(scenario)
    counted, size = _counter(scenario, settings), len(settings.intensities)
    found = list(Access(scenario).over_blocks(counted, workers=workers))
    link = np.concatenate([np.zeros(0, np.int64), *(part[0] for part in found)])
    interval = np.concatenate([np.zeros(0, np.int64), *(part[1] for part in found)])
    rates = np.concatenate([np.zeros((2 * size, 0)), *(part[2] for part in found)], axis=1)
    counts = {}
    for position, item in enumerate(scenario.links):
        own = np.flatnonzero(link == position)
        counts[item.name] = LinkCounts(interval[own], rates[:size, own], rates[size:, own])
    return counts


def _settings(scenario: Scenario) -> FiniteKey:
    where = f"{scenario.origin}: finite_key"
    if scenario.finite_key is None:
        raise InputError(where, "nothing", "a table [finite_key]")
    if scenario.pair_links:
        came = Described(f"the link {scenario.pair_links[0].name} to a pair of stations")
        raise InputError(where, came, "links to one station: finite keys are of decoy-state BB84")
    if scenario.plugins is not None and scenario.plugins.protocol is not None:
        came = Described(f"the protocol {scenario.plugins.protocol}")
        raise InputError(where, came, "decoy-state BB84")
    return scenario.finite_key


_Counted = tuple[Integers, Integers, Floats]


def _counter(scenario: Scenario, settings: FiniteKey) -> Callable[[AccessSamples, Block], _Counted]:
    """Return what turns one block's geometry into link, interval and counts of its cells."""
    sampled, interval_s = link_sampler(scenario), scenario.grid.interval_s

    def counted(samples: AccessSamples, block: Block) -> _Counted:
        own = sampled(samples)
        assert isinstance(own.protocol, DecoyBB84)  # see _settings
        rates = _rates(own.protocol, settings, own.transmittance())
        first, length = block[0] // interval_s, (block[1] - block[0]) // interval_s
        number = own.link * length + own.samples.second // interval_s - first
        cell, place = np.unique(number, return_inverse=True)
        sums = [np.bincount(place, weights=row, minlength=cell.size) for row in rates]
        link, interval = np.divmod(cell, max(length, 1))
        return link, interval + first, np.asarray(sums, dtype=np.float64)

    return counted


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
    """Return the whole secret bits of blocks, shape ``(...)``.

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
