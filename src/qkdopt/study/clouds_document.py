"""The form of ``clouds.json``: what schedules keep of their value in fresh cloud scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from qkdopt.forms import Bits, Count, Document, Line, Sha256, Text

if TYPE_CHECKING:
    from qkdopt.study.under_clouds import HonestValue

_Measure = Annotated[float, Field(ge=-1e18, le=1e18)]


class EstimatePart(Document):
    """A mean over scenarios and its standard error, ``null`` for one scenario."""

    estimate: _Measure
    standard_error: _Measure | None


class TargetPart(Document):
    """The bits of a target over scenarios, and the share of these that meets what is asked."""

    mean: EstimatePart
    fewest: Bits
    most: Bits
    meets_demand: EstimatePart | None = None
    meets_min_bits: EstimatePart | None = None


class FreshPart(Document):
    """A schedule in scenarios that it was not made for, beside what it claims."""

    claimed: _Measure
    scenarios: Count
    standard_errors_by: Line
    value: EstimatePart
    expectation: EstimatePart
    cvar: EstimatePart | None = None
    total: TargetPart
    targets: dict[Line, TargetPart]


class VssPart(Document):
    """Value of the stochastic solution, as claimed and in fresh scenarios."""

    claimed: _Measure
    fresh: EstimatePart


class EvpiPart(EstimatePart):
    """Expected value of perfect information, at most."""

    own_optima_by: Line


class StrategyInClouds(Document):
    """One schedule; ``rewards`` by scenario, those it was made for and fresh ones."""

    fresh: FreshPart
    vss: VssPart | None
    evpi: EvpiPart | None
    cloud_notes: list[Text]
    claimed_rewards: list[_Measure]
    fresh_rewards: list[_Measure]
    mean_clouds_rewards: list[_Measure] | None


class CloudsDocument(Document):
    """What the schedules of a problem keep, by the strategy's short name."""

    written_by = "a clouds.json of qkdopt run"
    problem_sha256: Sha256
    strategies: Annotated[dict[Line, StrategyInClouds], Field(min_length=1)]


def clouds_document(problem_sha256: str, found: Mapping[str, HonestValue]) -> dict[str, object]:
    """Return the document of values by the strategy's short name."""
    return {
        "problem_sha256": problem_sha256,
        "strategies": {
            name: {
                **one.document(),
                "claimed_rewards": [float(reward) for reward in one.claimed.rewards],
                "fresh_rewards": [float(reward) for reward in one.fresh.rewards],
                "mean_clouds_rewards": None
                if one.mean_fresh is None
                else [float(reward) for reward in one.mean_fresh.rewards],
            }
            for name, one in found.items()
        },
    }
