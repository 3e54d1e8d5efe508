"""Prices of shared receivers: a bound, and schedules that obey the receivers.

For prices ``p >= 0`` of slots no schedule gains more than the longest path of ``gain - p`` plus
what stations are paid at most (Lagrange). Prices are improved by subgradient steps, for each
component by itself; schedules come from serving one block after another at its best.
"""

from collections.abc import Callable

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.optimize.domain import _descent_kernels as descents
from qkdopt.optimize.domain import _joint_kernels as kernels
from qkdopt.optimize.domain.sparse_cells import SparseCells
from qkdopt.optimize.exchange.parameters import USUAL
from qkdopt.optimize.exchange.search_parameters import ReceiverPriceParameters


class ReceiverPrices:
    """The best prices so far at some gains, and the best schedule of each component.

    ``price`` is where to begin, by default at 0 with many more sweeps.

    Attributes
    ----------
    price
        Of each slot, shape ``(S,)``.
    bound, value, served
        For each component no schedule gains more, and what the best one gains, shapes ``(K,)``;
        the cells that it serves, shape ``(A,)``.
    path
        The cells of the longest paths at the prices that were looked at last, shape ``(A,)``.
    """

    def __init__(
        self,
        sparse: SparseCells,
        random: np.random.Generator,
        parameters: ReceiverPriceParameters = USUAL.receiver_prices,
        *,
        price: Floats | None = None,
    ) -> None:
        self.sparse, self.parameters, self._random = sparse, parameters, random
        slots = sparse.shared.station.size
        self.price = np.zeros(slots) if price is None else price
        self.served, self._legal = sparse.paths.begun.copy(), sparse.paths.idle.copy()
        self.gain = np.zeros(sparse.bits.size)
        self.bound = np.full(sparse.components, np.inf)
        self.value = np.where(self._legal, 0.0, -np.inf)
        self.path = np.full(self.served.size, -1, np.int64)
        self._uses = np.zeros(slots)
        self._first = price is None  # sweeps more, and looks for more schedules

    def at(self, gain: Floats) -> None:
        """Begin at other gains, shape ``(C,)``; prices and schedules are kept as far as valid.

        Prices follow the gains of what uses the receivers, where that bounds better.
        """
        known = np.isfinite(self.bound).all()
        if known and np.array_equal(gain, self.gain):
            return
        before, self.gain = self.gain, gain
        self.value = np.where(self._legal, self.sparse.by_component(gain, self.served), -np.inf)
        self.bound = self.bound_at(self.price)
        if known:
            before, after = self.sparse.by_slot(before), self.sparse.by_slot(gain)
            self.take_prices(
                self.price * np.divide(after, before, out=np.ones(after.size), where=before > 0.0)
            )

    def bound_at(self, price: Floats) -> Floats:
        """Return what no schedule of each component gains more than, at some prices."""
        sparse = self.sparse
        worth, self.path = sparse.paths.best(sparse.price(self.gain, price))
        paid, self._uses = sparse.paid(price)
        return worth + paid

    def improve(self, done: Callable[[], bool], unit: float, *, rough: bool = False) -> None:
        """Sweep until bound and value are less than ``unit`` apart, or as often as is set."""
        settings = self.parameters
        first, self._first = self._first, False
        sweeps = settings.first_sweeps if first else settings.sweeps
        if rough:
            sweeps = settings.rough_sweeps
        if np.isneginf(self.bound).any():  # some satellite has no path
            return
        if first:
            self.schedules(None, done, unit)
        descent, least, gaps = self._descent(), self._least(), list[float]()
        for begun in range(0, sweeps, settings.schedules_every):
            open_ = self.open_components(unit)
            gaps.append(float(self.gap.sum()))
            slow = gaps[-1] > settings.slow * gaps[max(len(gaps) - 1 - settings.looks, 0)]
            if not open_.size or done() or (slow and len(gaps) > settings.looks):
                break
            descent.value[:] = np.where(self._legal, self.value, least)
            count = min(settings.schedules_every, sweeps - begun)
            self._descend(descent, open_, count, unit, done)
            if first:
                self.schedules(descent.trial, done, unit)
        if self.open_components(unit).size:
            self.schedules(self.price, done, unit)
            if first and not done():
                self.schedules(None, done, unit)

    def _descent(self) -> descents.Descent:
        """Return where all components begin to go on from the best prices."""
        self.price, self.bound = self.price.copy(), self.bound.copy()
        components, slots = self.bound.size, self.price.size
        return descents.Descent(
            price=self.price, bound=self.bound, value=np.empty(components),
            trial=self.price.copy(), direction=np.zeros(slots), spare=np.empty(slots),
            factor=np.full(components, self.parameters.step),
            stalled=np.zeros(components, np.int64), priced=np.empty(self.gain.size),
            held=np.empty(self.gain.size), best=np.empty(self.served.size), served=self.path,
        )  # fmt: skip

    def _descend(
        self,
        descent: descents.Descent,
        open_: Integers,
        sweeps: int,
        unit: float,
        done: Callable[[], bool],
    ) -> None:
        """Let open components take some steps, which change their best prices and bounds."""
        sparse, settings = self.sparse, self.parameters
        steps = descents.Steps(settings.deflection, settings.fading, settings.patience)
        if not sparse.problem.rules:
            for k in open_.tolist():
                if done():
                    break
                descents.descend(sparse.market, self.gain, k, sweeps, unit, steps, descent)
            return
        for _ in range(sweeps):
            bound = self.bound_at(descent.trial)
            descent.spare[:] = self._uses - sparse.use(self.path)
            for k in open_.tolist():
                if self.gap[k] > unit:
                    descents.step(sparse.market, k, float(bound[k]), steps, descent)
            if done():
                break

    def _least(self) -> Floats:
        """Return what every schedule of each component gains at least, if there is one."""
        sparse = self.sparse
        component = sparse.component_of_row[sparse.cells.row[sparse.cell_of]]
        size = np.bincount(component, np.abs(self.gain), minlength=sparse.components)
        return np.asarray(-size, float)

    def open_components(self, unit: float) -> Integers:
        """Return the components whose bound and value differ, those that differ most first.

        None if all together differ by ``unit`` for each on average.
        """
        gap = self.gap
        if gap.sum() <= unit * gap.size:
            return np.zeros(0, np.int64)
        order = np.argsort(-gap, kind="stable")
        return order[gap[order] > unit]

    def useful_cells(self, component: int, most: float) -> Integers:
        """Return the cells of a component that schedules within ``most`` of the bound may serve.

        Of satellites without rules.
        """
        sparse = self.sparse
        first, end = sparse.shared.begin[component : component + 2]
        inside = slice(sparse.cells.first[first], sparse.cells.first[end])
        priced, through = sparse.price(self.gain, self.price), np.empty(self.gain.size)
        kernels.values_through(sparse.cells, priced, sparse.begin, through)
        worth, path = np.empty(sparse.begin.size - 1), np.empty(self.served.size, np.int64)
        kernels.best_paths(sparse.cells, priced, sparse.begin, worth, path)
        lost = worth[sparse.block_of_cell[inside]] - through[inside]
        kept = lost <= most
        known = self.served[first:end]
        kept[known[known >= 0] - inside.start] = True
        return np.asarray(np.flatnonzero(kept) + inside.start, np.int64)

    @property
    def gap(self) -> Floats:
        """By how much bound and value differ, 0 where there is no schedule; shape ``(K,)``."""
        none = np.isneginf(self.bound)
        return np.where(none, 0.0, self.bound - np.where(none, 0.0, self.value))

    @property
    def known(self) -> bool:
        """Whether a schedule is known in every component."""
        return bool(self._legal.all())

    def take_prices(self, price: Floats) -> None:
        """Keep other prices in those components where they bound better."""
        bound = self.bound_at(price)
        better = bound < self.bound
        self.bound = np.where(better, bound, self.bound)
        self.price = np.where(better[self.sparse.component_of_slot], price, self.price)

    def take(self, served: Integers, legal: Bools | None = None) -> None:
        """Keep a schedule in those components that it improves, and in which it is legal."""
        value = self.sparse.by_component(self.gain, served)
        better = value > self.value
        if legal is not None:
            better &= legal
        self._legal |= better
        self.value = np.where(better, value, self.value)
        self.served = np.where(better[self.sparse.component_of_row], served, self.served)

    def schedules(
        self,
        price: Floats | None = None,
        done: Callable[[], bool] = lambda: False,
        unit: float = -np.inf,
    ) -> None:
        """Look for schedules: anew, first at prices, then at gains; or improve the best.

        Components less than ``unit`` from their bounds are left as they are. From ``done`` on no
        path is served twice.
        """
        sparse, open_ = self.sparse, self.gap > unit
        served, legal = self.served.copy(), self._legal
        if price is not None:
            served = np.where(open_[sparse.component_of_row], sparse.paths.begun, served)
            legal = sparse.paths.idle
        found = self._serve(served, self.gain, price, open_, done)
        self.take(served, (found | legal) & open_)

    def schedule_at(self, gain: Floats) -> Integers:
        """Return a schedule of great gain, at other gains but the prices known; ``(A,)``."""
        served = self.sparse.paths.begun.copy()
        self._serve(served, gain, self.price, np.ones(self.sparse.components, bool))
        return served

    def _serve(
        self,
        served: Integers,
        gain: Floats,
        price: Floats | None,
        open_: Bools,
        done: Callable[[], bool] = lambda: False,
    ) -> Bools:
        """Serve all paths of open components anew a few times, first at prices if there are any.

        Returns the components in which all were.
        """
        sparse, taken = self.sparse, self.sparse.use(served)
        legal = np.zeros(sparse.components, bool)
        for turn in range(self.parameters.rounds):
            if turn and done():
                break
            earned = gain
            if price is not None and not turn:
                earned = sparse.price(gain, price)
            legal |= sparse.paths.insert(earned, self._random, taken, served, open_)
        return legal
