"""One spelling for each document, so that a hash names its content."""

import hashlib
import json


def canonical_json(document: object) -> str:
    """Return JSON with sorted keys and no spaces; integers, text, lists and objects only.

    Raises
    ------
    TypeError
        For a float, a boolean or anything else that has more than one spelling.
    """
    _check(document)
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(document: object) -> str:
    """Return the SHA-256 of the canonical JSON in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(document).encode()).hexdigest()


def _check(document: object) -> None:
    if type(document) is dict:
        if not all(type(key) is str for key in document):
            raise TypeError("canonical JSON has text keys only")
        for value in document.values():
            if type(value) is not int:  # most are
                _check(value)
    elif type(document) is list:
        if set(map(type, document)) - {int, str}:
            for value in document:
                _check(value)
    elif type(document) not in (int, str):
        raise TypeError(f"canonical JSON has no {type(document).__name__}")
