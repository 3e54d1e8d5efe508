"""What if a setting were another: certified optima of a scenario with other settings.

    qo.sensitivity("micius-china-2016", {"station.Lhasa.receiver_diameter_m": [0.4, 0.8]})

Every row is solved anew and its certificate verified.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from math import prod
from os import PathLike
from typing import Protocol

import numpy as np

from qkdopt.certificates import Certificate
from qkdopt.effort import MOST_POINTS
from qkdopt.errors import Described, InputError, LimitError
from qkdopt.optimize.strategy import Strategy
from qkdopt.optimize.strategy_names import default_strategy
from qkdopt.physics import Scenario, load_scenario
from qkdopt.study.operations import operations_of
from qkdopt.study.processes import over_processes
from qkdopt.study.sensitivity_point import as_json, known_point, quiet_point, solved_point
from qkdopt.study.sensitivity_result import Sensitivity, SensitivityRow


class Points(Protocol):
    """Stores certificates by name as they are found, and returns those of an earlier run."""

    def earlier(self, name: str) -> Certificate | None:
        """Return what an earlier run found, unchanged, or ``None``."""

    def keep(self, name: str, certificate: Certificate, found: Sensitivity) -> None:
        """Keep a certificate, and all that there is with it."""


@dataclass(frozen=True, eq=False)
class _Point:
    settings: dict[str, object]
    scenario: Scenario

    @property
    def name(self) -> str:
        """Return a name that only the same scenario under the same operations has."""
        rules = json.dumps(self.scenario.operations, default=str, sort_keys=True)
        return hashlib.sha256(f"{self.scenario.digest} {rules}".encode()).hexdigest()[:24]


def sensitivity(
    scenario: Scenario | str | PathLike[str],
    settings: Mapping[str, Sequence[object]],
    *,
    grid: bool = False,
    strategy: Strategy | None = None,
    seconds: float = 10.0,
    seed: int = 0,
    processes: int | None = 1,
    keeper: Points | None = None,
    notify: Callable[[str, float], None] = lambda step, done: None,
) -> Sensitivity:
    """Return the certified optimum of a scenario, and of it with other settings.

    Parameters
    ----------
    scenario
        A scenario as it was loaded, a file, or a published problem's name.
    settings
        Values to try by dotted path, as :meth:`~qkdopt.physics.Scenario.with_settings` takes them.
    grid
        Try all combinations; otherwise one setting at a time.
    strategy
        What to schedule for; S-GD by default.
    seconds
        Wall time for each search [s]; S-GD and S-PD of one satellite need milliseconds.
    processes
        How many settings at once, each in a process of its own; ``None`` for one on each core.
    keeper
        Stores results at once, and returns those of an earlier run.
    notify
        Called with the name of a step and the part of it that is done.

    Raises
    ------
    InputError
        For an unknown path, with the nearest name, and a value that a scenario file may not hold;
        before anything is computed.
    LimitError
        For more settings than :data:`~qkdopt.effort.MOST_POINTS`.

    Examples
    --------
    >>> import qkdopt as qo
    >>> found = qo.sensitivity("micius-china-2016-night", {"switch_s": [10, 30]})
    >>> [row.optimum.value for row in found.rows][0] == found.base.optimum.value
    True
    """
    given = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    goal = strategy or default_strategy()
    points = [_Point({}, given), *_points(given, settings, grid=grid)]
    search = goal, seconds, seed, None if processes == 1 else 1
    run = _Run(given.title, goal, points, keeper, grid=grid)
    if points[0].name not in run.rows:
        notify("the scenario as it is", 0.0)
        run.add(points[0].name, *solved_point(*search, given))
        notify("the scenario as it is", 1.0)
    left = run.left()
    if left:
        step, scenarios = f"{len(left)} settings", [point.scenario for point in left.values()]
        notify(step, 0.0)
        over_processes(
            partial(quiet_point, *search), scenarios, processes=processes,
            done=lambda finished: notify(step, finished / len(left)),
            found=lambda position, result: run.add([*left][position], *result),
        )  # fmt: skip
    return run.found()


def _points(
    scenario: Scenario, settings: Mapping[str, Sequence[object]], *, grid: bool
) -> Iterator[_Point]:
    """Yield the scenario with each setting, or combination; each checked as when it is loaded."""
    for path, values in settings.items():
        if isinstance(values, str) or not isinstance(values, Sequence | np.ndarray):
            raise InputError(f"settings: {path}", values, "a list of values")
    alone = [{path: value} for path, values in settings.items() for value in values]
    count = prod(len(values) for values in settings.values()) if grid else len(alone)
    if not settings or not count:
        raise InputError("settings", "none", "at least one value of a setting")
    if count > MOST_POINTS:
        came = Described(f"{count:,} settings")
        raise LimitError("settings", came, f"at most {MOST_POINTS:,} at once")
    every = (dict(zip(settings, each, strict=True)) for each in product(*settings.values()))
    for chosen in every if grid else alone:
        changed = scenario.with_settings(chosen)
        for satellite in changed.each_satellite():
            operations_of(satellite, ())  # refused before the long computation
        yield _Point({path: as_json(value) for path, value in chosen.items()}, changed)


class _Run:
    """Rows by point as they are found; everything that there is, is kept at once."""

    def __init__(
        self, title: str, strategy: Strategy, points: list[_Point], keeper: Points | None,
        *, grid: bool,
    ) -> None:  # fmt: skip
        self.title, self.strategy, self.grid = title, strategy, grid
        self.points, self.keeper = [(point.name, point) for point in points], keeper
        self.rows: dict[str, SensitivityRow] = {}
        for name, point in self.points:
            earlier = None if keeper is None else keeper.earlier(name)
            if earlier is not None and (row := known_point(earlier, point.scenario, strategy)):
                self.add(name, row, earlier)

    def left(self) -> dict[str, _Point]:
        """Return what is not known yet, each scenario once."""
        return {name: point for name, point in self.points if name not in self.rows}

    def add(self, name: str, row: SensitivityRow, certificate: Certificate | None) -> None:
        """Add what was found of one scenario."""
        self.rows[name] = row
        base = self.points[0][0]
        if self.keeper is not None and certificate is not None and base in self.rows:
            self.keeper.keep(name, certificate, self.found())

    def found(self) -> Sensitivity:
        """Return what there is, in the order in which it was asked for."""
        rows = [
            replace(self.rows[name], settings=point.settings)
            for name, point in self.points
            if name in self.rows
        ]
        title, name = self.strategy.title, self.strategy.name
        more = len(self.points) - 1
        return Sensitivity(self.title, title, name, self.grid, more, rows[0], tuple(rows[1:]))
