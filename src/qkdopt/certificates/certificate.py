"""The self-contained document that states a schedule, its value, a bound and the proof."""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from fractions import Fraction
from os import PathLike
from types import MappingProxyType
from typing import Any, Self

from qkdopt.certificates.canonical import digest
from qkdopt.certificates.paths import active_intervals, path_of, service_of
from qkdopt.documents import DocumentError, parse_json, read_json
from qkdopt.errors import InputError, OutputError
from qkdopt.files import write_text
from qkdopt.numerals import read_decimal

LARGEST_CERTIFICATE_BYTES = 64 * 2**20
"""Longest text written, before compression: the verifier reads no longer one."""

MOST_VALUES = 3_000_000
"""Most commas, colons and opening brackets of that text; the verifier reads no more."""

_FORMAT = "qkdopt-certificate"
_FORMATS = (_FORMAT, "qkdopt-contact-certificate")
_KEYS = (
    "format", "version", "problem", "problem_sha256", "strategy", "value", "bound", "proof",
    "made_by",
)  # fmt: skip
FURTHER = ("pairs", "most")
"""Members that only some strategies have."""

_CLOSE = Fraction(1, 10**12)
_SCHEDULE = {1: "schedule", 2: "paths"}
"""The member that says what is served, by version."""


@dataclass(frozen=True, eq=False)
class Certificate:
    """A claim about one problem that can be verified independently; see ``docs/certificates.md``.

    Attributes
    ----------
    document
        The parsed JSON document. It states *claims*; :func:`qkdopt.verify` decides
        whether it is true.
    """

    document: Mapping[str, Any]

    @classmethod
    def create(
        cls,
        *,
        problem: dict[str, Any],
        strategy: dict[str, object],
        schedule: list[object],
        value: object,
        bound: object,
        proof: dict[str, object],
        made_by: dict[str, object],
        document_format: str = _FORMAT,
        further: Mapping[str, object] = MappingProxyType({}),
    ) -> Self:
        """Return the certificate of a claim; ``problem`` is the canonical document.

        The certificate has the problem's version: ``schedule`` is what its member ``schedule``
        holds in version 1, and ``paths`` in version 2. ``further`` are members that some strategies
        have besides: ``pairs`` and ``most``.
        """
        return cls(
            {
                "format": document_format,
                "version": problem["version"],
                "problem": problem,
                "problem_sha256": digest(problem),
                "strategy": strategy,
                _SCHEDULE[problem["version"]]: schedule,
                "value": value,
                "bound": bound,
                "proof": proof,
                "made_by": made_by,
                **further,
            }
        )

    @property
    def value(self) -> Any:
        """The claimed value of the schedule: an integer, or for some strategies an object."""
        return self.document["value"]

    @property
    def bound(self) -> Any:
        """The claimed bound on every schedule's value, of the same form."""
        return self.document["bound"]

    @property
    def version(self) -> int:
        """Version of the document and of the problem in it: 1 or 2."""
        version: int = self.document["version"]
        return version

    @property
    def schedule(self) -> tuple[Any, ...]:
        """Link served in each active interval, -1 where none is; of contacts, pairs of indices.

        Raises
        ------
        InputError
            For several satellites, which have :attr:`paths`.
        """
        if self.version == 1:
            return tuple(self.document["schedule"])
        interval = active_intervals(self.document["problem"])
        return tuple(service_of(self.paths[0], interval))

    @property
    def paths(self) -> list[list[list[int]]]:
        """For each satellite the runs ``[link, first, last]`` that it serves, in order of time.

        Intervals by their global index, both ends included.
        """
        if self.version == 1:
            return [path_of(self.schedule, active_intervals(self.document["problem"]))]
        return deepcopy(self.document["paths"])

    @property
    def strategy(self) -> str:
        """Short name of the strategy: ``gd``, ``pd``, ``contact``."""
        return str(self.document["strategy"]["name"])

    @property
    def in_scenarios(self) -> bool:
        """Whether it is about cloud scenarios: its values are fractions as text."""
        return "alpha" in self.document["strategy"]

    @property
    def optimal(self) -> bool:
        """Whether value and bound are the same: exactly; nats, which are texts, to 1e-12."""
        exact = self.strategy == "contact" or self.in_scenarios
        if isinstance(self.value, str) and not exact:
            return nats_agree(self.value, self.bound)
        return bool(self.value == self.bound)

    def __repr__(self) -> str:
        """Say strategy, value and bound."""
        value, bound = (
            f"{number:,}" if isinstance(number, int) else str(number)
            for number in (self.value, self.bound)
        )
        return f"Certificate({self.strategy}, value {value}, bound {bound})"

    def to_dict(self) -> dict[str, Any]:
        """Return a copy of the document that may be changed freely."""
        return deepcopy(dict(self.document))

    def to_json(self) -> str:
        """Return the document as canonical JSON text."""
        return json.dumps(self.document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str, where: str = "certificate") -> Self:
        """Read the text of a certificate; :func:`qkdopt.verify` checks its claims.

        Raises
        ------
        InputError
            When the text is not JSON or lacks a field.
        """
        try:
            document = parse_json(text)
        except DocumentError as error:
            raise InputError(where, f"broken JSON ({error})", "a certificate") from error
        return cls._checked(document, where)

    @classmethod
    def _checked(cls, document: object, where: str) -> Self:
        if not isinstance(document, dict) or document.get("format") not in _FORMATS:
            raise InputError(where, document, f'an object with "format": "{_FORMAT}"')
        version = document.get("version")
        if type(version) is not int or version not in _SCHEDULE:
            raise InputError(f"{where}: version", version, "1 or 2")
        for key in (*_KEYS, _SCHEDULE[version]):
            if key not in document:
                raise InputError(f"{where}: {key}", "nothing", "a value")
        return cls(document)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the document to ``.json`` or ``.json.gz``, atomically.

        Raises
        ------
        OutputError
            When it cannot be written, or is longer than what the verifier reads.
        """
        text = self.to_json() + "\n"
        size, values = len(text.encode()), sum(map(text.count, ",:[{"))
        if size > LARGEST_CERTIFICATE_BYTES or values > MOST_VALUES:
            raise OutputError(
                f"{path}: cannot write: the certificate has {size:,} bytes and {values:,} values; "
                f"verify reads at most {LARGEST_CERTIFICATE_BYTES:,} and {MOST_VALUES:,}"
            )
        write_text(path, text)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """Read a certificate from ``.json`` or ``.json.gz``.

        Raises
        ------
        InputError
            When the file cannot be read as a certificate.
        """
        return cls._checked(read_json(path, "a certificate"), str(path))


def nats_agree(value: str, bound: str) -> bool:
    """Return whether two decimal numbers agree to 1e-12, relative above 1 and absolute below.

    Logarithms are irrational: value and bound are rounded outward and never equal.
    """
    reached, most = Fraction(read_decimal(value)), Fraction(read_decimal(bound))
    return abs(reached - most) <= _CLOSE * max(abs(reached), Fraction(1))
