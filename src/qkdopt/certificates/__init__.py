"""Shared by all problem classes: canonical JSON, certificates, and how a solve ended."""

from qkdopt.certificates.canonical import canonical_json, digest
from qkdopt.certificates.certificate import Certificate, nats_agree
from qkdopt.certificates.outcome import Ended, Generation, Outcome, ended_at, ended_by

__all__ = [
    "Certificate",
    "Ended",
    "Generation",
    "Outcome",
    "canonical_json",
    "digest",
    "ended_at",
    "ended_by",
    "nats_agree",
]
