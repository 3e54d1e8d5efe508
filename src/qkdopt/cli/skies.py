"""Options of ``qkdopt run`` about uncertain clouds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qkdopt.cli import cloud_options
from qkdopt.cli.changes import Changes
from qkdopt.cli.groups import setting
from qkdopt.errors import InputError

if TYPE_CHECKING:
    from qkdopt.physics import Scenario
    from qkdopt.study.pipeline import Uncertain


@dataclass(frozen=True)
class SkiesOfRun:
    """Possible skies, how they count, and those that come as a surprise."""

    clouds: cloud_options.CloudsOption = None
    marginal: cloud_options.MarginalOption = None
    clouds_seed: cloud_options.CloudsSeedOption = 0
    alpha: cloud_options.AlphaOption = None
    risk_share: cloud_options.RiskShareOption = None
    fresh_clouds: str | None = setting(
        "FILE | N",
        "Other possible skies, as for --clouds: what each schedule keeps of its value in them.",
    )

    def over(self, scenario: Scenario) -> tuple[Scenario, Uncertain]:
        """Return the scenario under its skies, and how a run takes them.

        Raises
        ------
        InputError
            For skies that do not fit it, and options that need --clouds without it.
        """
        from qkdopt.optimize.risk import EXPECTATION
        from qkdopt.study.pipeline import Uncertain

        risk = cloud_options.risk_of(self.alpha, self.risk_share)
        needs = {
            "--marginal": self.marginal, "--alpha": self.alpha, "--fresh-clouds": self.fresh_clouds,
        }  # fmt: skip
        for name, value in needs.items():
            if value is not None and not self.clouds:
                raise InputError(name, value, "none without --clouds")
        changes = Changes(clouds=self.clouds, marginal=self.marginal, clouds_seed=self.clouds_seed)
        other = self.fresh_clouds
        fresh = None if other is None else changes.applied(scenario, other)
        return changes.applied(scenario), Uncertain(risk or EXPECTATION, fresh)
