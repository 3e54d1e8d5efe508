"""Two security proofs of decoy-state BB84 with finite statistics, as functions of the counts.

Symbols are those of the papers: ``tau_n`` is the share of pulses with ``n`` photons, ``s0``
and ``s1`` bound the detections that came from pulses of none and of one photon, ``v`` the errors
among the latter, ``phi`` the phase error rate of the key. Arrays hold one block per position of
``...``; the first axis of counts is the intensity, strongest first.
"""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.physics.protocols.decoy_bb84 import binary_entropy

_LIM_TERMS = 21.0  # failures that share eps_secrecy
_ONE_DECOY_TERMS = 15.0
_WORST_PHASE_ERROR = 0.5


class FiniteKeySettings(NamedTuple):
    """Of the source and of the proof.

    Attributes
    ----------
    intensities, shares
        Mean photons of a pulse and share of all pulses that have it, shape ``(k,)``; empty for
        entangled pairs.
    error_correction
        Bits spent on error correction over the Shannon limit.
    eps_secrecy, eps_correctness
        Security parameters.
    """

    intensities: Floats
    shares: Floats
    error_correction: float
    eps_secrecy: float
    eps_correctness: float

    def photon_share(self, photons: int) -> float:
        """Return ``tau_n``, the share of all pulses that hold so many photons."""
        mu = self.intensities
        poisson = np.exp(-mu) * mu**photons / math.factorial(photons)
        return float(self.shares @ poisson)

    def weighted(self, counts: Floats) -> Floats:
        """Return counts times ``exp(mu_k) / p_k``: what every pulse would make; ``(k, ...)``."""
        weights = np.exp(self.intensities) / self.shares
        return weights.reshape(-1, *[1] * (counts.ndim - 1)) * counts


class BlockCounts(NamedTuple):
    """Sifted detections and errors.

    Attributes
    ----------
    key, check
        Detections in the basis that makes key and in the other one, shape ``(k, ...)``.
    key_errors
        Errors in the key basis by intensity, ``(k, ...)``, or their sum with ``k = 1``.
    check_errors
        Errors in the check basis, shape ``(k, ...)``.
    """

    key: Floats
    check: Floats
    key_errors: Floats
    check_errors: Floats


_Limits = tuple[Floats, Floats]
_Bound = Callable[[Floats, float], _Limits]


def _chernoff(counts: Floats, beta: float) -> _Limits:
    """Return limits of expected counts, ``exp(-beta)`` the chance that one is passed."""
    low = counts - beta / 2.0 - np.sqrt(2.0 * counts * beta + beta**2 / 4.0)
    return low, counts + beta + np.sqrt(2.0 * counts * beta + beta**2)


def _hoeffding(counts: Floats, beta: float) -> _Limits:
    away = np.sqrt(counts.sum(axis=0) * beta / 2.0)
    return counts - away, counts + away


LIM_BOUNDS: Mapping[str, _Bound] = MappingProxyType(
    {"chernoff": _chernoff, "hoeffding": _hoeffding}
)
"""Limits of expected counts by the name of the inequality, of the proof ``lim-2014``."""


def lim_length(settings: FiniteKeySettings, counts: BlockCounts, bound: str) -> Floats:
    """Return the length of each block [bit] with two decoys, 0 or more, not rounded.

    Equations 1 to 5 of Lim et al. (2014), without assuming that the weakest pulses are empty.
    Limits of expected counts are not cut at 0, as in SatQuMA; bounds on photons are.

    Parameters
    ----------
    bound
        A name in :data:`LIM_BOUNDS`.
    """
    one_of_all = _LIM_TERMS / settings.eps_secrecy
    beta = math.log(one_of_all)
    limits = LIM_BOUNDS[bound]
    vacuum, single = _lim_photons(settings, limits(counts.key, beta))
    _, checked = _lim_photons(settings, limits(counts.check, beta))
    low, high = (settings.weighted(part) for part in limits(counts.check_errors, beta))
    apart = settings.intensities[1] - settings.intensities[2]
    wrong = settings.photon_share(1) * (high[1] - low[2]) / apart
    wrong = np.clip(wrong, 0.0, counts.check_errors.sum(axis=0))
    phase_error = _lim_phase_error(wrong, checked, single, one_of_all)
    secret = vacuum + single * (1.0 - binary_entropy(phase_error))
    spent = 6.0 * math.log2(one_of_all) + math.log2(2.0 / settings.eps_correctness)
    return length_after_correction(settings, counts, secret, spent)


