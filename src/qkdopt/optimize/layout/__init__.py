"""Several satellites as one, with the receivers that they share."""

from qkdopt.optimize.layout.laid_out import Layout, laid_out

__all__ = ["Layout", "laid_out"]
