"""What every document begins with, and what every certificate has around its claims."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from qkdopt.errors import InputError
from qkdopt.verifier.fields import Described, describe, members

__all__ = ["check_head", "false_identity", "read_envelope"]

_REQUIRED = (
    "format",
    "version",
    "problem",
    "problem_sha256",
    "strategy",
    "schedule",
    "value",
    "bound",
    "proof",
    "made_by",
)
_SHA256 = re.compile(r"[0-9a-f]{64}")


def check_head(document: object, where: str, expected_format: str) -> None:
    """Refuse a document of another format or version before any other member is looked at."""
    if type(document) is not dict:
        raise InputError(where, describe(document), "a JSON object")
    came = document.get("format", Described("nothing"))
    if type(came) is not str or came != expected_format:
        raise InputError(f"{where}.format", describe(came), f'"{expected_format}"')
    version = document.get("version", Described("nothing"))
    if type(version) is not int or version != 1:
        raise InputError(f"{where}.version", describe(version), "1")


def read_envelope(
    document: object, where: str, expected_format: str, optional: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the members of a certificate; head, hash and maker have been looked at.

    The hash is known to look like one; whether it is that of the problem is another question.

    Raises
    ------
    InputError
        The document is no certificate of this format.
    """
    check_head(document, where, expected_format)
    found = members(document, where, _REQUIRED, optional)
    if type(found["made_by"]) is not dict:
        raise InputError(f"{where}.made_by", describe(found["made_by"]), "a JSON object")
    sha256 = found["problem_sha256"]
    if type(sha256) is not str or not _SHA256.fullmatch(sha256):
        expected = "64 lower-case hexadecimal digits"
        raise InputError(f"{where}.problem_sha256", describe(sha256), expected)
    return found


def false_identity(stated: str, own: str, asked: str | None) -> Iterator[str]:
    """Yield what is false about the hashes of the problem: stated, found, and asked for."""
    if stated != own:
        yield f"problem_sha256 is {stated}, the problem in the certificate has {own}"
    if asked is not None and asked != own:
        yield f"the certificate is about problem {own}, the problem given is {asked}"
