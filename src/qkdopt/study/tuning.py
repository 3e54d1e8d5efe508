"""Tune the source: settings that maximise a strategy's certified value, or finite keys.

A trial is a scenario with other settings, solved and verified, also where its keys are of finite
sessions; of other finite blocks it is the same schedule, its blocks counted anew. The value is a
step function, for bits are whole, so that the search uses no derivatives: half of the trials are
spread evenly (Sobol's sequence, scrambled), the others walk from the best of them (the simplex of
Nelder and Mead), both of SciPy.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from os import PathLike
from typing import TypeAlias

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.certificates import Certificate
from qkdopt.effort import MOST_POINTS, check_effort
from qkdopt.errors import InputError, SolverError
from qkdopt.optimize.problem_file import problem_from_document
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.strategy import Strategy
from qkdopt.optimize.strategy_names import default_strategy
from qkdopt.physics import Scenario, load_scenario
from qkdopt.physics.finite_counts import finite_counts
from qkdopt.physics.session_lengths import counts_sessions
from qkdopt.study.finite_keys import evaluate_finite_keys
from qkdopt.study.sensitivity_point import quiet_point, solved_point
from qkdopt.study.sensitivity_result import Sensitivity, SensitivityRow
from qkdopt.study.tuning_space import Range, Space, tuning_space

Measure: TypeAlias = Callable[[Scenario], SensitivityRow]

_ARRAYS = ("station", "satellite", "constellation", "link")
_DIGITS = 4  # of a quantity: what is certified is what is printed
_MIDDLE, _STEP = 0.5, 0.15  # of the ranges: the first simplex
_LEAST_TRIALS = 5


@dataclass(frozen=True)
class Tuning:
    """The trials of a search, the scenario as it is before them.

    Attributes
    ----------
    study
        A row of each trial; with ``finite_bits``, which are maximised, and the certified value of
        the one schedule, where blocks are counted without solving anew.
    fixed
        Other settings of the scenario without which the tuned ones mean something else.
    """

    study: Sensitivity
    fixed: Mapping[str, object]

    @property
    def best(self) -> SensitivityRow:
        """The row with the most; the base where no trial exceeds it."""
        known = [row for row in self.study.rows if row.most is not None]
        return max([self.study.base, *known], key=lambda row: row.most or 0)

    def share(self, row: SensitivityRow) -> float | None:
        """Return what a row has more than the base, as a share of the base's."""
        most, base = row.most, self.study.base.most
        return None if most is None or not base else float((most - base) / abs(base))

    @property
    def toml(self) -> str:
        """The best settings as lines of a scenario file."""
        lines: list[str] = []
        best = self.best.settings
        for path, value in {**(self.fixed if best else {}), **best}.items():
            table, _, key = path.rpartition(".")
            named = table.split(".")[0] in _ARRAYS or not table
            header = f"# {table or 'the key of this name'}" if named else f"[{table}]"
            lines += [] if header in lines else [header]
            lines.append(f"{key} = {json.dumps(value)}")
        return "\n".join(lines)


class _Enough(Exception):
    """All trials are used up."""


