"""What every tower shares: canonical JSON, the certificate, and how a solve ended."""

from qkdopt.claims.canonical import canonical_json, digest
from qkdopt.claims.certificate import Certificate
from qkdopt.claims.ending import ended_at, ended_by
from qkdopt.claims.history import Generation
from qkdopt.claims.outcome import Ended, Outcome

__all__ = [
    "Certificate",
    "Ended",
    "Generation",
    "Outcome",
    "canonical_json",
    "digest",
    "ended_at",
    "ended_by",
]
