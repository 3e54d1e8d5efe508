"""The head of every document, the envelope of certificates, and the hash."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from qkdopt.errors import InputError
from qkdopt.verifier.fields import Described, describe, members

__all__ = ["check_head", "false_identity", "read_envelope", "sha256_of"]

_REQUIRED = (
    *("format", "version", "problem", "problem_sha256", "strategy"),
    *("value", "bound", "proof", "made_by"),
)
_SHA256 = re.compile(r"[0-9a-f]{64}")


def sha256_of(document: object) -> str:
    """Return the SHA-256 of a JSON document's canonical text, in lower-case hexadecimal.

    Canonical: sorted keys, no spaces, UTF-8.  The caller has checked that the document holds
    objects, lists, strings and integers only; for those this text is unique, so equal hashes
    mean equal documents (short of a collision of SHA-256).
    """
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def check_head(
    document: object, where: str, expected_format: str, versions: tuple[int, ...] = (1,)
) -> int:
    """Return the version; refuse another format or version before any other member is read."""
    if type(document) is not dict:
        raise InputError(where, describe(document), "a JSON object")
    came = document.get("format", Described("nothing"))
    if type(came) is not str or came != expected_format:
        raise InputError(f"{where}.format", describe(came), f'"{expected_format}"')
    version = document.get("version", Described("nothing"))
    if type(version) is not int or version not in versions:
        expected = " or ".join(map(str, versions))
        raise InputError(f"{where}.version", describe(version), expected)
    return version


def read_envelope(
    document: object, where: str, schedule: str, optional: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the members of a certificate; the forms of hash and maker are checked.

    The hash has the right form; whether it is that of the problem is checked elsewhere.

    Parameters
    ----------
    schedule
        Name of the member that holds the schedule.

    Raises
    ------
    InputError
        Members are missing, unknown or malformed.
    """
    found = members(document, where, (*_REQUIRED, schedule), optional)
    if type(found["made_by"]) is not dict:
        raise InputError(f"{where}.made_by", describe(found["made_by"]), "a JSON object")
    sha256 = found["problem_sha256"]
    if type(sha256) is not str or not _SHA256.fullmatch(sha256):
        expected = "64 lower-case hexadecimal digits"
        raise InputError(f"{where}.problem_sha256", describe(sha256), expected)
    return found


def false_identity(stated: str, own: str, other: str | None) -> Iterator[str]:
    """Yield what is false about the hashes of the problem: stated, found, and expected."""
    if stated != own:
        yield f"problem_sha256 is {stated}, the problem in the certificate has {own}"
    if other is not None and other != own:
        yield f"the certificate is about problem {own}, the problem given is {other}"
