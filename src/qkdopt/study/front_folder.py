"""The folder of a front: every point is written as it is found, and an earlier run is taken over.

``resume.json`` says what the run was asked and the SHA-256 of every certificate. A certificate is
taken over only when all that is the same, the file is byte by byte the one that was written, and
the judge confirms it once more. ``front.json`` is written anew with every point, whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qkdopt.claims import Certificate
from qkdopt.errors import InputError, QkdoptError
from qkdopt.files import make_folder, read_json, write_text
from qkdopt.study.front import Front
from qkdopt.study.kept import file_digest

__all__ = ["FRONT", "FrontFolder"]

FRONT = "front.json"
_RESUME = "resume.json"
_CERTIFICATES = "certificates"


class FrontFolder:
    """Keeps certificates by name, and gives back those of an earlier run with the same inputs.

    Attributes
    ----------
    taken
        Names of the certificates that were taken over.

    Parameters
    ----------
    inputs
        Whatever the certificates depend on, as text.
    facts
        What else stands in ``front.json``.
    fresh
        Take nothing over.
    """

    def __init__(
        self, folder: Path, inputs: Mapping[str, str], facts: Mapping[str, Any], *, fresh: bool
    ) -> None:
        self._folder, self._inputs, self._facts = folder, dict(inputs), dict(facts)
        self._earlier = {} if fresh else _digests(folder / _RESUME, self._inputs)
        self._digests: dict[str, str] = {}
        self._loaded: dict[str, Certificate] = {}
        self.taken: list[str] = []

    def earlier(self, name: str) -> Certificate | None:
        """Return what an earlier run found, unchanged, or ``None``."""
        path = self._path(name)
        try:
            if file_digest(path) != self._earlier.get(name):
                return None
            certificate = Certificate.load(path)
        except (OSError, QkdoptError):
            return None
        self._loaded[name] = certificate
        return certificate

    def keep(self, name: str, certificate: Certificate, front: Front) -> None:
        """Write the front as it is now, and a certificate of it if it is new."""
        self.write(front)
        make_folder(self._folder / _CERTIFICATES)
        if certificate is self._loaded.get(name):
            self.taken.append(name)
        else:
            certificate.save(self._path(name))
        self._digests[name] = file_digest(self._path(name))
        resume = {"inputs": self._inputs, "certificates": {**self._earlier, **self._digests}}
        write_text(self._folder / _RESUME, json.dumps(resume, indent=1) + "\n")

    def write(self, front: Front) -> dict[str, Any]:
        """Write ``front.json``; return what it says."""
        document = {**self._facts, **front.document()}
        write_text(make_folder(self._folder) / FRONT, json.dumps(document, indent=1) + "\n")
        return document

    def _path(self, name: str) -> Path:
        return self._folder / _CERTIFICATES / f"{name}.json.gz"


def _digests(path: Path, inputs: Mapping[str, str]) -> dict[str, str]:
    """Return digests by name of a run with the same inputs, none otherwise."""
    try:
        document = read_json(path, "what qkdopt front keeps to go on with")
        if document["inputs"] != inputs:
            return {}
        return {str(name): str(digest) for name, digest in document["certificates"].items()}
    except (InputError, KeyError, TypeError, AttributeError):
        return {}
