"""Physics: from a scenario file to whole secret bits per link and interval.

Names are imported when first used, so that loading a scenario does not load numba.
"""

from qkdopt.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__, __file__)
