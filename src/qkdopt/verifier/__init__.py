"""The verifier: recompute a certificate in whole numbers and fractions, trusting no solver.

It imports the standard library and ``qkdopt.errors`` only.  ``read`` turns a file into plain
JSON, ``verify`` turns the plain JSON into a `Verdict`.  A document that is no certificate
raises `~qkdopt.errors.InputError`; a certificate that claims something false never raises, it
gets a verdict that does not hold.  ``docs/certificates.md`` says why each step suffices.

Reading order: ``verification`` (everything), ``model``, ``rules``, ``strategies`` and
``evaluation``, ``longest_path`` with ``walk`` and ``session_walk``, ``receivers``; the others
establish what was claimed, or count what it costs (``budget``).  ``contact`` does the same for
contacts.
"""

from qkdopt.verifier.reading import read
from qkdopt.verifier.verdict import Verdict
from qkdopt.verifier.verification import problem_sha256, verify

__all__ = ["Verdict", "problem_sha256", "read", "verify"]
