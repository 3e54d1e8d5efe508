"""A contributed certificate or instance, judged and held against what is published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from os import PathLike
from pathlib import Path
from typing import Any

from qkdopt import judge
from qkdopt.errors import InputError
from qkdopt.judge import Verdict
from qkdopt.library import models_folder

__all__ = ["Best", "Contribution", "check_contribution"]

_CERTIFICATES = ("qkdopt-certificate", "qkdopt-contact-certificate")
_PROBLEMS = ("qkdopt-problem", "qkdopt-contact-problem")


@dataclass(frozen=True)
class Best:
    """What is published about a problem and a strategy.

    Attributes
    ----------
    value, bound
        As certificates write them.
    files
        Where the best value and the best bound stand.
    """

    value: Any
    bound: Any
    files: tuple[str, str]


@dataclass(frozen=True)
class Contribution:
    """What the judge says of a contributed file, and what it adds.

    Attributes
    ----------
    kind
        ``certificate`` or ``problem``.
    problem_sha256
        Hash of the problem that it is or is about.
    published_as
        The published problem with that hash, or ``None``.
    verdict
        Of the judge, for a certificate.
    best
        Best known, for a certificate about a published problem; ``None`` when the strategy is
        new to it.
    better_value, better_bound
        Whether a certificate that holds improves on them.
    """

    kind: str
    problem_sha256: str
    published_as: str | None = None
    strategy: Mapping[str, Any] = field(default_factory=dict)
    verdict: Verdict | None = None
    best: Best | None = None
    better_value: bool = False
    better_bound: bool = False


def check_contribution(
    path: str | PathLike[str], models: str | PathLike[str] | None = None
) -> Contribution:
    """Judge a certificate or check an instance, and compare it with the published ones.

    Parameters
    ----------
    path
        A problem or certificate, of intervals or contacts, ``.json`` or ``.json.gz``.
    models
        Folder of published problems; the one that qkdopt brings by default.

    Raises
    ------
    InputError
        For a file that is neither, and a published file whose hash is not the one that its
        certificates name.
    """
    document = judge.read(path)
    known = document.get("format")
    folder = models_folder() if models is None else Path(models)
    if known in _PROBLEMS:
        sha256 = judge.problem_sha256(document)
        name = next((name for name, found, _ in _published(folder) if found == sha256), None)
        return Contribution("problem", sha256, name)
    if known not in _CERTIFICATES:
        expected = "a problem or certificate of qkdopt (others: qkdopt import)"
        raise InputError(f"{path}: format", str(known), expected)
    verdict = judge.verify(document)
    sha256 = judge.problem_sha256(document["problem"])
    strategy: Mapping[str, Any] = document["strategy"]  # type: ignore[assignment]
    for name, found, certificates in _published(folder):
        if found == sha256:
            best = _best(certificates, strategy)
            return Contribution(
                "certificate",
                sha256,
                name,
                strategy,
                verdict,
                best,
                *_better(document, best, verdict),
            )
    return Contribution("certificate", sha256, None, strategy, verdict)


def _published(folder: Path) -> Iterator[tuple[str, str, list[tuple[str, dict[str, Any]]]]]:
    """Yield name, hash and (file, certificate) of every frozen problem.

    Raises
    ------
    InputError
        When a certificate of the folder is about another problem than the frozen one.
    """
    for frozen in sorted(folder.glob("*/problem.json*")):
        sha256 = judge.problem_sha256(judge.read(frozen))
        certificates = []
        for path in sorted((frozen.parent / "certificates").glob("*.json*")):
            claim = judge.read(path)
            if claim.get("problem_sha256") != sha256:
                came = f"SHA-256 {sha256[:16]}..."
                expected = f"{str(claim.get('problem_sha256'))[:16]}..., which {path.name} is about"
                raise InputError(str(frozen), came, expected)
            certificates.append((path.name, claim))
        yield frozen.parent.name, sha256, certificates


def _best(
    certificates: list[tuple[str, dict[str, Any]]], strategy: Mapping[str, Any]
) -> Best | None:
    same = [(name, claim) for name, claim in certificates if claim.get("strategy") == strategy]
    if not same:
        return None
    value = max(same, key=lambda item: _rank(strategy, item[1]["value"]))
    bound = min(same, key=lambda item: _rank(strategy, item[1]["bound"]))
    return Best(value[1]["value"], bound[1]["bound"], (value[0], bound[0]))


def _better(document: Mapping[str, Any], best: Best | None, verdict: Verdict) -> tuple[bool, bool]:
    if best is None or not verdict:
        return bool(verdict), bool(verdict)
    strategy = document["strategy"]
    return (
        _rank(strategy, document["value"]) > _rank(strategy, best.value),
        _rank(strategy, document["bound"]) < _rank(strategy, best.bound),
    )


def _rank(strategy: Mapping[str, Any], number: Any) -> tuple[Fraction, int]:
    """Return what is larger the better a schedule is: divergence counts downwards."""
    if isinstance(number, Mapping):
        return Fraction(number["t"]), int(number["total"])
    return (-Fraction(number), 0) if strategy.get("name") == "least" else (Fraction(number), 0)
