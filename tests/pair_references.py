"""BBM92 from first principles: photon by photon, without any closed form."""

from __future__ import annotations

from itertools import product

import numpy as np


def photon_number_sum(
    half_mean: float,
    eta_a: float,
    eta_b: float,
    dark_a: float,
    dark_b: float,
    flipped: float,
    most_pairs: int = 60,
) -> tuple[float, float]:
    """Return coincidences per window in one basis, and the share of wrong bits.

    Type-II down-conversion sends n pairs with ``(n+1) L^n / (1+L)^(n+2)`` in the state
    ``sum_m |n-m, m> |m, n-m> / sqrt(n+1)`` of (H, V) photons; it looks the same in the other
    basis. Every photon is seen with the arm's ``eta``; each of the two detectors clicks without
    light with a probability such that either does with ``dark``. Two clicks at one station are
    decided by a coin; the bits of a pair should differ; ``flipped`` of them are turned over.
    """
    single_a, single_b = 1 - (1 - dark_a) ** 0.5, 1 - (1 - dark_b) ** 0.5
    coincident = differing = 0.0
    for pairs in range(most_pairs + 1):
        weight = half_mean**pairs / (1 + half_mean) ** (pairs + 2)  # the n + 1 cancels
        for m in range(pairs + 1):
            alice = bits(pairs - m, m, eta_a, single_a)
            bob = bits(m, pairs - m, eta_b, single_b)
            for (one, p), (other, q) in product(alice.items(), bob.items()):
                coincident += weight * p * q
                differing += weight * p * q * (one != other)
    right = (1 - flipped) * differing + flipped * (coincident - differing)
    return coincident, 1 - right / coincident


def bits(horizontal: int, vertical: int, eta: float, dark: float) -> dict[int, float]:
    """Return the probabilities of reading 0 and 1; what is missing is no click."""
    click_h = 1 - (1 - dark) * (1 - eta) ** horizontal
    click_v = 1 - (1 - dark) * (1 - eta) ** vertical
    both = click_h * click_v
    return {0: click_h - both + both / 2, 1: click_v - both + both / 2}


def pairs_after_loss(pairs: int) -> np.ndarray:
    """Return the polarisation state, 4x4, when one photon of each arm is left of ``pairs``.

    The source's state in Fock space, all but one photon traced out in each arm.
    """
    size = pairs + 1
    psi = np.zeros((size, size))  # amplitude by Alice's and by Bob's number of V photons
    for m in range(size):
        psi[m, pairs - m] = 1 / np.sqrt(size)
    # Losing a photon from |h, v>: sqrt(h) |h-1, v> with an H photon gone, sqrt(v) with a V.
    states = [psi]
    for arm in (0, 1):
        for left in range(pairs, 1, -1):
            states = [lost for state in states for lost in _lose(state, arm, left)]
    total = sum(np.outer(state.ravel(), state.ravel()) for state in states)
    return total / np.trace(total)


def _lose(state: np.ndarray, arm: int, photons: int) -> list[np.ndarray]:
    state = np.moveaxis(state, arm, 0)
    vertical = np.arange(photons + 1)
    gone_h = (np.sqrt(photons - vertical)[:, None] * state)[:-1]
    gone_v = (np.sqrt(vertical)[:, None] * state)[1:]
    return [np.moveaxis(lost, 0, arm) for lost in (gone_h, gone_v)]
