"""What commands make different in the problem that they are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qkdopt.cli import options as shared
from qkdopt.cli.cloud_options import CloudsOption, CloudsSeedOption, MarginalOption

if TYPE_CHECKING:
    from qkdopt.physics import Scenario


@dataclass(frozen=True)
class Changes:
    """What is to be different in the problem."""

    weights: shared.WeightsOption = None
    stock: shared.StockOption = None
    demand: shared.DemandOption = None
    traffic: shared.TrafficOption = None
    switch_seconds: shared.SwitchOption = None
    interval: shared.IntervalOption = None
    options: shared.OptionsOption = None
    clouds: CloudsOption = None
    marginal: MarginalOption = None
    clouds_seed: CloudsSeedOption = 0

    def given(self) -> dict[str, object]:
        """Return the options by name, without those that say nothing alone."""
        given = by_name({**vars(self), "clouds": " ".join(self.clouds or ()) or None})
        del given["--clouds-seed"]
        return given

    def applied(self, scenario: Scenario, fresh: str | None = None) -> Scenario:
        """Return a scenario with the interval length and under the skies that were given.

        ``fresh`` are skies in their place, which come as a surprise.

        Raises
        ------
        InputError
            For those that do not fit it.
        """
        from qkdopt.cli.inputs import with_interval
        from qkdopt.study.cloud_scenarios import in_clouds

        if self.interval is not None:
            scenario = with_interval(scenario, self.interval)
        if not self.clouds:
            return scenario
        texts = self.clouds if fresh is None else [fresh]
        drawn = any(text.isdigit() for text in texts)
        return in_clouds(
            scenario, texts, marginal=self.marginal if drawn or fresh is None else None,
            seed=self.clouds_seed, fresh=fresh is not None,
        )  # fmt: skip


AS_IT_IS = Changes()
"""No changes."""


def by_name(values: Mapping[str, object]) -> dict[str, object]:
    """Return values by the names of their options."""
    return {f"--{name.replace('_', '-')}": value for name, value in values.items()}
