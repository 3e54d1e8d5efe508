"""BBM92: entangled pairs from the satellite to two stations at once."""

from qkdopt.physics.protocols.bbm92.finite_block import extraction_fraction
from qkdopt.physics.protocols.bbm92.protocol import BBM92, PairRates

__all__ = ["BBM92", "PairRates", "extraction_fraction"]
