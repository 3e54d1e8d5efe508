"""BBM92: entangled pairs from the satellite to two stations at once."""

from qkdopt.physics.protocols.bbm92.finite_block import extraction_fraction
from qkdopt.physics.protocols.bbm92.protocol import BBM92, PairRates
from qkdopt.physics.protocols.bbm92.receivers import PairReceivers

__all__ = ["BBM92", "PairRates", "PairReceivers", "extraction_fraction"]
