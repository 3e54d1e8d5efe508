"""Secret bits of uninterrupted services, where the key of each is a finite block of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from qkdopt.arrays import Bools, Integers, read_only
from qkdopt.errors import Described, InputError, LimitError
from qkdopt.tensor.checks import whole

MOST_SESSIONS = 10_000_000
"""Most sessions of all links in one problem."""


def triangle_size(length: int | Integers) -> int | Integers:
    """Return how many sessions a contact of so many intervals has."""
    return length * (length + 1) // 2


def check_number(length: Integers, where: str) -> None:
    """Refuse contacts of so many intervals where they have too many sessions.

    Raises
    ------
    LimitError
        For more than :data:`MOST_SESSIONS`.
    """
    if (number := sum(map(triangle_size, length.tolist()))) > MOST_SESSIONS:
        came = Described(f"{number:,} sessions in contacts of up to {length.max():,} intervals")
        expected = f"at most {MOST_SESSIONS:,}: longer intervals, or another block"
        raise LimitError(where, came, expected)


class ServedSessions(NamedTuple):
    """The sessions of a schedule in order of time; link, first and last active interval, bits."""

    link: Integers
    first: Integers
    last: Integers
    bits: Integers


@dataclass(frozen=True, eq=False)
class Sessions:
    """Key lengths of all sessions of one satellite with ``N`` links and ``A`` active intervals.

    A *contact* is a maximal run of consecutive intervals in which a link can be served; a
    *session* is any run of them that serves it without a break. Contacts are numbered by link,
    then time; where several satellites are laid out as one, those of one after another.

    Attributes
    ----------
    contact
        Contact of each cell, -1 where the link cannot be served; shape ``(N, A)``, read-only.
    first, length
        First active interval of each contact and how many it has, shape ``(C,)``.
    bits
        Key length of each session, whole, one contact after another: of those that begin in its
        first interval, from the shortest to the longest, then of those that begin in the next;
        shape ``(S,)``, read-only.
    """

    contact: Integers
    first: Integers
    length: Integers
    bits: Integers

    @classmethod
    def create(
        cls,
        bits: Integers,
        interval: Integers,
        triangles: Sequence[ArrayLike],
        where: str = "sessions",
    ) -> Sessions:
        """Return the sessions of a key tensor's contacts.

        Parameters
        ----------
        bits, interval
            As in :class:`~qkdopt.KeyTensor`: a link can be served where its bits are not 0.
        triangles
            Of each contact the key lengths in the order of :attr:`bits`.

        Raises
        ------
        InputError
            For another number of contacts or of sessions, and anything but whole bits >= 0.
        LimitError
            As :func:`check_number`.
        """
        contact, first, length = contacts_of(bits > 0, interval)
        check_number(length, where)
        if len(triangles) != first.size:
            expected = f"the sessions of {first.size} contacts"
            raise InputError(where, Described(f"those of {len(triangles)}"), expected)
        found = [whole(table, f"{where}[{c}]") for c, table in enumerate(triangles)]
        for c, table in enumerate(found):
            if table.shape != (triangle_size(length[c]),):
                came = Described(f"{table.size} key lengths")
                size = triangle_size(length[c])
                raise InputError(f"{where}[{c}]", came, f"{size} for {length[c]} intervals")
        return cls._held(contact, first, length, np.concatenate([*found, np.zeros(0, np.int64)]))

    @classmethod
    def joined(
        cls, shape: tuple[int, int], parts: Iterable[tuple[Sessions, Integers, Integers]]
    ) -> Sessions:
        """Return the sessions of several satellites as those of one.

        Parameters
        ----------
        shape
            ``(N, A)`` of the one.
        parts
            Sessions of each satellite, and the numbers that its links and its active intervals
            have there. Intervals of a contact must stay neighbours.
        """
        contact, count = np.full(shape, -1, np.int64), 0
        none = np.zeros(0, np.int64)
        found = [(none, none, none)]
        for own, links, active in parts:
            contact[np.ix_(links, active)] = np.where(own.contact < 0, -1, own.contact + count)
            found.append((active[own.first], own.length, own.bits))
            count += own.first.size
        first, length, bits = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
        return cls._held(contact, first, length, bits)

    @classmethod
    def _held(
        cls, contact: Integers, first: Integers, length: Integers, bits: Integers
    ) -> Sessions:
        return cls(read_only(contact), first, length, read_only(bits))

    @cached_property
    def offset(self) -> Integers:
        """Where the sessions of each contact begin in :attr:`bits`, then ``S``; ``(C + 1,)``."""
        return np.append(0, np.cumsum(triangle_size(self.length)))

    @cached_property
    def link(self) -> Integers:
        """Link of each contact, shape ``(C,)``."""
        rows, columns = np.nonzero(self.contact >= 0)
        link = np.empty(self.first.size, np.int64)
        link[self.contact[rows, columns]] = rows
        return link

    @cached_property
    def increments(self) -> Integers:
        """Return how much each session has more than one that ends an interval before; ``(S,)``.

        Those of one interval have all their bits more.
        """
        begins = np.zeros(self.bits.size, np.bool_)
        begins[self._rows()] = True
        before = np.append(0, self.bits[:-1])
        return self.bits - np.where(begins, 0, before)

    @cached_property
    def most(self) -> Integers:
        """Largest change of the bits in each interval by serving it, in size; shape ``(A,)``."""
        most = np.zeros(self.contact.shape[1], np.int64)
        np.maximum.at(most, self.last, np.abs(self.increments))
        return most

    @cached_property
    def reach(self) -> tuple[int, ...]:
        """Bits that no schedule can exceed with each link, shape ``(N,)``."""
        most = np.zeros(self.contact.shape, np.int64)
        link = np.repeat(self.link, triangle_size(self.length))
        np.maximum.at(most, (link, self.last), self.increments)
        return tuple(most.sum(axis=1).tolist())

    @cached_property
    def last(self) -> Integers:
        """Last active interval of each session, shape ``(S,)``."""
        rows = self._rows()
        sizes = np.diff(np.append(rows, self.bits.size))
        begin = np.concatenate([f + np.arange(n) for f, n in self.spans()] + [rows[:0]])
        return np.arange(self.bits.size) + np.repeat(begin - rows, sizes)

    def spans(self) -> Iterator[tuple[int, int]]:
        """Yield first active interval and number of intervals of each contact."""
        yield from zip(self.first.tolist(), self.length.tolist(), strict=True)

    def triangles(self) -> list[list[int]]:
        """Return the key lengths of each contact."""
        return [self.bits[begin:end].tolist() for begin, end in pairwise(self.offset.tolist())]

    def place(self, contact: Integers, first: Integers, last: Integers) -> Integers:
        """Return where sessions stand in :attr:`bits`: from and to which active intervals."""
        i, length = first - self.first[contact], self.length[contact]
        row: Integers = self.offset[contact] + i * length - i * (i - 1) // 2
        return row + last - first

    def served(self, service: Integers) -> ServedSessions:
        """Return the sessions of a schedule: link of each active interval or -1, shape ``(A,)``.

        Services of a link that cannot be served are left out.
        """
        return self.served_in_rows(service[np.newaxis], 0)[1]

    def served_in_rows(self, services: Integers, begin: int) -> tuple[Integers, ServedSessions]:
        """Return the sessions of several schedules, and which one each is of.

        ``services`` have the links of the active intervals from ``begin`` on, shape ``(K, L)``.
        """
        idle = np.full((len(services), 1), -1, np.int64)
        apart = np.concatenate((services, idle), axis=1).ravel()
        flat = np.flatnonzero(apart >= 0)
        contact = self.contact[apart[flat], begin + flat % (services.shape[1] + 1)]
        flat, contact = flat[contact >= 0], contact[contact >= 0]
        begins = np.ones(flat.size, bool)
        begins[1:] = (flat[1:] != flat[:-1] + 1) | (contact[1:] != contact[:-1])
        first = np.flatnonzero(begins)
        last = np.append(first[1:], flat.size)[: first.size] - 1
        row, at = np.divmod(flat, services.shape[1] + 1)
        at += begin
        bits = self.bits[self.place(contact[first], at[first], at[last])]
        return row[first], ServedSessions(apart[flat[first]], at[first], at[last], bits)

    def bits_within(self, link: int, begin: int, end: int) -> int:
        """Return the bits of serving a link from one active interval up to another.

        That is one session, unless the link cannot be served in some of them.
        """
        return int(self.served_in_rows(np.full((1, end - begin), link), begin)[1].bits.sum())

    def restricted(self, servable: Bools, kept: Integers) -> Sessions:
        """Return those of a problem with fewer cells: its contacts are parts of contacts here.

        Parameters
        ----------
        servable
            Which cells are left, shape ``(N, A)`` with the ``A`` active intervals that are.
        kept
            These intervals, by their numbers here, rising; shape ``(A,)``.
        """
        contact, first, length = _parts(np.where(servable, self.contact[:, kept], -1), kept)
        old = Sessions._held(contact, first, length, np.zeros(0, np.int64))
        parts = [np.zeros(0, np.int64)]
        for n, (begin, size) in zip(old.link.tolist(), old.spans(), strict=True):
            at = kept[begin]
            own = np.full(size, self.contact[n, at])
            starts = at + np.arange(size)
            rows = self.place(own, starts, starts).tolist()
            parts += [self.bits[row : row + size - i] for i, row in enumerate(rows)]
        return Sessions._held(contact, first, length, np.concatenate(parts))

    def _rows(self) -> Integers:
        """Return where the sessions that begin in each interval of each contact are in bits."""
        each = [np.full(size, c) for c, size in enumerate(self.length.tolist())]
        own = np.concatenate([*each, np.zeros(0, np.int64)])
        starts = [first + np.arange(size) for first, size in self.spans()]
        at = np.concatenate([*starts, np.zeros(0, np.int64)])
        return self.place(own, at, at)


def contacts_of(servable: Bools, interval: Integers) -> tuple[Integers, Integers, Integers]:
    """Return the contact of each cell, and first interval and length of each contact.

    As :class:`Sessions` has them; ``servable`` says who can be served, shape ``(N, A)``, and
    ``interval`` has the global indices, shape ``(A,)``.
    """
    return _parts(np.where(servable, 0, -1), interval)


def _parts(whole: Integers, time: Integers) -> tuple[Integers, Integers, Integers]:
    """Return the same of runs in one whole, -1 for none, at times that follow one another."""
    link, at = np.nonzero(np.ascontiguousarray(whole >= 0))
    begins = (np.diff(time[at], prepend=-2) != 1) | (np.diff(link, prepend=-1) != 0)
    begins |= np.diff(whole[link, at], prepend=-1) != 0
    number = np.cumsum(begins) - 1
    contact = np.full(whole.shape, -1, np.int64)
    contact[link, at] = number
    return contact, at[begins], np.bincount(number, minlength=int(begins.sum()))
