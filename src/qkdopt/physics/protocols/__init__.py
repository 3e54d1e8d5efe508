"""Protocols: from transmittance to secret bits."""

from qkdopt.physics.protocols.decoy_bb84 import DecoyBB84

__all__ = ["DecoyBB84"]
