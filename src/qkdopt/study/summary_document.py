"""The form of ``summary.json``; what has it was written by a run."""

from typing import Annotated

from pydantic import Field, JsonValue

from qkdopt import forms
from qkdopt.certificates import Ended
from qkdopt.study.assumptions_document import AssumptionsDocument
from qkdopt.study.clouds_document import EvpiPart, FreshPart, VssPart

_Ended = Annotated[Ended, Field(strict=False)]


class SolverSummary(forms.Document):
    """Result of one solver, ``None`` where it found nothing; times by phase [s]."""

    value: forms.Claimed | None
    bound: forms.Claimed | None
    ended: _Ended
    verified: bool
    seconds: dict[forms.Text, forms.Seconds]


class StrategySummary(forms.Document):
    """The best result of a strategy, and each solver's; of cloud scenarios mean bits."""

    value: forms.Claimed | None
    bound: forms.Claimed | None
    ended: _Ended
    verified: bool
    optimal: bool
    delivered: dict[forms.Line, forms.Bits] | None = None
    total: forms.Bits | None = None
    asymptotic: dict[forms.Line, forms.Bits] | None = None
    asymptotic_total: forms.Bits | None = None
    sessions: forms.Count | None = None
    sessions_without_key: forms.Count | None = None
    scenarios: forms.Count | None = None
    fewest: dict[forms.Line, forms.Bits] | None = None
    most: dict[forms.Line, forms.Bits] | None = None
    fewest_total: forms.Bits | None = None
    most_total: forms.Bits | None = None
    fresh: FreshPart | None = None
    vss: VssPart | None = None
    evpi: EvpiPart | None = None
    cloud_notes: list[forms.Text] | None = None
    divergence: forms.Nats | None = None
    utilisation: forms.Share | None = None
    pairing: dict[str, JsonValue] | None = None
    findings: list[forms.Text]
    solvers: dict[forms.Line, SolverSummary]


class KeptFile(forms.Document):
    """What the next run needs to take a file over; ``time_limit`` [s]."""

    sha256: forms.Sha256
    time_limit: forms.Seconds | None


class SummaryDocument(forms.Document):
    """One run; ``seconds`` by step, ``inputs`` what its files depend on."""

    written_by = "the summary of a run"
    name: forms.Text
    folder: forms.Text
    problem_sha256: forms.Sha256
    links: forms.Count
    active_intervals: forms.Count
    satellites: list[forms.Line] | None = None
    targets: Annotated[list[forms.Line], Field(min_length=1)]
    weights: dict[forms.Line, forms.Bits] | None = None
    risk: dict[forms.Line, forms.DecimalText] | None = None
    pair_links: forms.Text | None = None
    pair_keys: forms.Text | None = None
    success_fractions: forms.Text | None = None
    verified: bool
    complete: bool
    interrupted: bool
    strategies: dict[forms.Line, StrategySummary]
    assumptions: AssumptionsDocument | None = None
    seconds: dict[forms.Text, forms.Seconds]
    taken_over: list[forms.FileName]
    inputs: dict[forms.Line, forms.Line]
    files: dict[forms.FileName, KeptFile]
