"""The verifier of contact certificates: whole passes instead of intervals."""

from __future__ import annotations

from qkdopt.verifier.contact.problem import PROBLEM_FORMAT, read_contact_problem
from qkdopt.verifier.contact.verification import FORMAT, verify_contact

__all__ = ["FORMAT", "PROBLEM_FORMAT", "read_contact_problem", "verify_contact"]
