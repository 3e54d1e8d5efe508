"""The folder of a long study: each item is written as it is found; runs resume.

``resume.json`` records the settings of the run and the SHA-256 of every item, mostly a
certificate. It is reused only when the settings are the same, the file is byte by byte the one that
was written, and it is checked again. Otherwise items that are still as they were written
are removed, so that the folder holds one run. The document of all of them
(``front.json``) is rewritten with each, whole.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Generic, Protocol, TypeVar

from qkdopt.certificates import Certificate
from qkdopt.documents import read_json
from qkdopt.errors import InputError, QkdoptError
from qkdopt.files import make_folder, write_text
from qkdopt.protection import writable_target
from qkdopt.study.resume import file_digest

_RESUME = "resume.json"
_Item = TypeVar("_Item")


class Documented(Protocol):
    """All that was found, as a document."""

    def document(self) -> dict[str, object]:
        """Return it for a JSON file."""


class ReusableFolder(ABC, Generic[_Item]):
    """Stores items by name, and returns those of an earlier run with the same inputs.

    Attributes
    ----------
    reused
        Names of the items that were reused.

    Parameters
    ----------
    name
        Of the document.
    inputs
        Whatever the items depend on, as text.
    facts
        Further entries of the document.
    fresh
        Take nothing over.
    """

    kind: ClassVar[str]
    ending: ClassVar[str]

    def __init__(
        self, folder: Path, name: str, inputs: Mapping[str, str], facts: Mapping[str, object],
        *, fresh: bool,
    ) -> None:  # fmt: skip
        self._folder, self._inputs, self._facts = folder, dict(inputs), dict(facts)
        self._name = name
        same, self._earlier = _left_by(folder / _RESUME, self._inputs, self.kind)
        if fresh or not same:
            self._remove_earlier()
        self._digests: dict[str, str] = {}
        self._loaded: dict[str, _Item] = {}
        self.reused: list[str] = []

    @abstractmethod
    def load(self, path: Path) -> _Item:
        """Read an item; a :class:`~qkdopt.errors.QkdoptError` says that it is none."""

    @abstractmethod
    def save(self, item: _Item, path: Path) -> None:
        """Write an item."""

    def earlier(self, name: str) -> _Item | None:
        """Return what an earlier run found, unchanged, or ``None``."""
        path = self._path(name)
        if not _is_as_written(path, self._earlier.get(name)):
            return None
        try:
            item = self.load(path)
        except QkdoptError:
            return None
        self._loaded[name] = item
        return item

    def keep(self, name: str, item: _Item, found: Documented) -> None:
        """Write what there is now, and an item of it if it is new."""
        self.write(found)
        make_folder(self._folder / self.kind)
        if item is self._loaded.get(name):
            self.reused.append(name)
        else:
            self.save(item, self._path(name))
        self._digests[name] = file_digest(self._path(name))
        resume = {"inputs": self._inputs, self.kind: {**self._earlier, **self._digests}}
        write_text(self._folder / _RESUME, json.dumps(resume, indent=1) + "\n")

    def write(self, found: Documented) -> dict[str, object]:
        """Write the document; return it."""
        document = {**self._facts, **found.document()}
        write_text(make_folder(self._folder) / self._name, json.dumps(document, indent=1) + "\n")
        return document

    def _remove_earlier(self) -> None:
        """Remove the items of a run that is not gone on with.

        Raises
        ------
        OutputError
            When the current command reads one of them.
        """
        for name, digest in self._earlier.items():
            path = self._path(name)
            if path.parent == self._folder / self.kind and _is_as_written(path, digest):
                writable_target(path)
                path.unlink()
        self._earlier = {}

    def _path(self, name: str) -> Path:
        return self._folder / self.kind / f"{name}{self.ending}"


class ResultFolder(ReusableFolder[Certificate]):
    """A folder of certificates."""

    kind = "certificates"
    ending = ".json.gz"

    def load(self, path: Path) -> Certificate:
        """Read a certificate."""
        return Certificate.load(path)

    def save(self, item: Certificate, path: Path) -> None:
        """Write a certificate."""
        item.save(path)


def _left_by(path: Path, inputs: Mapping[str, str], kind: str) -> tuple[bool, dict[str, str]]:
    """Return whether an earlier run had the same inputs, and the digests of its items."""
    try:
        document = read_json(path, "what qkdopt keeps to go on with")
        digests = {str(name): str(digest) for name, digest in document[kind].items()}
        return document["inputs"] == inputs, digests
    except (InputError, KeyError, TypeError, AttributeError):
        return False, {}


def _is_as_written(path: Path, digest: str | None) -> bool:
    try:
        return file_digest(path) == digest
    except (OSError, QkdoptError):
        return False
