"""Published papers, number by number: theirs, ours, the deviation, the reason."""

from qkdopt.reproduce.rows import Row

__all__ = ["Row"]
