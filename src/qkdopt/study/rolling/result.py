"""A finished back-test: means over months, paired differences, scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.files import write_text
from qkdopt.notebook import as_table
from qkdopt.plain_text import csv_line
from qkdopt.study.rolling.document import MeanError, Month, PolicyMonth, PolicyRow, RollingDocument
from qkdopt.study.rolling.policies import Policy
from qkdopt.study.rolling.scores import ScoreSums, lead_scores

_BASE = "static"
_ERRORS = 2.0  # standard errors by which a policy may seem above a bound of means


@dataclass(frozen=True, repr=False)
class Rolling:
    """Policies beside bounds, over months.

    Attributes
    ----------
    facts
        What the document says about the back-test besides its months.
    policies
        Those that were asked for.
    months
        Those that there are; fewer after an interruption.
    """

    facts: Mapping[str, object]
    policies: tuple[Policy, ...]
    months: tuple[Month, ...]

    def __repr__(self) -> str:
        """Return how many months there are, and the scenario."""
        return f"Rolling({self.facts['scenario']!r}, {len(self.months)} months)"

    def _repr_html_(self) -> str:
        rows = [(policy.name, self.values(policy.name).mean()) for policy in self.policies]
        return as_table(str(self.facts["scenario"]), rows)

    def values(self, policy: str) -> Floats:
        """Return the value that a policy reached in each month [bit], shape ``(months,)``."""
        return np.array([month.policies[policy].value for month in self.months], float)

    @property
    def clairvoyant(self) -> Floats:
        """The bound of each month by knowing its sky [bit], shape ``(months,)``."""
        return np.array([month.clairvoyant for month in self.months], float)

    @property
    def penalised(self) -> Floats | None:
        """Bounds with a penalty for knowing it, in the mean over months, shape ``(months,)``."""
        found = [month.penalised for month in self.months]
        known = [bound for bound in found if bound is not None]
        return np.array(known, float) if known and len(known) == len(found) else None

    @property
    def within_bounds(self) -> bool:
        """Whether no policy passes a bound.

        That of the clairvoyant in any month; the penalised one by more than two standard errors
        of the paired difference.
        """
        rows = [self.row(policy) for policy in self.policies]
        beyond = [
            row.below_penalised.mean + _ERRORS * (row.below_penalised.standard_error or np.inf) < 0
            for row in rows
            if row.below_penalised is not None
        ]
        every = [self.values(policy.name) <= self.clairvoyant for policy in self.policies]
        return not any(beyond) and all(own.all() for own in every)

    def row(self, policy: Policy) -> PolicyRow:
        """Return a policy's means and paired differences."""
        own, penalised = self.values(policy.name), self.penalised
        base = None
        if policy.name != _BASE and any(other.name == _BASE for other in self.policies):
            base = self.values(_BASE)
        share = None if base is None or not base.mean() else own.mean() / base.mean() - 1.0
        return PolicyRow(
            name=policy.name,
            words=policy.words,
            value=mean_error(own),
            above_static=None if base is None else mean_error(own - base),
            share_above_static=None if share is None else float(share),
            below_clairvoyant=mean_error(self.clairvoyant - own),
            below_penalised=None if penalised is None else mean_error(penalised - own),
        )

    def form(self) -> RollingDocument:
        """Return the back-test in its form."""
        scores = sum((ScoreSums(np.array(m.scores)) for m in self.months), ScoreSums.none())
        shown = [
            month.model_copy(update={"policies": self._without_paths(month)})
            for month in self.months
        ]
        penalised = self.penalised
        return RollingDocument.model_validate(
            {
                **self.facts,
                "clairvoyant": mean_error(self.clairvoyant),
                "penalised": None if penalised is None else mean_error(penalised),
                "within_bounds": self.within_bounds,
                "policies": [self.row(policy) for policy in self.policies],
                "scores": lead_scores(scores),
                "by_month": shown,
            }
        )

    def _without_paths(self, month: Month) -> dict[str, PolicyMonth]:
        names, every = [policy.name for policy in self.policies], month.policies
        return {name: every[name].model_copy(update={"paths": None}) for name in names}

    def document(self) -> dict[str, object]:
        """Return the back-test for a JSON file."""
        return self.form().model_dump(mode="json")

    def table(self) -> str:
        """Return CSV text: a line for each month, its bounds and the values of policies [bit]."""
        names = [policy.name for policy in self.policies]
        lines = [csv_line(["month", "clairvoyant", "penalised", *names])]
        for month in self.months:
            own = [month.policies[name].value for name in names]
            lines.append(csv_line([month.month, month.clairvoyant, month.penalised, *own]))
        return "\n".join(lines) + "\n"

    def to_csv(self, path: str | PathLike[str]) -> None:
        """Write :meth:`table` to a file."""
        write_text(path, self.table())


def mean_error(values: Sequence[float] | Floats) -> MeanError:
    """Return a mean and its standard error; none of a single value."""
    array = np.asarray(values, float)
    count = array.size
    error = float(array.std(ddof=1) / np.sqrt(count)) if count > 1 else None
    return MeanError(mean=float(array.mean()), standard_error=error)
