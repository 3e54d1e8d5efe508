"""From Gaussian fields to cloud codes: how often a random sky is clear, and how often overcast."""

from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.errors import InputError
from qkdopt.numerals import NumeralError, read_float
from qkdopt.physics.clouds.samples import LARGEST_CODE


@dataclass(frozen=True)
class Marginal:
    """How often a drawn sky has each code: shares of clear and of overcast sky, even between.

    Attributes
    ----------
    clear, overcast
        Shares of time with the codes 0 and 150.

    Raises
    ------
    InputError
        For shares below 0, or that leave nothing between them.
    """

    clear: float
    overcast: float

    def __post_init__(self) -> None:
        """Refuse what are no shares."""
        if not (self.clear >= 0.0 and self.overcast >= 0.0 and self.clear + self.overcast < 1.0):
            came = f"{self.clear:g} clear, {self.overcast:g} overcast"
            raise InputError("marginal", came, "two shares >= 0 whose sum is below 1")


MARGINALS = {"mild": Marginal(0.5, 0.05), "heavy": Marginal(0.3, 0.35)}
"""Marginals by name: ``mild`` that of the published problem `micius-china-2016-clouds`, ``heavy``
nearer to what is known of real total cloud cover. Both are assumptions, not measured."""


def marginal_of(text: str) -> Marginal:
    """Return the marginal of a name, or of two shares such as ``0.3,0.35`` (clear, overcast).

    Raises
    ------
    InputError
        For anything else.
    """
    if text in MARGINALS:
        return MARGINALS[text]
    shares = text.split(",")
    try:
        clear, overcast = map(read_float, shares)
    except (NumeralError, ValueError) as error:
        expected = f"{' or '.join(MARGINALS)}, or two shares such as 0.3,0.35 (clear, overcast)"
        raise InputError("marginal", text, expected) from error
    return Marginal(clear, overcast)


def codes_from_latent(z: Floats, marginal: Marginal | str = "mild") -> Floats:
    """Return whole codes from 0 to 150 of standard normal values, of the same shape.

    The quantile of a value decides: 0 up to the clear share, 150 in the overcast share at the top,
    linear between.

    Raises
    ------
    InputError
        As :func:`marginal_of`.
    """
    from scipy.special import ndtr

    if isinstance(marginal, str):
        marginal = marginal_of(marginal)
    between = 1.0 - marginal.clear - marginal.overcast
    share = np.clip((ndtr(z) - marginal.clear) / between, 0.0, 1.0)
    return np.rint(LARGEST_CODE * share)
