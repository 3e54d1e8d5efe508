"""The forms of ``rolling.json`` and of the months in its folder, and that folder."""

import json
from pathlib import Path

from pydantic import Field

from qkdopt.effort import MOST_POINTS
from qkdopt.files import write_text
from qkdopt.forms import Bits, Count, Document, Line, Sha256, Share
from qkdopt.study.result_folder import ReusableFolder

ROLLING = "rolling.json"
FILES = (ROLLING, "rolling.csv", "rolling.png", "resume.json", "months")
"""What the folder of results holds."""


class PolicyMonth(Document):
    """What one policy reached in one month.

    Attributes
    ----------
    value
        In whole bits, rounded down.
    values
        At each issue and at the end, shape ``(I + 1,)``.
    delivered
        Bits by target at the end, stock included, shape ``(T,)``.
    paths
        What was flown: link, first and last interval of each run of consecutive ones; ``None``
        in ``rolling.json``, which leaves it to the files of months.
    """

    value: Bits
    values: list[Bits]
    delivered: list[Bits]
    paths: list[list[Count]] | None = None


class Fan(Document):
    """What an issue's members say of the plan of the daily policy on the mean.

    Attributes
    ----------
    issue
        Its number.
    values
        Quantiles 0.1, 0.5, 0.9 of the value at this issue, at each later one and at the end.
    """

    issue: Count
    values: list[list[Bits]]


class Month(Document):
    """One month; bounds in whole bits, rounded up.

    Attributes
    ----------
    clairvoyant
        No schedule has more under this sky.
    penalised
        With a penalty for knowing it; bounds policies in the mean over months only.
    scores
        Sums over the forecasts, one row for each lead; see
        :class:`~qkdopt.study.rolling.scores.ScoreSums`.
    policies
        By name.
    fans
        Of some issues of the first month.
    """

    written_by = "what qkdopt rolling -o wrote"
    month: Count
    clairvoyant: Bits
    penalised: Bits | None
    scores: list[list[float]]
    policies: dict[Line, PolicyMonth] = Field(default_factory=dict)
    fans: list[Fan] = Field(default_factory=list)


class MeanError(Document):
    """A mean over months, and its standard error; ``None`` of a single month."""

    mean: float
    standard_error: float | None


class PolicyRow(Document):
    """A policy over all months; differences are paired by month.

    Attributes
    ----------
    value
        In bits.
    above_static, below_clairvoyant, below_penalised
        Value less that of the static policy, and bounds less value [bit].
    share_above_static
        The mean difference from the static policy over the mean of that.
    """

    name: Line
    words: Line
    value: MeanError
    above_static: MeanError | None
    share_above_static: float | None
    below_clairvoyant: MeanError
    below_penalised: MeanError | None


class LeadScore(Document):
    """Scores of one lead; see :mod:`qkdopt.study.rolling.scores`.

    Attributes
    ----------
    lead_days
        1 for the first day after the issue.
    cases
        Instants, stations and issues.
    brier, brier_climate
        Of the members, and of the share of cloudy cases for every case.
    crps
        Mean score of the code, from 0 to 150.
    ranks
        Share of cases in each tenth of the ranks.
    """

    lead_days: Count
    cases: Count
    brier: Share
    brier_climate: Share
    crps: float
    ranks: list[Share]


class RollingDocument(Document):
    """A back-test: policies beside bounds, over months."""

    written_by = "what qkdopt rolling -o wrote"
    scenario: Line
    scenario_sha256: Sha256
    strategy: Line
    clouds: Line
    assumptions: list[Line]
    days: float
    members: Count
    members_planned_on: Count
    seed: Count
    months: Count
    issues_s: list[int]
    targets: list[Line]
    clairvoyant: MeanError
    penalised: MeanError | None
    within_bounds: bool
    policies: list[PolicyRow]
    scores: list[LeadScore]
    by_month: list[Month] = Field(max_length=MOST_POINTS)


class MonthFolder(ReusableFolder[Month]):
    """Months by name."""

    kind = "months"
    ending = ".json"

    def load(self, path: Path) -> Month:
        """Read a month."""
        return Month.read(path)

    def save(self, item: Month, path: Path) -> None:
        """Write a month."""
        write_text(path, json.dumps(item.model_dump(mode="json"), indent=1) + "\n")