def _lim_photons(settings: FiniteKeySettings, limits: _Limits) -> _Limits:
    """Return lower bounds on detections of empty pulses and of single photons, ``(...)`` each."""
    low, high = (settings.weighted(part) for part in limits)
    strong, weak, weakest = settings.intensities
    empty = settings.photon_share(0)
    vacuum = empty * (weak * low[2] - weakest * high[1]) / (weak - weakest)
    vacuum = np.maximum(vacuum, 0.0)
    several = (weak**2 - weakest**2) / strong**2 * (high[0] - vacuum / empty)
    scale = settings.photon_share(1) * strong
    scale /= strong * (weak - weakest) - weak**2 + weakest**2
    return vacuum, np.maximum(scale * (low[1] - high[2] - several), 0.0)


def _lim_phase_error(wrong: Floats, checked: Floats, single: Floats, one_of_all: float) -> Floats:
    """Return the phase error rate, at most 1/2: what was seen, and sampling without replacement."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        seen = wrong / checked
        both = (checked + single) / (checked * single)
        spread = both / ((1.0 - seen) * seen) * one_of_all**2
        away = np.sqrt(both * (1.0 - seen) * seen / math.log(2.0) * np.log2(spread))
        found = seen + np.where(seen == 0.0, 0.0, away)
    usable = (checked > 0.0) & (single > 0.0) & (seen < _WORST_PHASE_ERROR)
    return np.where(usable, np.minimum(found, _WORST_PHASE_ERROR), _WORST_PHASE_ERROR)


def one_decoy_length(settings: FiniteKeySettings, counts: BlockCounts, bound: str) -> Floats:
    """Return the length of each block [bit] with one decoy, 0 or more, not rounded.

    Wiesemann et al. (arXiv:2405.16578), sections 4 and 6, with Serfling's inequality and without
    the detections of empty pulses. A limit of an expected count lies between 0 and all counts.

    Parameters
    ----------
    bound
        ``hoeffding``: this proof has no other.
    """
    del bound
    one_of_all = _ONE_DECOY_TERMS / settings.eps_secrecy
    single = _one_decoy_single(settings, counts.key, counts.key_errors, one_of_all)
    checked = _one_decoy_single(settings, counts.check, counts.check_errors, one_of_all)
    low, high = _weighted_limits(settings, counts.check_errors, one_of_all)
    apart = settings.intensities[0] - settings.intensities[1]
    wrong = settings.photon_share(1) / apart * (high[0] - low[1])
    wrong = np.clip(wrong, 0.0, counts.check.sum(axis=0))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        sampled = (single + checked) / (single * checked) * (checked + 1.0) / checked
        found = wrong / checked + np.sqrt(sampled * math.log(one_of_all))
    usable = (checked > 0.0) & (single > 0.0)
    phase_error = np.where(usable, np.minimum(found, _WORST_PHASE_ERROR), _WORST_PHASE_ERROR)
    secret = single * (1.0 - binary_entropy(phase_error))
    spent = 4.0 * math.log2(one_of_all / 2.0**0.25) + math.log2(2.0 / settings.eps_correctness)
    return length_after_correction(settings, counts, secret, spent)


def _one_decoy_single(
    settings: FiniteKeySettings, counts: Floats, errors: Floats, one_of_all: float
) -> Floats:
    """Return a lower bound on the detections of single photons, shape ``(...)``."""
    strong, weak = settings.intensities
    empty, every = settings.photon_share(0), counts.sum(axis=0)
    _, wrong = _weighted_limits(settings, errors, one_of_all)
    vacuum = 2.0 * (empty * wrong.min(axis=0) + _deviation(every, one_of_all))
    vacuum = np.clip(vacuum, 0.0, every)
    low, high = _weighted_limits(settings, counts, one_of_all)
    ratio = (weak / strong) ** 2
    rest = low[1] - ratio * high[0] - (1.0 - ratio) / empty * vacuum
    scale = strong * settings.photon_share(1) / (weak * (strong - weak))
    found: Floats = np.clip(scale * rest, 0.0, every)
    return found


def _weighted_limits(settings: FiniteKeySettings, counts: Floats, one_of_all: float) -> _Limits:
    every = counts.sum(axis=0)
    away = _deviation(every, one_of_all)
    low, high = (np.clip(counts + sign * away, 0.0, every) for sign in (-1.0, 1.0))
    return settings.weighted(low), settings.weighted(high)


def _deviation(every: Floats, one_of_all: float) -> Floats:
    """Return Hoeffding's deviation of a sum of so many counts."""
    return np.sqrt(every * math.log(one_of_all) / 2.0)


def length_after_correction(
    settings: FiniteKeySettings, counts: BlockCounts, secret: Floats, spent: Floats | float
) -> Floats:
    """Return secret bits less those for error correction, verification and hashing."""
    every, errors = counts.key.sum(axis=0), counts.key_errors.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(every > 0.0, errors / every, 0.0)
    corrected = settings.error_correction * every * binary_entropy(rate)
    return np.where(every > 0.0, np.maximum(secret - corrected - spent, 0.0), 0.0)
