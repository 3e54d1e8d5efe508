"""Options of a command in groups: a parameter that is a dataclass stands for one option a field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import get_type_hints

__all__ = ["with_groups"]


def with_groups(command: Callable[..., int]) -> Callable[..., int]:
    """Return a command whose options are those of its groups, in the same order."""
    hints = get_type_hints(command, include_extras=True)
    options: list[Parameter] = []
    groups: dict[str, type] = {}
    for name, parameter in signature(command).parameters.items():
        kind = hints[name]
        if not (isinstance(kind, type) and is_dataclass(kind)):
            options.append(_option(name, kind, parameter.default))
            continue
        groups[name] = kind
        own = get_type_hints(kind, include_extras=True)
        for field in fields(kind):
            default = Parameter.empty if field.default is MISSING else field.default
            options.append(_option(field.name, own[field.name], default))

    @wraps(command)
    def called(**given: object) -> int:
        for name, kind in groups.items():
            given[name] = kind(**{field: given.pop(field) for field in get_type_hints(kind)})
        return command(**given)

    called.__signature__ = Signature(options)  # type: ignore[attr-defined]
    called.__annotations__ = {option.name: option.annotation for option in options}
    return called


def _option(name: str, kind: object, default: object) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=kind)
