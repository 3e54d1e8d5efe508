"""Neutralise text from files for display: terminals, spreadsheets, calendars.

A name in a file may hold what a terminal obeys (escape sequences), what turns the direction of
writing, or what a spreadsheet takes for a formula. Every writer uses these functions.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable

_SHOWN_ESCAPED = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
_JOINERS = "\u200c\u200d"  # part of how some scripts and signs are written
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER = re.compile(r"[-+]?([0-9][0-9,]*(\.[0-9]+)?([eE][-+]?[0-9]+)?( ?%)?)?")
_QUOTE = "'"


def printable(text: str, keep: str = "") -> str:
    """Return ``text`` with control, direction and other unseen characters as escapes.

    An escape character comes back as four: backslash, ``x1b``. Letters and signs of all scripts
    stay.

    Parameters
    ----------
    keep
        Characters that stay whatever they are, such as a line's end.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        one
        if one in keep or one in _JOINERS or unicodedata.category(one) not in _SHOWN_ESCAPED
        else one.encode("unicode_escape").decode()
        for one in text
    )


def csv_line(cells: Iterable[object]) -> str:
    """Return one row of comma-separated values; a text that a spreadsheet would run is quoted.

    The quote is an apostrophe in front, which spreadsheets hide; :func:`csv_text` takes it away.
    Numbers stay as they are, with their signs; ``None`` is an empty cell.
    """
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(
        _harmless(cell) if isinstance(cell, str) else cell for cell in cells
    )
    return line.getvalue()


def csv_text(cell: str) -> str:
    """Return the text that :func:`csv_line` made this cell of."""
    return cell[1:] if cell.startswith(_QUOTE) and _would_run(cell[1:]) else cell


def _harmless(cell: str) -> str:
    text = printable(cell)
    return _QUOTE + text if _would_run(text) else text


def _would_run(text: str) -> bool:
    """Return whether a cell begins like a formula, after any quotes, and is not a number."""
    return text.lstrip(_QUOTE).startswith(_FORMULA) and not _NUMBER.fullmatch(text)
