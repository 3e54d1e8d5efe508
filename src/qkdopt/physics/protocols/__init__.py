"""Protocols: from transmittance to secret bits."""

from qkdopt.physics.protocols.bbm92 import BBM92
from qkdopt.physics.protocols.decoy_bb84 import DecoyBB84
from qkdopt.physics.protocols.observables import Observables

__all__ = ["BBM92", "DecoyBB84", "Observables"]
