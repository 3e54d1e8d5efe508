"""Length of a secret key from a finite block of BB84 or BBM92: the door, with its checks."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from qkdopt.arrays import Floats
from qkdopt.errors import Described, InputError
from qkdopt.physics.finite_key_rules import PROOFS, checked_source
from qkdopt.physics.protocols.finite_key_pairs import lim_pair_length, tomamichel_length
from qkdopt.physics.protocols.finite_key_proofs import (
    BlockCounts,
    FiniteKeySettings,
    lim_length,
    one_decoy_length,
)

_LENGTHS: Mapping[str, Callable[[FiniteKeySettings, BlockCounts, str], Floats]] = MappingProxyType(
    {
        "lim-2014": lim_length,
        "wiesemann-one-decoy": one_decoy_length,
        "lim-2021": lim_pair_length,
        "tomamichel-2012": tomamichel_length,
    }
)
_ROUNDING = 1e-9  # relative, of counts that were computed


def finite_key_length(
    *,
    proof: str = "lim-2014",
    bound: str | None = None,
    intensities: Sequence[float] | None = None,
    shares: Sequence[float] | None = None,
    key_basis_counts: ArrayLike,
    check_basis_counts: ArrayLike,
    key_basis_errors: ArrayLike,
    check_basis_errors: ArrayLike,
    error_correction: float = 1.16,
    eps_secrecy: float = 1e-9,
    eps_correctness: float = 1e-15,
) -> float | Floats:
    """Return the secret bits of a block before rounding down, 0 or more.

    ``lim-2014``: two decoys, C. C. W. Lim, M. Curty, N. Walenta, F. Xu and H. Zbinden, "Concise
    security bounds for practical decoy-state quantum key distribution", Phys. Rev. A 89, 022307
    (2014), equations 1 to 5, with Hoeffding's inequality as there or with the Chernoff bounds of
    SatQuMA (J. S. Sidhu, T. Brougham, D. McArthur, R. G. Pousa and D. K. L. Oi, "Finite key
    effects in satellite quantum key distribution", npj Quantum Inf. 8, 18, 2022).
    ``wiesemann-one-decoy``: one decoy, J. Wiesemann et al., arXiv:2405.16578, with Hoeffding's
    inequality and without the detections of empty pulses.

    Of entangled pairs (BBM92) ``lim-2021``: C. C.-W. Lim, F. Xu, J.-W. Pan and A. Ekert, "Security
    analysis of quantum key distribution with small block length and its application to quantum
    space communications", Phys. Rev. Lett. 126, 100501 (2021); ``tomamichel-2012``: M. Tomamichel,
    C. C. W. Lim, N. Gisin and R. Renner, "Tight finite-key analysis for quantum cryptography", Nat.
    Commun. 3, 634 (2012), equation 2.

    Parameters
    ----------
    proof
        ``lim-2014`` or ``wiesemann-one-decoy``; of pairs ``lim-2021`` or ``tomamichel-2012``.
    bound
        ``chernoff`` (default) or ``hoeffding`` for ``lim-2014``; each other has only one.
    intensities
        Mean photons of a pulse, strongest first: three for ``lim-2014``, two for
        ``wiesemann-one-decoy``, none of pairs.
    shares
        Shares of all pulses that have these intensities, in (0, 1); they add up to 1.
    key_basis_counts, check_basis_counts
        Sifted detections by intensity, shape ``(k,)``, or ``(k, ...)`` for many blocks. Of pairs
        sifted bits that make key, and those disclosed (of the other basis, or a random sample of
        both bases), ``(...)``.
    key_basis_errors
        Errors by intensity, of the same shape; for ``lim-2014`` also their sum, ``(...)``.
    check_basis_errors
        Errors by intensity, of the same shape.
    error_correction
        Bits spent on error correction over the Shannon limit, at least 1.
    eps_secrecy, eps_correctness
        Security parameters, in (0, 1).

    Returns
    -------
    float or Floats
        A number for one block, shape ``(...)`` for many.

    Raises
    ------
    InputError
        For an unknown proof or bound, values out of their range, a wrong number of intensities
        (any, of pairs), and counts that are negative or fewer than their errors.
    """
    if proof not in PROOFS:
        raise InputError("proof", proof, f"one of {', '.join(PROOFS)}")
    rules = PROOFS[proof]
    bound = rules.bounds[0] if bound is None else bound
    if bound not in rules.bounds:
        raise InputError("bound", bound, f"{' or '.join(rules.bounds)} for proof {proof}")
    mu, share = checked_source(proof, intensities, shares)
    for name, value in (("eps_secrecy", eps_secrecy), ("eps_correctness", eps_correctness)):
        if not 0.0 < value < 1.0:
            raise InputError(name, value, f"0 < {name} < 1")
    if not 1.0 <= error_correction < np.inf:
        raise InputError("error_correction", error_correction, "a number of at least 1")
    settings = FiniteKeySettings(mu, share, error_correction, eps_secrecy, eps_correctness)
    key = _numbers("key_basis_counts", key_basis_counts, rules.intensities)
    check = _numbers("check_basis_counts", check_basis_counts, rules.intensities, key)
    wrong = np.asarray(key_basis_errors, dtype=np.float64)
    if rules.sum_of_key_errors and wrong.shape == key.shape[1:]:
        wrong = _errors("key_basis_errors", wrong[None], key.sum(axis=0)[None])
    else:
        wrong = _errors("key_basis_errors", wrong, key)
    seen = _errors("check_basis_errors", check_basis_errors, check)
    counts = [key, check, wrong, seen]
    if not rules.intensities:
        counts = [part[None] for part in counts]
    length = _LENGTHS[proof](settings, BlockCounts(*counts), bound)
    return float(length) if length.ndim == 0 else length


def _numbers(name: str, values: ArrayLike, count: int, like: Floats | None = None) -> Floats:
    """Return counts by intensity, of ``count`` unless that is 0, finite and not negative."""
    found = np.asarray(values, dtype=np.float64)
    short = bool(count) and (not found.ndim or len(found) != count)
    if short or (like is not None and found.shape != like.shape):
        shape = f"{count} numbers, or as many arrays" if like is None else _size(like)
        raise InputError(name, _size(found), shape)
    if not np.all((found >= 0.0) & (found < np.inf)):
        came = found[~((found >= 0.0) & (found < np.inf))].flat[0]
        raise InputError(name, float(came), "counts of 0 or more")
    return found


def _errors(name: str, values: ArrayLike, counts: Floats) -> Floats:
    found = _numbers(name, values, 0, counts)
    if np.any(found > counts * (1.0 + _ROUNDING)):
        raise InputError(name, Described("more errors than detections"), "at most the detections")
    return np.minimum(found, counts)


def _size(values: Floats) -> Described:
    return Described(f"an array of shape {values.shape}")
