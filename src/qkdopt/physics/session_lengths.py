"""Key lengths of all sessions of a key tensor's contacts: finite blocks of expected counts."""

from collections.abc import Sequence

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.physics.finite_counts import LinkCounts, finite_counts
from qkdopt.physics.scenario import Scenario
from qkdopt.tensor import KeyTensor
from qkdopt.tensor.sessions import check_number, contacts_of, triangle_size

_AT_ONCE = 200_000  # sessions, for the sake of memory


def counts_sessions(scenario: Scenario) -> bool:
    """Say whether ``[finite_key]`` makes each session a block, so that schedules count them."""
    return scenario.finite_key is not None and scenario.finite_key.block == "session"


def with_sessions(scenario: Scenario, keys: KeyTensor, *, workers: int | None = None) -> KeyTensor:
    """Return the tensor with the key length of every session of its contacts.

    Counts of a session are added in order of time, as those of any other block.

    Parameters
    ----------
    scenario
        Of one satellite, with a table ``[finite_key]``.
    keys
        Its tensor; a contact ends where its link has no bits.
    workers
        Threads; all cores by default.

    Raises
    ------
    InputError
        As :func:`~qkdopt.physics.finite_counts.finite_counts`.
    LimitError
        For more than :data:`~qkdopt.tensor.sessions.MOST_SESSIONS`.
    """
    counts = finite_counts(scenario, workers=workers).values()
    triangles = session_lengths(keys.bits > 0, keys.interval, list(counts), scenario.origin)
    return keys.in_sessions(triangles, f"{scenario.origin}: finite_key")


def session_lengths(
    servable: Bools, interval: Integers, counts: Sequence[LinkCounts], where: str
) -> list[Integers]:
    """Return the key lengths of the sessions of each contact, as ``Sessions`` has them.

    Parameters
    ----------
    servable, interval
        Which links can be served, shape ``(N, A)``, and global indices, shape ``(A,)``.
    counts
        Of each link, ``N`` of them.
    where
        Named in errors.

    Raises
    ------
    LimitError
        For more than :data:`~qkdopt.tensor.sessions.MOST_SESSIONS`.
    """
    contact, first, length = contacts_of(servable, interval)
    check_number(length, f"{where}: finite_key.block")
    triangles: list[Integers] = []
    for row, of_link in zip(contact, counts, strict=True):
        own = np.unique(row[row >= 0])
        triangles += _triangles(of_link, interval[first[own]], length[own])
    return triangles


def _triangles(counts: LinkCounts, begins: Integers, length: Integers) -> list[Integers]:
    """Return the bits of the sessions of each contact of a link, by first interval and length."""
    rows = counts.rows
    found: list[Integers] = []
    at = np.searchsorted(counts.interval, begins)
    sizes = np.asarray(triangle_size(length))
    group = np.cumsum(sizes) // _AT_ONCE
    for number in np.unique(group):
        part = np.flatnonzero(group == number)
        sums = [_sums(rows[:, at[c] : at[c] + length[c]]) for c in part]
        bits = counts.bits(np.concatenate(sums, axis=1))
        found += np.split(bits, np.cumsum(sizes[part])[:-1])
    return found


def _sums(rows: Floats) -> Floats:
    """Return the sums over each session of a contact: ``(R, L)`` becomes ``(R, L (L + 1) / 2)``."""
    return np.concatenate([rows[:, i:].cumsum(axis=1) for i in range(rows.shape[1])], axis=1)
