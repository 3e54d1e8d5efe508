"""Decoy states by linear programme: every photon number a variable, no closed form.

Gains ``Q_i`` and wrong clicks ``E_i Q_i`` of intensities ``mu_i`` are sums over photon numbers,
``Q_i = sum_n P_n(mu_i) Y_n`` with Poissonian ``P_n``; whatever yields ``0 <= Y_n <= 1`` an
eavesdropper chooses must explain what was counted. The least ``Y_1`` and the greatest
``e_1 Y_1`` among them are the best that three intensities can tell.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import linprog
from scipy.stats import poisson

MOST_PHOTONS = 30
_TIGHT = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}


def single_photon_bounds(intensities, gains, wrong):
    """Return the least ``Y_1`` and the greatest ``e_1 Y_1``; beyond 30 photons any yield."""
    return _extreme(intensities, gains, least=True), _extreme(intensities, wrong, least=False)


def _extreme(intensities, clicks, *, least):
    photons = np.arange(MOST_PHOTONS + 1)
    weights = np.array([poisson.pmf(photons, intensity) for intensity in intensities])
    beyond = poisson.sf(MOST_PHOTONS, intensities) + 1e-15
    # Yields in units of the largest gain, so that the solver's tolerances are relative ones.
    unit = max(clicks)
    target, slack = np.asarray(clicks) / unit, beyond / unit
    goal = np.zeros(MOST_PHOTONS + 1)
    goal[1] = 1.0 if least else -1.0
    found = linprog(
        goal,
        A_ub=np.vstack([weights, -weights]),
        b_ub=np.concatenate([target, slack - target]),
        bounds=(0.0, 1.0 / unit),
        method="highs-ds",
        options=_TIGHT,
    )
    assert found.status == 0, found.message
    return abs(found.fun) * unit


def entropy(p):
    return 0.0 if p in (0.0, 1.0) else -p * math.log2(p) - (1 - p) * math.log2(1 - p)


def key_rate(intensities, gains, wrong):
    """Return GLLP's secret bits per signal pulse at the Shannon limit, all bases kept."""
    yield_1, wrong_1 = single_photon_bounds(intensities, gains, wrong)
    error_1 = min(0.5, wrong_1 / yield_1) if yield_1 > 0 else 0.5
    signal = intensities[0]
    secret = yield_1 * signal * math.exp(-signal) * (1 - entropy(error_1))
    return secret - gains[0] * entropy(wrong[0] / gains[0])


def with_double_clicks(photons, misalignment, dark):
    """Return gain and wrong clicks of two threshold detectors, double clicks decided by a coin.

    Each detector stays dark with ``1 - dark`` and without its share of the ``photons`` (Poisson).
    """
    right = (1 - dark) * np.exp(-(1 - misalignment) * photons)
    wrong = (1 - dark) * np.exp(-misalignment * photons)
    return 1 - right * wrong, (1 - wrong) * (1 + right) / 2
