"""Tune the source: intensities, shares and basis bias that maximise a strategy's certified value.

A trial is a scenario with other settings, solved and verified. The value is a step function, for
bits are whole, so that the search uses no derivatives: differential evolution (R. Storn and K.
Price, J. Global Optim. 11, 341 (1997)), then the simplex of Nelder and Mead, both of SciPy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from os import PathLike
from typing import TypeAlias

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.effort import MOST_POINTS, check_effort
from qkdopt.errors import Described, InputError
from qkdopt.optimize.strategy import Strategy
from qkdopt.optimize.strategy_names import default_strategy
from qkdopt.physics import Scenario, load_scenario
from qkdopt.study.sensitivity_point import quiet_point, solved_point
from qkdopt.study.sensitivity_result import Sensitivity, SensitivityRow

__all__ = ["Tuning", "tune", "tuned_by_default"]

Range: TypeAlias = tuple[float, float]

_INTENSITIES = {"source.signal_intensity": (0.2, 1.2), "source.decoy_intensity": (0.01, 0.19)}
_SHARE, _BIAS = {"source.signal_share": (0.05, 0.95)}, {"source.basis_bias": (0.5, 0.98)}
_BRIGHTNESS = {"entanglement.source.mean_pairs_per_window": (1e-3, 0.5)}
_ARRAYS = ("station", "satellite", "constellation", "link")
_DIGITS = 4  # of a setting: what is certified is what is printed
_EVOLUTION = 0.6  # of the trials; the simplex has the others
_LEAST_TRIALS = 5


@dataclass(frozen=True)
class Tuning:
    """The trials of a search, the scenario as it is before them."""

    study: Sensitivity

    @property
    def best(self) -> SensitivityRow:
        """The row with the greatest certified value; the base where no trial exceeds it."""
        known = [row for row in self.study.rows if row.optimum.least is not None]
        return max([self.study.base, *known], key=lambda row: row.optimum.least or 0)

    @property
    def toml(self) -> str:
        """The best settings as lines of a scenario file."""
        lines: list[str] = []
        for path, value in self.best.settings.items():
            table, _, key = path.rpartition(".")
            named = table.split(".")[0] in _ARRAYS or not table
            header = f"# {table or 'the key of this name'}" if named else f"[{table}]"
            lines += [] if header in lines else [header]
            lines.append(f"{key} = {value}")
        return "\n".join(lines)


class _Enough(Exception):
    """All trials are used up."""


def tuned_by_default(scenario: Scenario) -> dict[str, Range]:
    """Return least and greatest value by path: of the intensities, and of what the file states.

    The share of signals is tuned where ``[source]`` states one of decoys or vacuum, the basis bias
    where it is stated: with no limit on the number of pulses their best values are the ends of
    any range.
    """
    found: dict[str, Range] = {}
    if scenario.station_links and (scenario.plugins is None or scenario.plugins.protocol is None):
        found |= _INTENSITIES
        stated = scenario.source
        found |= {} if stated.decoy_share is None and stated.vacuum_share is None else _SHARE
        found |= {} if stated.basis_bias is None else _BIAS
    pairs = scenario.entanglement
    if pairs is not None and pairs.source.pair_rate_counts == "attempts":
        found |= _BRIGHTNESS
    return found


def tune(
    scenario: Scenario | str | PathLike[str],
    bounds: Mapping[str, Range] | None = None,
    *,
    strategy: Strategy | None = None,
    trials: int = 80,
    seconds: float = 10.0,
    seed: int = 0,
    notify: Callable[[str, float], None] = lambda step, done: None,
) -> Tuning:
    """Return the trials of a search for the settings of the greatest certified value.

    Ctrl-C returns the trials so far. The same seed gives the same trials where each is solved
    within its time.

    Parameters
    ----------
    scenario
        A scenario as it was loaded, a file, or a published problem's name.
    bounds
        Least and greatest value by dotted path; :func:`tuned_by_default` by default. Where shares
        of decoys or vacuum are stated, they fill what ``source.signal_share`` leaves, in the
        proportion that they have.
    strategy
        What to schedule for; S-GD by default.
    trials
        Number of scenarios that are solved, beside the given one; at least 5.
    seconds
        Wall time for each search [s].

    Raises
    ------
    InputError
        For an unknown path, bounds that a scenario file may not hold, and a number of trials out
        of range.
    """
    given = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    limits = tuned_by_default(given) if bounds is None else dict(bounds)
    _check(given, limits, trials, seed)
    goal = strategy or default_strategy()
    if goal.refers_to:
        raise InputError("strategy", goal.name, "another: each trial has its own S-GD optimum")
    notify("tune", 0.0)
    base, _ = solved_point(goal, seconds, seed, None, given)
    search = goal, seconds, seed, None
    rows: dict[tuple[float, ...], SensitivityRow | None] = {}

    def loss(values: Floats) -> float:
        rounded = tuple(_rounded(x, limits[path]) for x, path in zip(values, limits, strict=True))
        if rounded not in rows:
            if len(rows) >= trials:
                raise _Enough
            rows[rounded] = _trial(given, dict(zip(limits, rounded, strict=True)), search)
            notify("tune", len(rows) / trials)
        row = rows[rounded]
        least = None if row is None else row.optimum.least
        return 0.0 if least is None else -float(least)

    _search(loss, limits, trials, seed)
    found = tuple(row for row in rows.values() if row is not None)
    return Tuning(Sensitivity(given.title, goal.title, goal.name, True, trials, base, found))


def _search(
    loss: Callable[[Floats], float], limits: Mapping[str, Range], trials: int, seed: int
) -> None:
    """Look for the least loss, until the trials are used up or Ctrl-C comes."""
    from scipy.optimize import Bounds, differential_evolution, minimize

    ranges = Bounds(*np.array([*limits.values()]).T)
    size = max(_LEAST_TRIALS, 4 * len(limits))
    rounds = max(1, round(_EVOLUTION * trials / size) - 1)
    try:
        found = differential_evolution(
            loss, ranges, seed=seed, popsize=4, maxiter=rounds, polish=False, tol=0.0, init="sobol"
        )
        minimize(
            loss, found.x, method="Nelder-Mead", bounds=ranges,
            options={"xatol": 1e-4, "fatol": 0.5, "maxfev": 10 * trials},
        )  # fmt: skip
    except (_Enough, KeyboardInterrupt):
        pass


def _trial(
    scenario: Scenario, settings: dict[str, float], search: tuple[Strategy, float, int, None]
) -> SensitivityRow | None:
    """Return what is proved with some settings; ``None`` where they exclude each other."""
    chosen = {**settings, **_other_shares(scenario, settings)}
    try:
        changed = scenario.with_settings(chosen)
    except InputError:  # a decoy as strong as the signal
        return None
    row, _ = quiet_point(*search, changed)
    return replace(row, settings=chosen)


def _other_shares(scenario: Scenario, settings: Mapping[str, float]) -> dict[str, float]:
    """Return the shares of decoys and vacuum beside a share of signals, as they were to another."""
    source, signal = scenario.source, settings.get("source.signal_share")
    stated = {"decoy_share": source.decoy_share, "vacuum_share": source.vacuum_share}
    shares = {name: share for name, share in stated.items() if share is not None}
    total = sum(shares.values())
    if signal is None or not total:
        return {}
    return {f"source.{name}": (1 - signal) * share / total for name, share in shares.items()}


def _rounded(value: float, limits: Range) -> float:
    return min(max(float(f"{value:.{_DIGITS}g}"), limits[0]), limits[1])


def _check(scenario: Scenario, limits: Mapping[str, Range], trials: int, seed: int) -> None:
    """Refuse what cannot be tuned before anything is computed."""
    check_effort(seed=seed)
    if not _LEAST_TRIALS <= trials < MOST_POINTS:
        expected = f"a whole number, {_LEAST_TRIALS} to {MOST_POINTS - 1:,}"
        raise InputError("trials", trials, expected)
    if not limits:
        raise InputError("tune", Described("nothing to tune"), "bounds of at least one setting")
    for path, (low, high) in limits.items():
        if not low < high:
            raise InputError(f"bounds of {path}", f"{low}:{high}", "least < greatest")
    for end in (0, 1):
        ends = {path: bounds[end] for path, bounds in limits.items()}
        scenario.with_settings({**ends, **_other_shares(scenario, ends)})
