"""``qkdopt plot``: figures for papers, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from qkdopt import physics, study
from qkdopt.cli import options
from qkdopt.cli.bounded import whole
from qkdopt.cli.console import print_line, shown_warnings
from qkdopt.cli.exits import FINE
from qkdopt.cli.groups import setting, with_groups
from qkdopt.cli.inputs import given_problem, given_scenario, scenario_of
from qkdopt.cli.options import argument
from qkdopt.cli.progress import progress_bars
from qkdopt.cli.solve_options import SeedOption
from qkdopt.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from qkdopt.certificates import Certificate
    from qkdopt.verifier import Verdict

EXAMPLES = (
    "qkdopt plot timeline qkdopt-results/micius-china-2016 -o timeline.pdf",
    "qkdopt plot timeline gd.json --scenario micius-china-2016 -o timeline.png",
    "qkdopt plot shares qkdopt-results/micius-china-2016 -o shares.svg",
    "qkdopt plot clouds qkdopt-results/micius-china-2016 -o clouds.pdf",
    "qkdopt plot front qkdopt-front -o front.pdf",
    "qkdopt plot pass micius-china-2016 --station Lhasa -o pass.pdf",
    "qkdopt plot rate micius-china-2016 --against loss -o rate.png",
    "qkdopt plot convergence micius-china-2016 --time-limit 10 -o convergence.pdf",
)

_DEFAULT_SECONDS = 10.0


@dataclass(frozen=True)
class _Chosen:
    """What is drawn of the source."""

    station: str | None = setting("NAME", "For pass: name of the station.")
    number: int | None = setting(
        "N", "For pass: its number, from 1; the highest pass by default.", whole(1, 10**6)
    )
    scenario: str | None = setting(
        "SCENARIO", "For the timeline of a certificate: the scenario that dates its intervals."
    )
    against: str = setting("NAME", "For rate: elevation or loss.", default="elevation")
    time_limit: options.TimeLimitOption = None
    seed: SeedOption = 0


@with_groups
def plot_command(
    kind: Annotated[
        str, argument("KIND", "timeline, shares, clouds, front, pass, rate or convergence.")
    ],
    source: Annotated[
        str,
        argument(
            "SOURCE",
            "timeline, shares: a folder of qkdopt run, or a certificate; clouds: a folder of "
            "qkdopt run --fresh-clouds, or its clouds.json; front: a folder of "
            "qkdopt front; pass, rate: a scenario; convergence: a problem, or a history of "
            "qkdopt solve --history.",
        ),
    ],
    path: options.RequiredOutput,
    chosen: _Chosen,
) -> int:
    """Draw one figure of column width (3.4 in; timeline and front: a page's) as PDF, SVG or PNG.

    Of several satellites, the timeline of a folder is that of S-GD; give a certificate for others.
    Convergence runs the genetic algorithm for --time-limit seconds, 10 by default.
    """
    from qkdopt.plots.style import check_ending, save

    drawn: dict[str, Callable[[], Axes]] = {
        "timeline": lambda: _timeline(source, chosen.scenario),
        "shares": lambda: _shares(source),
        "clouds": lambda: _clouds(source),
        "front": lambda: _front(source),
        "pass": lambda: _pass(source, chosen.station, chosen.number),
        "rate": lambda: _rate(source, chosen.against),
        "convergence": lambda: _convergence(
            source, chosen.time_limit or _DEFAULT_SECONDS, chosen.seed
        ),
    }
    if kind not in drawn:
        raise InputError("KIND", kind, f"one of {', '.join(drawn)}")
    check_ending(path)
    with shown_warnings():
        save(path, drawn[kind]())
    print_line(f"Written: {path}")
    return FINE


def _certificates(source: str) -> dict[str, tuple[Certificate, Verdict]]:
    """Return the certificates of a run's folder, or the one in a file, by label; all hold.

    Raises
    ------
    InputError
        When there are none, or a claim is false: nothing is drawn of it.
    """
    from qkdopt.certificates import Certificate
    from qkdopt.optimize.strategy_names import strategy_in_words
    from qkdopt.study.usual import run_strategies

    place = Path(source)
    if place.is_dir():
        named = [place / f"{strategy.name}.json" for strategy in run_strategies()]
        files = [file for file in named if file.is_file()]
    else:
        files = [place]
    held = {}
    for file in files:
        found = Certificate.load(file)
        if found.document["format"] != "qkdopt-certificate":
            raise InputError(source, found.document["format"], "a certificate of intervals")
        verdict = study.verify(file)
        if not verdict:
            raise InputError(str(file), verdict.findings[0], "a certificate that holds")
        held[strategy_in_words(found.document["strategy"])[0]] = found, verdict
    if not held:
        raise InputError(source, "no certificate", "a folder of qkdopt run")
    return held


def _problem_of(certificate: Certificate, source: str) -> Any:
    from qkdopt.optimize.problem_file import problem_from_document

    return problem_from_document(certificate.document["problem"], source)


def _timeline(source: str, scenario: str | None) -> Axes:
    from qkdopt.plots.satellites_timeline import satellites_timeline
    from qkdopt.plots.style import font_fallback
    from qkdopt.plots.timeline import timeline
    from qkdopt.study.mean_clouds import in_mean_clouds
    from qkdopt.tensor import KeyTensor

    held = _certificates(source)
    first, _ = next(iter(held.values()))
    keys = Path(source) / "keys.nc"
    problem = _problem_of(first, source)
    start_utc = KeyTensor.load(keys).start_utc if keys.is_file() else None
    if scenario is not None:
        start_utc = scenario_of(scenario, problem).grid.start_utc
    with font_fallback():
        if len(problem.satellites) > 1:
            label = next(iter(held))
            return satellites_timeline(problem, first.paths, start_utc=start_utc, title=label)
        schedules = {label: certificate.schedule for label, (certificate, _) in held.items()}
        return timeline(in_mean_clouds(problem), schedules, start_utc=start_utc)


def _shares(source: str) -> Axes:
    from qkdopt.plots.shares import draw_shares

    return draw_shares(
        {
            label: study.evaluate_verdict(_problem_of(certificate, source), verdict)
            for label, (certificate, verdict) in _certificates(source).items()
        }
    )


def _clouds(source: str) -> Axes:
    from qkdopt.optimize.strategy_names import strategy_written
    from qkdopt.plots.clouds import draw_clouds
    from qkdopt.plots.style import font_fallback
    from qkdopt.study.clouds_document import CloudsDocument
    from qkdopt.study.folder import CLOUDS

    place = Path(source)
    found = CloudsDocument.read(place / CLOUDS if place.is_dir() else place)
    with font_fallback():
        return draw_clouds(
            {strategy_written(name).title: one for name, one in found.strategies.items()}
        )


def _front(source: str) -> Axes:
    from matplotlib.figure import Figure

    from qkdopt.plots.front import draw_front
    from qkdopt.plots.style import font_fallback
    from qkdopt.study.front import Front

    place = Path(source)
    front = Front.load(place / "front.json" if place.is_dir() else place)
    with font_fallback():
        ax: Axes = Figure(figsize=(7.2, 4.6), layout="constrained").add_subplot()
        draw_front(front, ax)
    return ax


def _pass(source: str, station: str | None, number: int | None) -> Axes:
    from qkdopt.plots.passes import draw_pass

    scenario = given_scenario(source)
    names = [item.name for item in scenario.stations]
    if station is not None and station not in names:
        raise InputError("--station", station, f"one of {', '.join(names)}")
    found = [item for item in physics.passes(scenario) if station in (None, item.station)]
    if not found or (number or 1) > len(found):
        raise InputError("--number", number or 1, f"one of {len(found)} passes")
    if number is not None:
        return draw_pass(scenario, found[number - 1])
    return draw_pass(scenario, max(found, key=lambda item: item.maximum_elevation_rad))


def _rate(source: str, against: str) -> Axes:
    from qkdopt.plots.rate import draw_rate

    if against not in ("elevation", "loss"):
        raise InputError("--against", against, "elevation or loss")
    return draw_rate(given_scenario(source), against="loss" if against == "loss" else "elevation")


def _convergence(source: str, time_limit: float, seed: int) -> Axes:
    from qkdopt.optimize.strategy_names import default_strategy
    from qkdopt.plots.convergence import draw_convergence
    from qkdopt.study.history_file import HISTORY_ENDING, read_history

    if source.endswith(HISTORY_ENDING):
        return draw_convergence(read_history(source))
    with progress_bars() as bars:
        problem = given_problem(source, bars).problem
        report = bars.search("genetic", time_limit)
        outcome = study.solve(
            problem, default_strategy(), solver="genetic", time_limit=time_limit, seed=seed,
            progress=report,
        )  # fmt: skip
    return draw_convergence(outcome)
