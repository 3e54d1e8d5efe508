"""Two security proofs of BBM92 with finite statistics, as functions of the counts.

Of the sifted bits of a block ``n`` make key and ``k`` are disclosed, a random sample of them;
``seen`` is the error rate of the latter. The phase error rate of the key is at most ``seen`` plus a
deviation, but for a failure that takes its part of ``eps_secrecy``; privacy amplification takes
the rest. Arrays hold one block per position of ``...``; the first axis of counts has length 1.
"""

import math

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.physics.protocols.decoy_bb84 import binary_entropy
from qkdopt.physics.protocols.finite_key_proofs import (
    BlockCounts,
    FiniteKeySettings,
    length_after_correction,
)

_WORST_PHASE_ERROR = 0.5
_HALF = 0.5
_MOST_OF_EPSILON = 0.999  # that the sample may take


def tomamichel_length(settings: FiniteKeySettings, counts: BlockCounts, bound: str) -> Floats:
    """Return the length of each block [bit], 0 or more, not rounded.

    Tomamichel et al. (2012), equation 2: by Serfling's inequality, with a quarter of
    ``eps_secrecy`` for the sample and half of it for privacy amplification.

    Parameters
    ----------
    bound
        ``serfling``: this proof has no other.
    """
    del bound
    key, check, seen = _sample(counts)
    log_failure = math.log(4.0 / settings.eps_secrecy)
    with np.errstate(divide="ignore", invalid="ignore"):
        deviation = np.sqrt((key + check) / (key * check) * (check + 1.0) / check * log_failure)
    return _pair_length(settings, counts, seen + deviation, _HALF)


def lim_pair_length(settings: FiniteKeySettings, counts: BlockCounts, bound: str) -> Floats:
    """Return the length of each block [bit], 0 or more, not rounded.

    Lim, Xu, Pan and Ekert (2021), by two tails of the hypergeometric distribution. The proof holds
    for any division of ``eps_secrecy`` between sample and privacy amplification and any division of
    the sample's part between the tails; both are near the best, in closed form from even ones.

    Parameters
    ----------
    bound
        ``hypergeometric``: this proof has no other.
    """
    del bound
    key, check, seen = _sample(counts)
    sample = np.full_like(key, _HALF)  # part of eps_secrecy, and of it the first tail's
    log_failure = _log_failure(settings, sample)
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = _deviations(key, check, seen, log_failure, sample)
        tail = first / (first + second)
        phase = np.fmin(seen + first + second, _WORST_PHASE_ERROR)
        # More for the sample lowers n h2(phase), more for the other -2 log2 of its part.
        ratio = key * np.log((1.0 - phase) / phase) * (first + second) / (2.0 * log_failure)
        sample = np.fmin(ratio / (1.0 + ratio), _MOST_OF_EPSILON)
        log_failure = _log_failure(settings, sample)
        first, second = _deviations(key, check, seen, log_failure, tail)
    return _pair_length(settings, counts, seen + first + second, 1.0 - sample)


def _sample(counts: BlockCounts) -> tuple[Floats, Floats, Floats]:
    """Return bits of the key and of the sample, and the error rate of the latter."""
    (key,), (check,), (errors,) = counts.key, counts.check, counts.check_errors
    with np.errstate(divide="ignore", invalid="ignore"):
        return key, check, errors / check


def _log_failure(settings: FiniteKeySettings, sample: Floats) -> Floats:
    """Return ``-ln eps^2`` of the smoothing parameter; twice it is the sample's part."""
    return -2.0 * np.log(sample * settings.eps_secrecy / 2.0)


def _deviations(
    key: Floats, check: Floats, seen: Floats, log_failure: Floats, tail: Floats
) -> tuple[Floats, Floats]:
    """Return the deviation of the error rate of all bits from ``seen``, and the key's from it.

    ``exp(-2 m k xi^2/(n+1)) + exp(-2 G [n^2 (nu-xi)^2 - 1])`` with ``x = m (seen + xi)`` errors of
    ``m`` bits and ``G = 1/(x+1) + 1/(m-x+1)`` is the chance that either is more; ``tail`` is the
    share of the first.
    """
    every = key + check
    log_first, log_second = log_failure - np.log(tail), log_failure - np.log1p(-tail)
    first = np.sqrt((key + 1.0) / (2.0 * every * check) * log_first)
    wrong = np.minimum(every * (seen + first), every)
    spread = 1.0 / (wrong + 1.0) + 1.0 / (every - wrong + 1.0)
    second = np.sqrt(1.0 + log_second / (2.0 * spread)) / key
    return first, second


def _pair_length(
    settings: FiniteKeySettings, counts: BlockCounts, phase: Floats, amplification: Floats | float
) -> Floats:
    """Return secret bits where ``amplification`` is the part of ``eps_secrecy`` that it takes."""
    (key,) = counts.key
    # A comparison with nan is false: no key without a sample.
    phase = np.where(phase < _WORST_PHASE_ERROR, phase, _WORST_PHASE_ERROR)
    secret = key * (1.0 - binary_entropy(phase))
    verified = math.log2(2.0 / settings.eps_correctness)
    spent = verified - 2.0 * np.log2(2.0 * amplification * settings.eps_secrecy)
    return length_after_correction(settings, counts, secret, spent)
