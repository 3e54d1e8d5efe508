"""One family of errors: each states where, what was given and what was expected, in one line."""

import reprlib

_LONGEST_QUOTE = 80
_LONGEST_WORDS = 1000  # of a place, and of what was expected: a thousand names help no one


class FontWarning(UserWarning):
    """A picture has boxes in place of characters that no installed font knows."""


class Described(str):
    """A description of the input in an error message, shown without quotation marks."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the description itself."""
        return str(self)


class QkdoptError(Exception):
    """Anything qkdopt refuses; the message is one line that a user can act on."""


class InputError(QkdoptError):
    """Input that cannot be used.

    Parameters
    ----------
    where
        File, then key or row: ``"scenario.toml: station[0].lat_deg"``.
    came
        The input, quoted in the message (shortened when long); words about it, such as
        ``a folder``, as :class:`Described`.
    expected
        What would have been accepted: ``"-90 <= lat_deg <= 90"``.
    """

    def __init__(self, where: str, came: object, expected: str) -> None:
        self.where = where
        self.came = came
        self.expected = expected
        place, words = (_shortened(text, _LONGEST_WORDS) for text in (where, expected))
        super().__init__(f"{place}: got {quote(came)}, expected {words}")


class LimitError(InputError):
    """Input that exceeds the limits on work or memory: neither verified nor refuted."""


class MissingFileError(InputError):
    """A file that is not there.

    Parameters
    ----------
    where
        The path as it was given, or the option or key that names it.
    expected
        What the file should have been.
    near
        Names like it that are there.
    why
        What is missing before the file itself, such as its folder.
    """

    def __init__(
        self, where: str, expected: str, near: tuple[str, ...] = (), why: str = ""
    ) -> None:
        super().__init__(where, Described("no file"), expected)
        hint = f" ({why})" if why else f" (nearest: {', '.join(near)})" if near else ""
        self.args = (f"{where}: file not found{hint}, expected {expected}",)


class OutputError(QkdoptError):
    """A result that could not be written; the previous file is unchanged."""


class SolverError(QkdoptError):
    """A solver that is unknown, absent, cannot solve the problem, or fails."""


class NoScheduleError(SolverError):
    """It is proved that no schedule obeys the rules."""


class MissingSolverError(SolverError):
    """A solver that is not installed; the message ends with the line that installs it."""


class LicenceError(SolverError):
    """A solver whose licence is absent or too small for the problem."""


class PluginError(QkdoptError):
    """An extension from another package that is absent, cannot be loaded, or misbehaves."""


def quote(came: object) -> str:
    """Return ``came`` as one short printable line, however large or deep it is."""
    text = came if isinstance(came, str) and came.isidentifier() else _BEGINNING.repr(came)
    return _shortened(" ".join(text.split()), _LONGEST_QUOTE)


class _Beginning(reprlib.Repr):
    """What `repr` would say, as far as a quotation shows it."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlist = self.maxtuple = self.maxset = self.maxdict = _LONGEST_QUOTE
        self.maxstring = self.maxother = 5 * _LONGEST_QUOTE

    def repr_int(self, x: int, level: int) -> str:
        """Say of a number that would take minutes to print that it is one."""
        bits = x.bit_length()
        return repr(x) if bits <= 5 * _LONGEST_QUOTE else f"a whole number of {bits:,} bits"

    def repr_Decimal(self, x: object, level: int) -> str:
        """Say a decimal number as the user wrote it."""
        return str(x)

    def repr_dict(self, x: dict[object, object], level: int) -> str:
        """Keep the order that the keys have."""
        if level <= 0:
            return "{...}"
        items = (
            f"{self.repr1(key, level - 1)}: {self.repr1(value, level - 1)}"
            for key, value, _ in zip(x, x.values(), range(self.maxdict), strict=False)
        )
        return f"{{{', '.join(items)}{', ...' if len(x) > self.maxdict else ''}}}"


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 3] + "..."


_BEGINNING = _Beginning()
