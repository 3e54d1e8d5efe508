"""A contributed certificate or instance, verified and compared with the published results."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from qkdopt import verifier
from qkdopt.errors import InputError
from qkdopt.library import PROBLEM, checked_problem, models_folder, published_index
from qkdopt.study.published import rank
from qkdopt.verifier import Verdict

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
        Files of the best value and the best bound.
    """

    value: object
    bound: object
    files: tuple[str, str]


@dataclass(frozen=True)
class Contribution:
    """Verdict on a contributed file, and the improvement it makes.

    Attributes
    ----------
    kind
        ``certificate`` or ``problem``.
    problem_sha256
        Hash of the problem that it is or is about.
    published_as
        The published problem with that hash, or ``None``.
    verdict
        Of the verifier, for a certificate.
    best
        Best known, for a certificate about a published problem; ``None`` when the strategy is
        new to it.
    better_value, better_bound
        Whether a certificate that holds improves on them.
    """

    kind: str
    problem_sha256: str
    published_as: str | None = None
    strategy: Mapping[str, object] = field(default_factory=dict)
    verdict: Verdict | None = None
    best: Best | None = None
    better_value: bool = False
    better_bound: bool = False


def check_contribution(
    path: str | PathLike[str], models: str | PathLike[str] | None = None
) -> Contribution:
    """Verify a certificate or check an instance, and compare it with the published ones.

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
    document = verifier.read(path)
    known = document.get("format")
    folder = models_folder() if models is None else Path(models)
    if known in _PROBLEMS:
        sha256 = verifier.problem_sha256(document)
        named = (frozen.parent.name for frozen, found in _published(folder) if found == sha256)
        return Contribution("problem", sha256, next(named, None))
    if known not in _CERTIFICATES:
        expected = "a problem or certificate of qkdopt (others: qkdopt import)"
        raise InputError(f"{path}: format", str(known), expected)
    verdict = verifier.verify(document)
    sha256 = verifier.problem_sha256(document["problem"])
    strategy: Mapping[str, object] = document["strategy"]  # type: ignore[assignment]
    for frozen, found in _published(folder):
        if found == sha256:
            best = _best(_certificates(frozen, sha256), strategy)
            return Contribution(
                "certificate",
                sha256,
                frozen.parent.name,
                strategy,
                verdict,
                best,
                *_better(document, best, verdict),
            )
    return Contribution("certificate", sha256, None, strategy, verdict)


def _published(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield the frozen file and the hash of every published problem.

    The hashes are those of the library's index, which the files are held against; what it does
    not list is held against its certificates.
    """
    index = published_index(folder)
    for frozen in sorted(folder.glob("*/problem.json*")):
        if frozen.name == PROBLEM and "sha256" in index.get(frozen.parent.name, {}):
            yield checked_problem(frozen.parent), index[frozen.parent.name]["sha256"]
        else:
            sha256 = verifier.problem_sha256(verifier.read(frozen))
            _certificates(frozen, sha256)
            yield frozen, sha256


def _certificates(frozen: Path, sha256: str) -> list[tuple[str, dict[str, object]]]:
    """Return file name and document of every certificate beside a frozen problem.

    Raises
    ------
    InputError
        When one is about another problem.
    """
    certificates = []
    for path in sorted((frozen.parent / "certificates").glob("*.json*")):
        claim = verifier.read(path)
        if claim.get("problem_sha256") != sha256:
            came = f"SHA-256 {sha256[:16]}..."
            expected = f"{str(claim.get('problem_sha256'))[:16]}..., which {path.name} is about"
            raise InputError(str(frozen), came, expected)
        certificates.append((path.name, claim))
    return certificates


def _best(
    certificates: list[tuple[str, dict[str, object]]], strategy: Mapping[str, object]
) -> Best | None:
    same = [(name, claim) for name, claim in certificates if claim.get("strategy") == strategy]
    if not same:
        return None
    value = max(same, key=lambda item: rank(strategy, item[1]["value"]))
    bound = min(same, key=lambda item: rank(strategy, item[1]["bound"]))
    return Best(value[1]["value"], bound[1]["bound"], (value[0], bound[0]))


def _better(document: Mapping[str, Any], best: Best | None, verdict: Verdict) -> tuple[bool, bool]:
    if best is None or not verdict:
        return bool(verdict), bool(verdict)
    strategy = document["strategy"]
    return (
        rank(strategy, document["value"]) > rank(strategy, best.value),
        rank(strategy, document["bound"]) < rank(strategy, best.bound),
    )
