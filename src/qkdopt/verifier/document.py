"""The head of every document, the envelope of certificates, and the hash."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator

from qkdopt.errors import Described
from qkdopt.verifier.forms import Members, a_dict, refused

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
    document: object, where: str, expected: str, versions: tuple[int, ...] = (1,)
) -> int:
    """Return the version; refuse another format or version before any other member is read."""
    members = a_dict(document, where)
    came = members.get("format", Described("nothing"))
    if type(came) is not str or came != expected:
        raise refused(f"{where}.format", came, f'"{expected}"')
    version = members.get("version", Described("nothing"))
    if type(version) is not int or version not in versions:
        raise refused(f"{where}.version", version, " or ".join(map(str, versions)))
    return version


def read_envelope(
    document: object, where: str, schedule: str, optional: Iterable[str] = ()
) -> Members:
    """Return the members of a certificate; the forms of hash and maker are checked.

    ``schedule`` is the member that holds the schedule.  The hash has the right form; whether it
    is that of the problem is checked elsewhere.
    """
    found = Members(document, where, (*_REQUIRED, schedule), optional)
    found("made_by", a_dict)
    found("problem_sha256", sha256)
    return found


def sha256(value: object, where: str) -> str:
    """Return a hash."""
    if type(value) is not str or not _SHA256.fullmatch(value):
        raise refused(where, value, "64 lower-case hexadecimal digits")
    return value


def false_identity(stated: str, own: str, other: str | None) -> Iterator[str]:
    """Yield what is false about the hashes of the problem: stated, found, and expected."""
    if stated != own:
        yield f"problem_sha256 is {stated}, the problem in the certificate has {own}"
    if other is not None and other != own:
        yield f"the certificate is about problem {own}, the problem given is {other}"
