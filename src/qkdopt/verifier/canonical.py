"""The one spelling of a problem that is hashed: sorted keys, no spaces, UTF-8."""

from __future__ import annotations

import hashlib
import json

__all__ = ["sha256_of"]


def sha256_of(document: object) -> str:
    """Return the SHA-256 of a JSON document's canonical text, in lower-case hexadecimal.

    The caller has checked that the document holds objects, lists, strings and integers only;
    for those the canonical text is unique, so equal hashes mean equal documents (short of a
    collision of SHA-256).
    """
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()
