"""The scheduling problem: integers only, canonical, no physics beyond."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, Self

from qkdopt.certificates import digest
from qkdopt.errors import Described, InputError
from qkdopt.notebook import as_table
from qkdopt.optimize.operations import NO_OPERATIONS, Operations
from qkdopt.optimize.problem import documents
from qkdopt.optimize.problem.facts import facts_of, size_of
from qkdopt.optimize.problem.joined import Joined
from qkdopt.optimize.problem.joining import joined
from qkdopt.optimize.problem.parts import (
    UNNAMED,
    Link,
    Network,
    Satellite,
    Station,
    stations_of_their_own,
)
from qkdopt.optimize.problem.receivers import SharedReceivers
from qkdopt.optimize.problem.views import Views
from qkdopt.tensor import KeyTensor, exact_weights, whole_bits, whole_traffic
from qkdopt.timegrid import decimal_seconds


@dataclass(frozen=True, eq=False, kw_only=True)
class SchedulingProblem(Views):
    """Each satellite serves at most one link per interval, and turns between different links.

    ``N`` links, ``A`` active intervals of a satellite. If its interval ``t[a]`` serves a link and
    its next service, of another link, is at ``t[a']``, then ``t[a'] - t[a] > tau``. Nothing else
    costs, and :class:`~qkdopt.optimize.operations.Operations` may ask for more.

    Attributes
    ----------
    satellites
        Each with its keys, its switching time and its rules; at least one.
    stations
        What receives, whatever the satellite.
    links, targets
        What can be served, and what the bits count for, whatever the satellite.
    interval_s
        Length of an interval [s], exact.
    weights
        Integer weight per target, or ``None``.
    stock
        Bits that each target has before the first interval, or ``None``.
    demand
        Most bits that each target has a use for, or ``None``.
    information
        What else somebody wants to be known, text by name; no solver looks at it.
    traffic
        Bits that each pair of targets wants to share, symmetric with zeros on the diagonal, or
        ``None``.
    version
        Of the document whose hash names the problem, and of its certificates: 1, or 2. Version 1
        knows one satellite only, and neither its name nor stations.
    receivers, joined
        Where the one satellite stands for several (:mod:`qkdopt.optimize.layout`): the receivers
        that these share, and which of them each interval belongs to. In no document.
    """

    satellites: tuple[Satellite, ...]
    stations: tuple[Station, ...]
    links: tuple[Link, ...]
    targets: tuple[str, ...]
    interval_s: Decimal
    weights: tuple[int, ...] | None = None
    stock: tuple[int, ...] | None = None
    demand: tuple[int, ...] | None = None
    information: Mapping[str, str] | None = None
    traffic: tuple[tuple[int, ...], ...] | None = None
    version: int = 1
    receivers: SharedReceivers | None = None
    joined: Joined | None = None

    @classmethod
    def from_keys(
        cls,
        keys: KeyTensor,
        *,
        switch_seconds: object | None = None,
        weights: Mapping[str, object] | None = None,
        operations: Operations | None = None,
        stock: Mapping[str, object] | None = None,
        demand: Mapping[str, object] | None = None,
        traffic: Mapping[str, Mapping[str, object]] | None = None,
    ) -> Self:
        """Return the problem of a key tensor; arguments override what the tensor says.

        Intervals in which no link has key are left out, so a pass ends where key ends. (A problem
        read from a file has the intervals, and so the passes, that the file lists.)

        Parameters
        ----------
        keys
            The tensor; each link is its own target.
        switch_seconds
            Length of a hand-over [s] as integer, decimal or decimal text.
        weights
            Weight by target name; decimals are scaled to integers.
        operations
            Further rules, or ``None``.
        stock
            Whole bits by target name, 0 for those that are not named.
        demand
            Whole bits by target name, for every target.
        traffic
            For every target its row of whole bits by the other target's name.

        Raises
        ------
        InputError
            For a negative or non-finite time, weights, stock, demand or traffic that do not fit,
            and rules about links that do not exist.
        """
        exact = (
            keys.weights
            if weights is None
            else tuple(exact_weights(weights, keys.links, "weights"))
        )
        if switch_seconds is not None:
            switch_s = decimal_seconds(switch_seconds, "switch_seconds")
            keys = replace(keys, switch_s=switch_s)
        links = [Link(name, target) for target, name in enumerate(keys.links)]
        problem = cls.create(keys.without_empty_intervals(), links, keys.links, exact, operations)
        return problem.having(stock=stock, demand=demand, traffic=traffic)

    @classmethod
    def from_satellites(
        cls,
        keys: Mapping[str, KeyTensor],
        *,
        network: Network | None = None,
        weights: Mapping[str, object] | None = None,
        operations: Mapping[str, Operations] | None = None,
    ) -> Self:
        """Return the problem, in version 2, of several satellites' key tensors.

        Links of one name lead to the same stations and target, whatever the satellite, and what
        they deliver adds up; in the problem they are called ``satellite-link``. As in
        :meth:`from_keys`, a pass of a satellite ends where its key ends.

        Parameters
        ----------
        keys
            The tensor of each satellite by its name, as from ``compute_keys_by_satellite``.
        network
            Stations with receivers and set-up times, and where links end; by default each link
            ends at a station, of its own name, with one receiver, and so is its target.
        weights
            Weight by target name; by default those of the tensors, if all have the same.
        operations
            Further rules by the satellite's name, in indices of its own links.

        Raises
        ------
        InputError
            For tensors, names, weights and rules that do not fit together.

        Examples
        --------
        >>> import qkdopt as qo
        >>> a = qo.KeyTensor.create([[5, 4], [0, 6]], [51, 52], ["Graz", "Wien"])
        >>> b = qo.KeyTensor.create([[7]], [52], ["Graz"])
        >>> problem = qo.SchedulingProblem.from_satellites({"A": a, "B": b})
        >>> [link.name for link in problem.links], problem.targets
        (['A-Graz', 'A-Wien', 'B-Graz'], ('Graz', 'Wien'))
        """
        return cls(**joined(keys, network, operations, weights))

    @classmethod
    def create(
        cls,
        keys: KeyTensor,
        links: Sequence[Link],
        targets: Sequence[str],
        weights: Sequence[int] | None,
        operations: Operations | None = None,
    ) -> Self:
        """Return the problem of one satellite's tensor, whose links may share targets.

        ``links`` are those of the tensor, in its order; each is given a station of its own. All
        intervals of the tensor are active, those in which nothing can be delivered as well: they
        belong to their pass.
        """
        operations = (operations or NO_OPERATIONS).slewing(keys.slew)
        operations.check_links(len(links))
        own, stations = stations_of_their_own(links)
        name = keys.provenance.get("satellite", "").strip() or UNNAMED
        return cls(
            satellites=(Satellite.with_keys(keys, name, operations),),
            stations=stations,
            links=own,
            targets=tuple(targets),
            interval_s=keys.interval_s,
            weights=None if weights is None else tuple(weights),
            version=1 if keys.sessions is None and keys.scenarios is None else 2,
        )

    def having(
        self,
        *,
        stock: Mapping[str, object] | None = None,
        demand: Mapping[str, object] | None = None,
        traffic: Mapping[str, Mapping[str, object]] | None = None,
    ) -> Self:
        """Return the problem with other stock, demand or traffic where given, by target name.

        Raises
        ------
        InputError
            For unknown targets, a target without demand, traffic that is no symmetric matrix,
            and anything but whole bits >= 0.
        """
        changes: dict[str, Any] = {}
        if stock is not None:
            changes["stock"] = whole_bits(stock, self.targets, "stock")
        if demand is not None:
            changes["demand"] = whole_bits(demand, self.targets, "demand", everyone=True)
        if traffic is not None:
            changes["traffic"] = whole_traffic(traffic, self.targets, "traffic")
        return replace(self, **changes) if changes else self

    def with_satellite(self, **changes: Any) -> Self:
        """Return the problem with changes to its one satellite: bits, interval, switch_s, ..."""
        return replace(self, satellites=(replace(self.satellite, **changes),))

    def scenario(self, number: int) -> Self:
        """Return the problem of one cloud scenario; see :meth:`Satellite.scenario`."""
        return replace(self, satellites=tuple(one.scenario(number) for one in self.satellites))

    def of_satellite(self, satellite: int) -> Self:
        """Return one satellite's part, its links numbered anew as :meth:`links_of` lists them."""
        return self._parts[satellite]

    @cached_property
    def _parts(self) -> tuple[Self, ...]:
        if len(self.satellites) == 1:
            return (self,)
        return tuple(
            replace(
                self,
                satellites=(satellite,),
                links=tuple(replace(self.links[n], satellite=0) for n in self.links_of(s)),
            )
            for s, satellite in enumerate(self.satellites)
        )

    def as_version(self, version: int) -> Self:
        """Return the same problem with the document, and so the hash, of version 1 or 2.

        Version 1 leaves the names of satellite and stations out, which no rule looks at where
        there is one satellite.

        Raises
        ------
        InputError
            For several satellites, sessions or scenarios in version 1, and another version.
        """
        if version not in documents.WRITERS:
            raise InputError("version", version, "1 or 2")
        new = ["sessions"] * self.in_sessions + ["scenarios"] * self.in_scenarios
        new += [f"{count} satellites"] if (count := len(self.satellites)) > 1 else []
        if version == 1 and new:
            raise InputError("problem in version 1", Described(new[0]), "version 2")
        return self if version == self.version else replace(self, version=version)

    def document(self) -> dict[str, Any]:
        """Return the canonical document, of the problem's version; what is off is absent."""
        return documents.WRITERS[self.version](self)

    @cached_property
    def sha256(self) -> str:
        """Hash of the canonical document: the name of the problem's content."""
        return digest(self.document())

    def _repr_html_(self) -> str:
        return as_table("SchedulingProblem", facts_of(self))

    def __repr__(self) -> str:
        """Say the size and the switching time."""
        return f"SchedulingProblem({size_of(self)})"
