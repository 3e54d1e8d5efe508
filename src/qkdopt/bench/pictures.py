"""The pictures of a report."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from qkdopt.arrays import Floats
from qkdopt.bench.measures import TARGETS, Best, Question, Run
from qkdopt.bench.statistics import performance_profile
from qkdopt.bench.summary import target_words
from qkdopt.optimize.strategy import is_linear
from qkdopt.optimize.strategy_names import strategy_written
from qkdopt.plots import benchmark
from qkdopt.plots.style import font_fallback

_LEAST_TIME_S = 1e-4


def save_pictures(
    folder: Path, runs: Sequence[Run], best: Mapping[Question, Best]
) -> dict[str, str]:
    """Write every picture that the runs give; return captions by file name."""
    useful = [run for run in runs if run.question in best and best[run.question].bound > 0]
    useful = [run for run in useful if run.status not in ("licence", "refused")]
    if not useful:
        return {}
    with font_fallback():
        return _drawn(folder, useful, best)


def _drawn(folder: Path, useful: Sequence[Run], best: Mapping[Question, Best]) -> dict[str, str]:
    styles = benchmark.styles_of(sorted({run.solver for run in useful}))
    captions = {
        "gaps.png": _gaps(folder / "gaps.png", useful, best, styles),
        "targets.png": _targets(folder / "targets.png", useful, best, styles),
        "profiles.png": _profiles(folder / "profiles.png", useful, best, styles),
    }
    evolved = [run for run in useful if any(line[3] is not None for line in run.lines)]
    if evolved:
        path = folder / "convergence.png"
        captions[path.name] = _convergence(path, evolved, best, styles)
    return captions


_Styles = Mapping[str, dict[str, object]]


def _by_question(
    path: Path, runs: Sequence[Run], draw: Callable[[Axes, Question, dict[str, list[Run]]], None]
) -> None:
    questions = sorted({run.question for run in runs})
    names = {run.solver for run in runs}
    figure, panels = benchmark.new_panels(
        [f"{name}, {strategy}" for name, strategy in questions], len(names)
    )
    for ax, question in zip(panels, questions, strict=True):
        theirs: dict[str, list[Run]] = {}
        for run in runs:
            if run.question == question:
                theirs.setdefault(run.solver, []).append(run)
        draw(ax, question, theirs)
    benchmark.save_panels(path, figure, panels)


def _gaps(path: Path, runs: Sequence[Run], best: Mapping[Question, Best], styles: _Styles) -> str:
    def draw(ax: Axes, question: Question, theirs: dict[str, list[Run]]) -> None:
        curves: dict[str, Sequence[benchmark.Curve]] = {
            name: [run.gap_curve(best[question]) for run in group] for name, group in theirs.items()
        }
        benchmark.draw_gaps(ax, curves, styles)

    _by_question(path, runs, draw)
    return (
        "Share of the proved bound that the incumbent misses, over wall time; a line for each "
        "seed, a dot at its last improvement. Lines at 1e-9 and below miss nothing."
    )


def _targets(
    path: Path, runs: Sequence[Run], best: Mapping[Question, Best], styles: _Styles
) -> str:
    last = max(run.limit_s for run in runs)

    def draw(ax: Axes, target: float, names: Sequence[str], some: Sequence[Run]) -> None:
        shares: dict[str, tuple[Floats, Floats]] = {}
        for name in names:
            times = [
                run.seconds_to(target, best[run.question]) for run in some if run.solver == name
            ]
            reached = np.sort([max(s, _LEAST_TIME_S) for s in times if s is not None])
            shares[name] = (reached, np.arange(1, reached.size + 1) / len(times))
        benchmark.draw_shares(ax, shares, styles, "wall time [s]", last)
        ax.set_ylabel("share of its runs")

    _by_kind(path, runs, draw)
    return "Time to target: share of a solver's runs within this distance of the best known value."


def _profiles(
    path: Path, runs: Sequence[Run], best: Mapping[Question, Best], styles: _Styles
) -> str:
    def draw(ax: Axes, target: float, names: Sequence[str], some: Sequence[Run]) -> None:
        profile = performance_profile(_times(names, some, best, target))
        last = max((ratios[-1] for ratios, _ in profile.values() if len(ratios)), default=1.0)
        benchmark.draw_shares(ax, profile, styles, "time, in multiples of the quickest", 1.1 * last)
        ax.set_ylabel("share of problems and seeds")

    _by_kind(path, runs, draw)
    return (
        "Performance profiles: share of all problems and seeds that a solver solves within a "
        "multiple of the quickest solver's time. Problems that it was not run on count as "
        "not solved."
    )


def _times(
    names: Sequence[str], runs: Sequence[Run], best: Mapping[Question, Best], target: float
) -> dict[str, list[float | None]]:
    """Return times to the target by solver; one run stands for all seeds where it is alone."""
    times = {
        (run.solver, run.question, run.seed): run.seconds_to(target, best[run.question])
        for run in runs
    }
    alone = {(run.solver, run.question): run.seed for run in runs}
    table: dict[str, list[float | None]] = {name: [] for name in names}
    for question, seed in sorted({(run.question, run.seed) for run in runs}):
        for name in names:
            own = seed if (name, question, seed) in times else alone.get((name, question), seed)
            seconds = times.get((name, question, own))
            table[name].append(None if seconds is None else max(seconds, _LEAST_TIME_S))
    return table


def _by_kind(
    path: Path,
    runs: Sequence[Run],
    draw: Callable[[Axes, float, Sequence[str], Sequence[Run]], None],
) -> None:
    """Draw a row of panels for linear strategies, and one for the others."""
    halves: dict[bool, list[Run]] = {True: [], False: []}
    for run in runs:
        halves[is_linear(strategy_written(run.question[1]))].append(run)
    rows = [(", ".join(sorted({r.question[1] for r in some})), some) for some in halves.values()]
    rows = [row for row in rows if row[1]]
    titles = [f"{word}: {target_words(target)}" for word, _ in rows for target in TARGETS]
    figure, panels = benchmark.new_panels(titles, len({run.solver for run in runs}), len(TARGETS))
    for place, (_, some) in enumerate(rows):
        names = sorted({run.solver for run in some})
        for number, target in enumerate(TARGETS):
            draw(panels[place * len(TARGETS) + number], target, names, some)
    benchmark.save_panels(path, figure, panels)


def _convergence(
    path: Path, runs: Sequence[Run], best: Mapping[Question, Best], styles: _Styles
) -> str:
    def draw(ax: Axes, question: Question, theirs: dict[str, list[Run]]) -> None:
        curves: dict[str, Sequence[benchmark.Curve]] = {
            name: [
                [(e, v) for _, v, _, e in run.lines if e is not None and v is not None]
                for run in group
            ]
            for name, group in theirs.items()
        }
        known = best[question]
        benchmark.draw_convergence(ax, curves, styles, best=known.value, bound=known.bound)

    _by_question(path, runs, draw)
    return (
        "Best schedule so far over evaluations, a line for each seed, with the truth drawn in: "
        "what the published convergence figure (Fig. 3c) could not show."
    )
