"""The paths of a satellite: rules, longest paths, and what a path delivers.

Nothing here knows a strategy. A strategy asks with gains per (interval, link), or with prices
per target through a :class:`~qkdopt.optimize.domain.delivery.Delivery`, and is given the longest
path, a bound on its value, and the bits that it delivers.
"""