def tune(
    scenario: Scenario | str | PathLike[str],
    bounds: Mapping[str, Range] | None = None,
    *,
    finite: bool | None = None,
    strategy: Strategy | None = None,
    trials: int = 80,
    seconds: float = 10.0,
    seed: int = 0,
    notify: Callable[[str, float], None] = lambda step, done: None,
) -> Tuning:
    """Return the trials of a search for the settings of the greatest value.

    Ctrl-C returns the trials so far. The same seed gives the same trials where each is solved
    within its time.

    Parameters
    ----------
    scenario
        A scenario as it was loaded, a file, or a published problem's name.
    bounds
        Least and greatest value by dotted path, by default
        :func:`~qkdopt.study.tuning_space.tuned_by_default`. Where shares of decoys or vacuum are
        stated, they fill what ``source.signal_share`` leaves, in the proportion that they have. Of
        finite keys by name, see :data:`~qkdopt.study.tuning_space.FINITE_RANGES`.
    finite
        Tune ``[finite_key]``, for the rule of blocks that it has: where each session is a block,
        its settings and the schedule together; otherwise for the secret bits of all finite blocks
        of one schedule, the best by asymptotic bits. By default where the scenario has that table.
    strategy
        What to schedule for; S-GD by default.
    trials
        Number of scenarios that are tried, beside the given one; at least 5.
    seconds
        Wall time for each search [s].

    Raises
    ------
    InputError
        For an unknown path, bounds that a scenario file may not hold, a number of trials out of
        range, and finite keys that :func:`qkdopt.study.evaluate_finite_keys` refuses.
    SolverError
        When there is no schedule whose blocks may be counted.
    """
    given = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    goal = strategy or default_strategy()
    _check(goal, trials, seed)
    finite = given.finite_key is not None if finite is None else finite
    space = tuning_space(given, bounds, finite=finite)
    limits = space.limits
    if finite:
        finite_counts(given)  # refused before the search
    notify("tune", 0.0)
    search = goal, seconds, seed, None
    base, certificate = solved_point(*search, given)
    measure: Measure = lambda changed: quiet_point(*search, changed)[0]  # noqa: E731
    if finite and not counts_sessions(given):
        measure = _counted_blocks(base, certificate)
        base = measure(given)
    rows: dict[tuple[float, ...], SensitivityRow | None] = {}

    def loss(values: Floats) -> float:
        rounded = tuple(_rounded(x, limits[path]) for x, path in zip(values, limits, strict=True))
        if rounded not in rows:
            if len(rows) >= trials:
                raise _Enough
            rows[rounded] = _trial(given, space, dict(zip(limits, rounded, strict=True)), measure)
            notify("tune", len(rows) / trials)
        row = rows[rounded]
        most = None if row is None else row.most
        return 0.0 if most is None else -float(most)

    _search(loss, space, trials, seed)
    found = tuple(row for row in rows.values() if row is not None)
    study = Sensitivity(given.title, goal.title, goal.name, True, trials, base, found)
    return Tuning(study, space.fixed)


def _search(loss: Callable[[Floats], float], space: Space, trials: int, seed: int) -> None:
    """Look for the least loss, until the trials are used up or Ctrl-C comes."""
    from scipy.optimize import minimize
    from scipy.stats import qmc

    low, high = np.array([*space.limits.values()], dtype=np.float64).T
    size = len(space.limits)

    def of_unit(point: Floats) -> float:
        return loss(low + np.asarray(point) * (high - low))

    points = qmc.Sobol(size, seed=seed).random_base2((trials // 2 - 1).bit_length())
    if space.present:
        own = np.array([space.present[name] for name in space.limits])
        points = np.vstack([np.clip((own - low) / (high - low), 0.0, 1.0), points])
    try:
        start = min(points[: trials // 2], key=of_unit)
        steps = np.where(start > _MIDDLE, -_STEP, _STEP)  # towards the middle
        simplex = np.vstack([start, start + np.diag(steps)])
        minimize(
            of_unit, start, method="Nelder-Mead", bounds=[(0.0, 1.0)] * size,
            options={
                "initial_simplex": simplex, "xatol": 1e-4, "fatol": 0.5, "maxfev": 10 * trials,
            },
        )  # fmt: skip
    except (_Enough, KeyboardInterrupt):
        pass


def _trial(
    scenario: Scenario, space: Space, values: Mapping[str, float], measure: Measure
) -> SensitivityRow | None:
    """Return what some values bring; ``None`` where they exclude each other."""
    chosen = space.settings(values)
    try:
        changed = scenario.with_settings(chosen)
    except InputError:  # a decoy as strong as the signal
        return None
    return replace(measure(changed), settings=chosen)


def _counted_blocks(row: SensitivityRow, certificate: Certificate | None) -> Measure:
    """Return what counts the finite blocks of a schedule, solved once: it stays the same."""
    if certificate is None:
        raise SolverError(row.optimum.reason)
    problem = problem_from_document(certificate.document["problem"], "certificate")
    schedule = Schedule.create(certificate.schedule)

    def counted(scenario: Scenario) -> SensitivityRow:
        found = evaluate_finite_keys(scenario, problem, schedule)
        return replace(row, scenario_sha256=scenario.digest, finite_bits=found.evaluation.total)

    return counted


def _rounded(value: float, limits: Range) -> float:
    return min(max(float(f"{value:.{_DIGITS}g}"), limits[0]), limits[1])


def _check(strategy: Strategy, trials: int, seed: int) -> None:
    """Refuse what cannot be tuned before anything is computed."""
    check_effort(seed=seed)
    if not _LEAST_TRIALS <= trials < MOST_POINTS:
        expected = f"a whole number, {_LEAST_TRIALS} to {MOST_POINTS - 1:,}"
        raise InputError("trials", trials, expected)
    if strategy.refers_to:
        raise InputError("strategy", strategy.name, "another: each trial has its own S-GD optimum")
