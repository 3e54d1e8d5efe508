"""``qkdopt rolling``: months of re-planning as forecasts are renewed every day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from qkdopt.cli.bounded import whole
from qkdopt.cli.console import new_table, output, print_json, print_line, shown_warnings
from qkdopt.cli.exits import CLAIM_FAILED, FINE
from qkdopt.cli.folder_options import Output
from qkdopt.cli.groups import setting, with_groups
from qkdopt.cli.inputs import given_scenario
from qkdopt.cli.options import ScenarioArgument
from qkdopt.cli.progress import progress_bars
from qkdopt.effort import LARGEST_SEED, MOST_POINTS, MOST_THREADS

if TYPE_CHECKING:
    from qkdopt.physics import Scenario
    from qkdopt.study.rolling.document import MeanError, MonthFolder
    from qkdopt.study.rolling.result import Rolling
    from qkdopt.study.rolling.run import DrawnSkies, Planning

EXAMPLES = (
    "qkdopt rolling micius-china-2016 --days 30",
    "qkdopt rolling micius-china-2016 --days 30 --marginal mild --skill poor --months 20 -o back",
    "qkdopt rolling two.toml --forecasts for-2016-09-18.nc --forecasts for-2016-09-19.nc --json",
)

_KBIT = 1000
_LONGEST_DAYS, _MOST_MEMBERS, _LEADS_SHOWN = 60, 1000, (1, 3, 5, 7, 10)


@dataclass(frozen=True)
class Skies:
    """What really comes, and what is said about it beforehand."""

    days: int | None = setting(
        "N", "Length of a month; the scenario's own by default.", whole(1, _LONGEST_DAYS)
    )
    months: int = setting("N", "Months to draw and fly.", whole(1, MOST_POINTS), default=10)
    marginal: str = setting(
        "NAME",
        "Drawn skies: mild, heavy, or the shares of clear and overcast sky such as 0.3,0.35.",
        default="heavy",
    )
    skill: str = setting(
        "NAME",
        "Drawn forecasts: good, poor, or their correlation with the sky 1, 2, ... days ahead, "
        "such as 0.9,0.7,0.4.",
        default="good",
    )
    forecasts: list[str] | None = setting(
        "FILE",
        "Ensemble issued at 12:00 UTC of the day in its name (2016-09-19), NetCDF or CSV; once "
        "for each day. The scenario's clouds are what really came.",
    )

    def drawn(self) -> DrawnSkies | Sequence[str]:
        """Return how skies are drawn, or the files."""
        from qkdopt.study.rolling.run import DrawnSkies

        return self.forecasts or DrawnSkies(self.marginal, self.skill, self.months)


@dataclass(frozen=True)
class Plans:
    """How plans are made."""

    policies: list[str] | None = setting(
        "NAME",
        "clear-sky, clear-daily, static, weekly, daily, scenarios, greedy; may be repeated. "
        "All but scenarios by default.",
        flags="--policy",
    )
    strategy: str | None = setting("NAME", "balanced (by default), gd or pd.")
    members: int = setting(
        "N", "Members of each forecast, for scores.", whole(1, _MOST_MEMBERS), default=100
    )
    planned_on: int = setting(
        "N", "Members that a plan on scenarios sees.", whole(1, _MOST_MEMBERS), default=40
    )
    seed: int = setting("N", "Seed of skies and searches.", whole(0, LARGEST_SEED), default=0)
    processes: int = setting("N", "Months side by side.", whole(1, MOST_THREADS), default=1)

    def planning(self) -> Planning:
        """Return what :func:`~qkdopt.study.rolling.run.rolling` takes."""
        from qkdopt.optimize.strategy_names import strategy_named
        from qkdopt.study.rolling.policies import USUAL_POLICIES
        from qkdopt.study.rolling.run import Planning

        policies = self.policies or USUAL_POLICIES
        usual = Planning(policies, self.members, self.planned_on, self.seed)
        if self.strategy is None:
            return usual
        return replace(usual, strategy=strategy_named(self.strategy))


@with_groups
def rolling_command(scenario: ScenarioArgument, skies: Skies, plans: Plans, output: Output) -> int:
    """Fly months under several policies, with forecasts renewed at 12:00 UTC of every day.

    What is flown stays; each plan starts from what was really delivered. Skies and forecasts are
    drawn (an assumption), or read from files. The table shows the level that every city reaches
    in proportion to its weight, in the mean over months, and how far bounds are that no policy can
    pass. The folder holds rolling.json, rolling.csv, rolling.png and a file for each month; the
    same command resumes an interrupted run. Exit code 1 when a policy passes its bound.
    """
    from qkdopt.study.folder import locked_folder

    reused: list[str] = []
    given = _scenario(scenario, skies.days)
    if output.folder is None:
        found = _found(given, skies, plans, None)
    else:
        with locked_folder(output.folder) as folder:
            keeper = _keeper(given, skies, plans, output, folder)
            found = _found(given, skies, plans, keeper)
            reused = keeper.reused
            _save(folder, found)
    if output.as_json:
        print_json(found.document())
    else:
        if reused:
            print_line(f"Reused from an earlier run: {len(reused)} months")
        _print(found)
        if output.folder is not None:
            print_line(f"Written to {output.folder}: rolling.csv, .json, .png, months")
    return FINE if found.within_bounds else CLAIM_FAILED


def _scenario(text: str, days: int | None) -> Scenario:
    with shown_warnings():
        given = given_scenario(text)
        return given if days is None else given.with_settings({"horizon.duration_days": days})


def _found(scenario: Scenario, skies: Skies, plans: Plans, keeper: MonthFolder | None) -> Rolling:
    from qkdopt.study.rolling.run import rolling

    with progress_bars() as bars, shown_warnings():
        return rolling(
            scenario, skies.drawn(), plans.planning(), processes=plans.processes, keeper=keeper,
            notify=bars.step,
        )  # fmt: skip


def _keeper(
    scenario: Scenario, skies: Skies, plans: Plans, output: Output, folder: Path
) -> MonthFolder:
    """Return the folder of months that depend on the same."""
    from qkdopt.study.folder import check_own
    from qkdopt.study.resume import file_digest, inputs_of
    from qkdopt.study.rolling.document import FILES, ROLLING, MonthFolder, RollingDocument

    if not output.force:
        check_own(folder, FILES, RollingDocument.read)
    planning = plans.planning()
    own = {name: str(getattr(planning, name)) for name in ("members", "planned_on", "seed")}
    files = [file_digest(Path(name)) for name in skies.forecasts or ()]
    sky = " ".join(files) or f"{skies.marginal} {skies.skill}"
    inputs = {"sky": sky, "strategy": str(planning.strategy.document()), **own}
    return MonthFolder(folder, ROLLING, {**inputs, **inputs_of(scenario)}, {}, fresh=output.fresh)


def _save(folder: Path, found: Rolling) -> None:
    from qkdopt.plots.rolling import save_rolling

    found.to_csv(folder / "rolling.csv")
    save_rolling(folder / "rolling.png", found.form())


def _print(found: Rolling) -> None:
    from qkdopt.cli.table import percent

    form, console = found.form(), output()
    title = f"{form.scenario}: {form.strategy}, {len(form.by_month)} months of {form.days:g} days"
    below = ("below the\nclairvoyant", "below the\npenalised bound")
    numbers = ("mean [kbit]", "against\nstatic", *below)
    table = new_table(console, title, ["policy"], numbers)
    for row in form.policies:
        above = row.share_above_static
        table.add_row(
            row.name, _words(row.value), "" if above is None else f"{above:+.1%}",
            _words(row.below_clairvoyant), _words(row.below_penalised),
        )  # fmt: skip
    table.add_section()
    table.add_row("clairvoyant", _words(form.clairvoyant), "", "", "")
    if form.penalised is not None:
        table.add_row("penalised", _words(form.penalised), "", "", "")
    console.print(table)
    title = f"Forecasts of {form.members} members, by lead"
    numbers = ("lead [d]", "Brier, code >= 75", "of the climate", "CRPS of the code")
    scores = new_table(console, title, numbers=numbers)
    for one in form.scores:
        if one.lead_days in _LEADS_SHOWN:
            climate = percent(one.brier / one.brier_climate if one.brier_climate else None)
            scores.add_row(str(one.lead_days), f"{one.brier:.3f}", climate, f"{one.crps:.1f}")
    console.print(scores)
    print_line(f"Skies: {form.clouds}")
    for text in form.assumptions:
        print_line(f"ASSUMED {text}")
    print_line("Means over months, with standard errors; differences are paired by month.")
    if not form.within_bounds:
        print_line("A POLICY PASSES ITS BOUND")


def _words(value: MeanError | None) -> str:
    if value is None:
        return "-"
    error = "" if value.standard_error is None else f" ± {value.standard_error / _KBIT:,.0f}"
    return f"{value.mean / _KBIT:,.0f}{error}"
