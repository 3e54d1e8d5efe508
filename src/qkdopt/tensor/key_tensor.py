"""The key tensor ``K[n, m]``: the output of the physics, the input of the optimiser."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, partial
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from qkdopt.arrays import Integers, read_only
from qkdopt.errors import InputError
from qkdopt.nearest import missing_file
from qkdopt.notebook import as_table
from qkdopt.tensor._facts import facts_of, size_of
from qkdopt.tensor._formats import by_suffix
from qkdopt.tensor.checks import check_increasing, checked_links, in_utc, whole
from qkdopt.tensor.scenarios import Scenarios, table_of
from qkdopt.tensor.sessions import Sessions
from qkdopt.tensor.slew_table import NO_SLEW, SlewTable
from qkdopt.tensor.weights import exact_weights
from qkdopt.timegrid import decimal_seconds, plain_decimal

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True, eq=False, kw_only=True)
class KeyTensor:
    """Whole secret bits that each link can deliver in each active interval.

    ``N`` links, ``A`` active intervals (at least one link could deliver something; others
    may be left out). Built with :meth:`create`, which checks everything.

    Attributes
    ----------
    bits
        Secret bits, int64 >= 0, shape ``(N, A)``, read-only.
    interval
        Global interval indices, int64 >= 0, strictly increasing, shape ``(A,)``, read-only.
    links
        Names of the links, ``N`` of them, all different.
    interval_s, switch_s
        Length of an interval and of a hand-over [s], exact decimals.
    weights
        Integer traffic weight of each link's target, or ``None`` when there are none.
    start_utc
        Instant at which interval 0 begins, or ``None`` when unknown.
    provenance
        How the numbers came about: free text by key.
    slew
        Hand-overs between links that take less time than ``switch_s``.
    sessions
        Key lengths of uninterrupted services, where keys are of finite blocks: bits then say who
        can be served, and what they would add up to in blocks without end.
    scenarios
        Bits under each of several possible skies; ``bits`` are then the most that any brings.
    """

    bits: Integers
    interval: Integers
    links: tuple[str, ...]
    interval_s: Decimal
    switch_s: Decimal
    weights: tuple[int, ...] | None = None
    start_utc: datetime | None = None
    provenance: Mapping[str, str] = field(default_factory=dict)
    slew: SlewTable = NO_SLEW
    sessions: Sessions | None = None
    scenarios: Scenarios | None = None

    @classmethod
    def create(
        cls,
        bits: ArrayLike,
        interval: ArrayLike,
        links: Sequence[str],
        *,
        interval_s: object = 10,
        switch_s: object = 10,
        weights: Mapping[str, object] | None = None,
        start_utc: datetime | None = None,
        provenance: Mapping[str, str] | None = None,
        where: str = "key tensor",
    ) -> KeyTensor:
        """Check everything and return the tensor.

        Parameters
        ----------
        bits, interval, links, start_utc, provenance
            As the attributes of the same names; ``bits`` has shape ``(N, A)``.
        interval_s, switch_s
            Seconds as integers, decimals or decimal text.
        weights
            Weight by link name; decimals are scaled to integers, see
            :func:`qkdopt.tensor.exact_weights`.
        where
            Named in errors, for instance the file that was read.

        Raises
        ------
        InputError
            For negative, fractional or non-finite bits, indices that are negative, repeated
            or not increasing, repeated link names, shapes that do not fit, and bad weights.
        """
        names = checked_links(links, where)
        indices = whole(interval, f"{where}: interval")
        table = whole(bits, f"{where}: bits")
        if table.size == 0 and table.ndim != 2:  # noqa: PLR2004 (a table has two dimensions)
            table = table.reshape(len(names), len(indices))
        if indices.ndim != 1 or table.shape != (len(names), len(indices)):
            expected = f"shape (links, intervals) = ({len(names)}, {indices.size})"
            raise InputError(f"{where}: bits", f"shape {table.shape}", expected)
        check_increasing(indices, where)
        by_interval = np.asfortranarray(table)
        if by_interval is bits:
            by_interval = by_interval.copy(order="F")
        return cls(
            bits=read_only(by_interval),
            interval=read_only(indices.copy()),
            links=names,
            interval_s=decimal_seconds(interval_s, f"{where}: interval_s", positive=True),
            switch_s=decimal_seconds(switch_s, f"{where}: switch_s"),
            weights=(
                None
                if weights is None
                else tuple(exact_weights(weights, names, f"{where}: weights"))
            ),
            start_utc=in_utc(start_utc),
            provenance=MappingProxyType(dict(provenance or {})),
        )

    def __repr__(self) -> str:
        """Say the size, the length of an interval and the sum over each interval's best link."""
        return f"KeyTensor({size_of(self)})"

    def _repr_html_(self) -> str:
        return as_table("KeyTensor", facts_of(self))

    def __reduce__(self) -> tuple[object, ...]:
        """Let the tensor travel to another process, where it is checked again."""
        weights: dict[str, object] | None = None
        if self.weights is not None:
            weights = dict(zip(self.links, self.weights, strict=True))
        create = partial(
            KeyTensor.create,
            interval_s=self.interval_s,
            switch_s=self.switch_s,
            weights=weights,
            start_utc=self.start_utc,
            provenance=dict(self.provenance),
        )
        more = {"sessions": self.sessions, "scenarios": self.scenarios}
        return _created, (create, self.slew, more, self.bits, self.interval, self.links)

    def slewing(self, slew: SlewTable, where: str = "key tensor") -> KeyTensor:
        """Return the tensor with hand-overs that take less time than ``switch_s``.

        Raises
        ------
        InputError
            For links that it does not have.
        """
        beyond = slew.runs[(slew.runs[:, :2] >= len(self.links)).any(axis=1)]
        for run in beyond.tolist():
            raise InputError(f"{where}: slew", run, f"links from 0 to {len(self.links) - 1}")
        return replace(self, slew=slew)

    def without_empty_intervals(self) -> KeyTensor:
        """Return the tensor without the intervals in which no link can deliver anything."""
        active = self.bits.any(axis=0)
        if active.all():
            return self
        bits = read_only(np.asfortranarray(self.bits[:, active]))
        interval = read_only(self.interval[active])
        sessions = self.sessions
        if sessions is not None:
            sessions = sessions.restricted(bits > 0, np.flatnonzero(active))
        scenarios = self.scenarios
        if scenarios is not None:
            scenarios = scenarios.restricted(np.flatnonzero(active))
        return replace(self, bits=bits, interval=interval, sessions=sessions, scenarios=scenarios)

    def in_sessions(
        self, triangles: Sequence[ArrayLike], where: str = "key tensor: sessions"
    ) -> KeyTensor:
        """Return the tensor with key lengths of the sessions of each contact.

        Parameters
        ----------
        triangles
            As :meth:`qkdopt.tensor.Sessions.create` takes them, which says what is refused.
        """
        return replace(self, sessions=Sessions.create(self.bits, self.interval, triangles, where))

    def in_scenarios(
        self,
        bits: ArrayLike,
        probability: Sequence[Fraction] | None = None,
        where: str = "key tensor: scenarios",
    ) -> KeyTensor:
        """Return the tensor with the bits of each of several possible skies in place of its own.

        Parameters
        ----------
        bits, probability
            As :meth:`qkdopt.tensor.Scenarios.create` takes them, which says what is refused.

        Raises
        ------
        InputError
            As there, for tables of another shape, and in a tensor with sessions.
        """
        scenarios = Scenarios.create(bits, probability, where)
        if scenarios.bits.shape[1:] != self.bits.shape:
            expected = f"shape (scenarios, {self.bits.shape[0]}, {self.bits.shape[1]})"
            raise InputError(f"{where}: bits", f"shape {scenarios.bits.shape}", expected)
        if self.sessions is not None:
            raise InputError(where, "keys of sessions", "keys that add up over intervals")
        return replace(self, bits=scenarios.most, scenarios=scenarios)

    def scenario(self, number: int) -> KeyTensor:
        """Return the tensor of one scenario, with the same intervals.

        Raises
        ------
        InputError
            When there is no such scenario.
        """
        return replace(self, bits=table_of(self.scenarios, number), scenarios=None)

    @cached_property
    def dataset(self) -> xarray.Dataset:
        """The tensor as an :class:`xarray.Dataset` over the same memory."""
        from qkdopt.tensor.netcdf_file import to_dataset

        return to_dataset(self)

    def save(self, path: str | PathLike[str]) -> None:
        """Write NetCDF (``.nc``) or CSV (``.csv``), atomically.

        Raises
        ------
        InputError
            For another ending, and sessions in CSV.
        OutputError
            When the file cannot be written.
        """
        by_suffix(path)[1](self, path)

    @classmethod
    def load(cls, path: str | PathLike[str], interval_s: object | None = None) -> KeyTensor:
        """Read a tensor from NetCDF (``.nc``) or CSV (``.csv``).

        Parameters
        ----------
        interval_s
            Length of an interval [s], for CSV files that do not say; others must say the same.

        Raises
        ------
        InputError
            When there is no such file, it does not hold a key tensor, or its intervals
            are of another length.
        """
        reader = by_suffix(path)[0]
        if not Path(path).exists():
            raise missing_file(path, "a key tensor (.nc or .csv)")
        if Path(path).suffix.lower() == ".csv":
            return reader(path, interval_s)
        keys = reader(path)
        asked = keys.interval_s
        if interval_s is not None:
            asked = decimal_seconds(interval_s, f"{path}: the requested interval", positive=True)
        if asked != keys.interval_s:
            expected = f"{plain_decimal(keys.interval_s)} s as in the file"
            raise InputError(f"{path}: the requested interval", f"{asked} s", expected)
        return keys


def _created(
    create: Callable[..., KeyTensor], slew: SlewTable, more: Mapping[str, Any], *arrays: object
) -> KeyTensor:
    return replace(create(*arrays).slewing(slew), **more)
