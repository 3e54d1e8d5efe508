"""The option ``--finite-key``: keys of a scenario's table ``[finite_key]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qkdopt.cli.inputs import given_scenario
from qkdopt.errors import InputError
from qkdopt.numerals import NumeralError, read_float

if TYPE_CHECKING:
    from qkdopt.physics import Scenario

_OPTION = "--finite-key"


def finite_key_scenario(problem: str, settings: str | None) -> Scenario:
    """Return the scenario of a problem with the option's keys set, if there are any.

    Raises
    ------
    InputError
        For what is no scenario, text that is no list of ``key=value``, unknown keys and unusable
        values.
    """
    if settings is None:
        return given_scenario(problem)
    if states_no_detections(problem):
        expected = "a scenario or a published problem: blocks are made of its detections"
        raise InputError(_OPTION, problem, expected)
    changes: dict[str, object] = {}
    for item in settings.split(","):
        key, equals, value = (part.strip() for part in item.partition("="))
        if not (key and equals and value):
            raise InputError(_OPTION, item, "key=value, such as block=pass")
        if (path := f"finite_key.{key}") in changes:
            raise InputError(_OPTION, settings, f"{key} once")
        changes[path] = _value(value)
    return given_scenario(problem).with_settings(changes)


def states_no_detections(problem: str) -> bool:
    """Say whether a problem is a file that holds bits but not how they come about."""
    from qkdopt.study.loading import KEY_ENDINGS, PROBLEM_ENDINGS

    return problem.lower().endswith((*KEY_ENDINGS, *PROBLEM_ENDINGS))


def _value(text: str) -> object:
    try:
        return read_float(text)
    except NumeralError:
        return text
