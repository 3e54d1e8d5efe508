"""Fibre as the alternative to a satellite: the PLOB bound with ideal relays.

S. Pirandola, R. Laurenza, C. Ottaviani and L. Banchi, "Fundamental limits of repeaterless
quantum communications", Nat. Commun. 8, 15043 (2017): no protocol makes more than
``-log2(1 - eta)`` secret bits per use of a lossy channel. With ``r`` ideal relays at equal
distances each of the ``r + 1`` links has transmittance ``eta^(1/(r+1))`` (the scheduling
paper, caption of its figure 3). Of the first paper only the abstract was available; the formula is
quoted from general knowledge.
"""

import math

from qkdopt.errors import InputError

_LOSS_DB_PER_KM = 0.2
_MOST_RELAYS = 10_000


def fibre_loss_db(length_km: float, loss_db_per_km: float = _LOSS_DB_PER_KM) -> float:
    """Return the loss [dB] of ``length_km`` of fibre, both >= 0."""
    for name, value in (("length_km", length_km), ("loss_db_per_km", loss_db_per_km)):
        if not (math.isfinite(value) and value >= 0):
            raise InputError(name, value, f"{name} >= 0")
    return length_km * loss_db_per_km


def plob_bits_per_use(loss_db: float, relays: int = 0) -> float:
    """Return the most secret bits per use of a fibre with ``relays`` ideal relays.

    Parameters
    ----------
    loss_db
        Loss of the whole fibre [dB], >= 0; ``nan`` gives ``nan``.
    relays
        Ideal relays at equal distances, >= 0.

    Returns
    -------
    float
        ``-log2(1 - eta^(1/(relays+1)))``, accurate also where it is tiny; infinite without
        loss.

    Raises
    ------
    InputError
        For a negative number of relays or a gain.
    """
    if relays < 0:
        raise InputError("relays", relays, "relays >= 0")
    if loss_db < 0:
        raise InputError("loss_db", loss_db, "loss_db >= 0")
    transmittance = 10.0 ** (-loss_db / (10.0 * (relays + 1)))
    if transmittance == 1.0:
        return math.inf
    return -math.log1p(-transmittance) / math.log(2.0)


def fibre_secret_bits(
    length_km: float, uses: float, relays: int = 0, loss_db_per_km: float = _LOSS_DB_PER_KM
) -> float:
    """Return the most secret bits that ``uses`` pulses make over a fibre with relays."""
    return uses * plob_bits_per_use(fibre_loss_db(length_km, loss_db_per_km), relays)


def least_relays(
    bits: float, length_km: float, uses: float, loss_db_per_km: float = _LOSS_DB_PER_KM
) -> int:
    """Return the smallest number of ideal relays with which a fibre makes ``bits``.

    Raises
    ------
    InputError
        When 10,000 relays are not enough.
    """
    for relays in range(_MOST_RELAYS + 1):
        if fibre_secret_bits(length_km, uses, relays, loss_db_per_km) >= bits:
            return relays
    raise InputError("bits", bits, f"at most what {_MOST_RELAYS} relays make")
