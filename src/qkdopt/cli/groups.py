"""Options of a command in groups: a parameter that is a dataclass stands for one option a field."""

from collections.abc import Callable
from dataclasses import Field, field, fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Annotated, TypeVar, get_type_hints

from qkdopt.cli.options import flag, option

_INFO = "option"
_Default = TypeVar("_Default")


def setting(
    metavar: str,
    help: str,
    parser: Callable[[str], object] | None = None,
    *,
    default: _Default = None,  # type: ignore[assignment]
    flags: str = "",
) -> _Default:
    """Return the field of an option with a value; its help shows a default that says something.

    The option has the field's name unless ``flags`` say another.
    """
    info = option(flags, metavar, help, parser, shown=default is not None)
    return field(default=default, metadata={_INFO: info})


def switch(flags: str, help: str) -> bool:
    """Return the field of an option that is given or not."""
    return field(default=False, metadata={_INFO: flag(flags, help)})


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
        options += [_option_of(item, own[item.name]) for item in fields(kind)]

    @wraps(command)
    def called(**given: object) -> int:
        for name, kind in groups.items():
            given[name] = kind(**{field: given.pop(field) for field in get_type_hints(kind)})
        return command(**given)

    called.__signature__ = Signature(options)  # type: ignore[attr-defined]
    called.__annotations__ = {option.name: option.annotation for option in options}
    return called


def _option_of(item: Field[object], kind: object) -> Parameter:
    """Return the parameter of a field, whose type or itself says which option it is."""
    if _INFO in item.metadata:
        kind = Annotated[kind, item.metadata[_INFO]]
    return _option(item.name, kind, item.default)


def _option(name: str, kind: object, default: object) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=kind)
