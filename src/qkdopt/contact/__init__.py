"""The contact problem: whole passes of one satellite, each given to at most one service target.

A package beside physics and optimize: it shares certificates, outcomes and the way to
HiGHS with them, and nothing else.
"""

from qkdopt.contact.problem import ContactProblem, Passes, Targets

__all__ = ["ContactProblem", "Passes", "Targets"]
