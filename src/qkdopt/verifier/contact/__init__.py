"""The verifier of contact certificates: whole passes instead of intervals.

Reading order: ``hearing`` (everything), ``bound``; then ``problem`` and ``claim``, which only
establish what was claimed.
"""

from __future__ import annotations

from qkdopt.verifier.contact.claim import FORMAT
from qkdopt.verifier.contact.problem import PROBLEM_FORMAT, read_contact_problem
from qkdopt.verifier.contact.verification import verify_contact

__all__ = ["FORMAT", "PROBLEM_FORMAT", "read_contact_problem", "verify_contact"]
