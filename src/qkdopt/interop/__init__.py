"""External formats: problems of other packages, read exactly or refused."""

from qkdopt.interop.kamke import import_kamke
from qkdopt.interop.quake import import_quake

__all__ = ["import_kamke", "import_quake"]
