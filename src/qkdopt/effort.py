"""Limits on requested work: seeds, threads, time."""

from qkdopt.errors import InputError

MOST_THREADS = 256
"""Threads of a solver or of a computation, and processes at once."""

LARGEST_SEED = 2**31 - 1
"""What every solver takes."""

LONGEST_SECONDS = 31_622_400
"""Longest time limit on the command line: a year of 366 days."""

MOST_POINTS = 1000
"""Points of a front, each of which is solved."""


def check_effort(*, threads: object = 1, seed: object = 0) -> None:
    """Refuse absurd numbers of threads and seeds.

    Raises
    ------
    InputError
        For anything but whole numbers, ``1 <= threads <= MOST_THREADS`` and
        ``0 <= seed <= LARGEST_SEED``.
    """
    for name, value, least, most in (
        ("threads", threads, 1, MOST_THREADS),
        ("seed", seed, 0, LARGEST_SEED),
    ):
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise InputError(name, value, f"a whole number, {least:,} to {most:,}")
