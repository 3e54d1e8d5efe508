"""Verify a certificate given as an object, a document or a file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, TypeAlias

from qkdopt import verifier
from qkdopt.certificates import Certificate
from qkdopt.errors import InputError, LimitError
from qkdopt.verifier import Verdict

if TYPE_CHECKING:
    from qkdopt.contact import ContactProblem
    from qkdopt.optimize.problem import SchedulingProblem

_Path: TypeAlias = "str | os.PathLike[str]"


def verify(
    certificate: Certificate | Mapping[str, object] | _Path | None,
    problem: SchedulingProblem | ContactProblem | Mapping[str, object] | _Path | None = None,
    *,
    time_limit: float | None = None,
) -> Verdict:
    """Return the verifier's verdict: true in a condition when every claim holds.

    Parameters
    ----------
    certificate
        A certificate, its parsed document, or a ``.json`` or ``.json.gz`` file.
    problem
        The problem that the certificate has to be about, as an object, a parsed document or
        a file (a problem's or a certificate's); ``None`` verifies it for the problem it contains.
    time_limit
        Seconds after which judging is given up, reading included; by default only its steps are
        limited, to some seconds.

    Raises
    ------
    InputError
        When there is no certificate to verify: ``None``, an unreadable file, a malformed
        document, a time limit that is not a positive number.
    LimitError
        When judging would take more steps, memory or seconds than allowed: the claims are not
        verified, which does not mean that they are false.
    """
    began = monotonic()
    if time_limit is not None and not (isinstance(time_limit, int | float) and time_limit > 0):
        raise InputError("time_limit", time_limit, "a number of seconds > 0")
    if certificate is None:
        raise InputError("certificate", "none", "a certificate (the solver left no schedule)")
    if isinstance(certificate, Certificate):
        certificate = certificate.document
    asked = None if problem is None else _document(problem)
    if isinstance(certificate, Mapping):
        return verifier.verify(dict(certificate), asked, time_limit=time_limit, began=began)
    with naming(certificate):
        document = verifier.read(certificate)
        return verifier.verify(document, asked, time_limit=time_limit, began=began)


@contextmanager
def naming(path: _Path) -> Iterator[None]:
    """Prefix errors about a document with its file, or a description of where it is."""
    try:
        yield
    except InputError as error:
        if os.fspath(path) in error.where:
            raise
        kind = LimitError if isinstance(error, LimitError) else InputError
        raise kind(f"{path}: {error.where}", error.came, error.expected) from error


def _document(problem: SchedulingProblem | ContactProblem | Mapping[str, object] | _Path) -> object:
    if isinstance(problem, str | os.PathLike):
        document: Mapping[str, object] = verifier.read(problem)
        if document.get("format") in ("qkdopt-certificate", "qkdopt-contact-certificate"):
            return document.get("problem")
        return document
    return dict(problem) if isinstance(problem, Mapping) else problem.document()
