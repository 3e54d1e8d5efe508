"""Secret fraction of a sifted bit, for blocks of infinite and of finite length.

Per sifted bit of a block of L bits with error rate e, ``1 - (1 + xi) h2(e)`` in the limit
(equation 4 of the Iberian paper). Its table of measured factors is not public; the two ends
of a bracket replace it, secret and correct but for eps = 1e-10 each:

``"optimistic"``
    The error rate is known from error correction; hashing costs
    ``2 log2(1/eps) + log2(2/eps)`` bits per block, nothing else.
``"conservative"``
    A share of the bits is disclosed to estimate the error rate, the best of 64 for L and e;
    with k disclosed and n kept, the phase error is taken to be ``e + nu``,
    ``nu = sqrt((n + k)(k + 1) ln(4/eps) / (n k^2))``; hashing costs the same. This is the
    bound of M. Tomamichel, C. C. W. Lim, N. Gisin and R. Renner, "Tight finite-key analysis
    for quantum cryptography", Nat. Commun. 3, 634 (2012), supplementary theorem 2 (taken from
    literature that quotes it), eps/4 given to the estimate and eps/2 to hashing.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from qkdopt.arrays import Floats
from qkdopt.physics.protocols.decoy_bb84 import binary_entropy

_EPSILON = 1e-10
_HASHING_BITS = 3.0 * np.log2(1.0 / _EPSILON) + 1.0
_SHARES = np.geomspace(1e-3, 0.9, 64)


def extraction_fraction(
    qber: Floats,
    error_correction_overhead: float,
    *,
    finite_block: Literal["optimistic", "conservative"] | None = None,
    block_sifted_bits: ArrayLike = np.inf,
) -> Floats:
    """Return secret bits per sifted bit, from 0 to 1, same shape; ``nan`` for ``nan``.

    Parameters
    ----------
    qber
        Error rate of the sifted bits, 0 to 1.
    error_correction_overhead
        ``xi``, >= 1.
    finite_block
        ``None``, ``"optimistic"`` or ``"conservative"``.
    block_sifted_bits
        L, broadcast against ``qber``; not used with ``None``.
    """
    error = np.asarray(qber, dtype=np.float64)
    spent = 1.0 + error_correction_overhead
    if finite_block is None:
        return np.maximum(1.0 - spent * binary_entropy(error), 0.0)
    length = np.asarray(block_sifted_bits, dtype=np.float64)
    hashing = _HASHING_BITS / length
    if finite_block == "optimistic":
        simple: Floats = np.maximum(1.0 - spent * binary_entropy(error) - hashing, 0.0)
        return simple
    best = np.full(np.broadcast_shapes(error.shape, length.shape), 0.0)
    for share in _SHARES:
        disclosed, kept = share * length, (1.0 - share) * length
        spread = (disclosed + kept) * (disclosed + 1.0) * np.log(4.0 / _EPSILON)
        phase = np.minimum(error + np.sqrt(spread / (kept * disclosed**2)), 0.5)
        corrected = (spent - 1.0) * binary_entropy(error)
        bits = (1.0 - share) * (1.0 - binary_entropy(phase) - corrected)
        best = np.maximum(best, bits - hashing)
    return np.where(np.isnan(error), np.nan, best)
