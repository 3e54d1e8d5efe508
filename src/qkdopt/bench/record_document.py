"""The form of a line of ``records.jsonl``."""

from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from qkdopt.bench.status import Status
from qkdopt.forms import Claimed, Count, Document, Seconds, Sha256, Text

FORMAT = "qkdopt-bench-record"
_Number = Annotated[float, Field(ge=-1e300, le=1e300)]
_Positive = Annotated[float, Field(gt=0, le=1e10)]


class JobDocument(Document):
    """What decides what a solve does; see :class:`qkdopt.bench.jobs.Job`."""

    instance: Text
    problem_sha256: Sha256
    strategy: Text
    solver: Text
    seed: Count
    time_limit_s: _Positive
    grace_s: _Positive
    memory_mb: Count
    threads: Count
    evaluations: Count | None


class SizeDocument(Document):
    """Size of the problem."""

    links: Count
    active: Count


class MachineDocument(Document):
    """Where it ran."""

    processor: Text
    cores: Count | None
    memory_mb: Count
    system: Text
    python: Text


class RecordDocument(Document):
    """One solve; ``history`` has lines ``[seconds, incumbent, bound, evaluations]``."""

    format: Literal["qkdopt-bench-record"]
    key: Sha256
    job: JobDocument
    status: Annotated[Status, Field(strict=False)]
    reason: Text
    value: Claimed | None
    bound: Claimed | None
    verified: bool | None
    optimal: bool
    findings: list[Text]
    seconds: dict[Text, Seconds]
    history: list[Annotated[list[_Number | None], Field(min_length=4, max_length=4)]]
    peak_mb: _Number | None
    size: SizeDocument
    processes: Count
    machine: MachineDocument
    versions: dict[Text, Text]
    commit: Text
    recorded_utc: Text
    nodes: _Number | None = None
    formulation: Text | None = None
    options: dict[str, JsonValue] | None = None
    relaxation: _Number | None = None
    rows: Count | None = None
    columns: Count | None = None
    entries: Count | None = None

    @model_validator(mode="after")
    def _of_a_piece(self) -> Self:
        if any(line[0] is None or line[0] < 0 for line in self.history):
            raise PydanticCustomError("history", "a history whose lines begin with seconds >= 0")
        if self.verified is False and not self.findings:
            raise PydanticCustomError("findings", "a finding where a claim is false")
        if self.verified and (self.value is None or self.bound is None):
            raise PydanticCustomError("value", "value and bound where a claim is verified")
        return self
