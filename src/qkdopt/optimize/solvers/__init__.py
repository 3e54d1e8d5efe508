"""Methods that turn a problem and a strategy into a certified schedule.

Names load their modules when they are first used.
"""

from qkdopt.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__, __file__)
