"""One family of errors: each says where, what came and what was expected, in one line."""

from __future__ import annotations

__all__ = [
    "FontWarning",
    "InputError",
    "LicenceError",
    "MissingSolverError",
    "NotBuiltYetError",
    "OutputError",
    "PluginError",
    "QkdoptError",
    "SolverError",
]

_LONGEST_QUOTE = 80


class FontWarning(UserWarning):
    """A picture has boxes in place of characters that no installed font knows."""


class QkdoptError(Exception):
    """Anything qkdopt refuses; the message is one line that a user can act on."""


class InputError(QkdoptError):
    """Input that cannot be used.

    Parameters
    ----------
    where
        File, then key or row: ``"scenario.toml: station[0].lat_deg"``.
    came
        What stood there, quoted in the message (shortened when long).
    expected
        What would have been accepted: ``"-90 <= lat_deg <= 90"``.
    """

    def __init__(self, where: str, came: object, expected: str) -> None:
        self.where = where
        self.came = came
        self.expected = expected
        super().__init__(f"{where}: got {quote(came)}, expected {expected}")


class OutputError(QkdoptError):
    """A result that could not be written; what stood at its place before is untouched."""


class SolverError(QkdoptError):
    """A solver that is unknown, absent, cannot carry the problem, or broke down."""


class MissingSolverError(SolverError):
    """A solver that is not installed; the message ends with the line that installs it."""


class LicenceError(SolverError):
    """A solver whose licence is absent or too small for the problem."""


class PluginError(QkdoptError):
    """An extension from another package that is absent, cannot be loaded, or misbehaves."""


class NotBuiltYetError(QkdoptError):
    """A documented strategy, solver or command that this version does not have yet."""


def quote(came: object) -> str:
    """Return ``came`` as one short printable line."""
    text = came if isinstance(came, str) and came.isidentifier() else repr(came)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 3] + "..."
