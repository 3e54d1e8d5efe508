"""The judge of contact certificates: whole passes instead of intervals.

Reading order: ``hearing`` (everything), ``bound``; then ``problem`` and ``claim``, which only
establish what was claimed.
"""

from __future__ import annotations

from qkdopt.judge.contact.claim import FORMAT
from qkdopt.judge.contact.hearing import hear
from qkdopt.judge.contact.problem import PROBLEM_FORMAT, read_contact_problem

__all__ = ["FORMAT", "PROBLEM_FORMAT", "hear", "read_contact_problem"]
