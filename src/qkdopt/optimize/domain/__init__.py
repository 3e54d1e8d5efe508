"""The paths of a satellite: rules, longest paths, and what a path delivers.

Nothing here depends on a strategy. A strategy passes gains per (interval, link), or prices
per target through a :class:`~qkdopt.optimize.domain.delivery.Delivery`, and is given the longest
path, a bound on its value, and the bits that it delivers.
"""
